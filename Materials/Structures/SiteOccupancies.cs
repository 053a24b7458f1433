namespace AtomSets.Materials;

/// <summary>Which elements share the sites of a disordered crystal, and how much of each is there. Immutable.</summary>
public sealed class SiteOccupancies
{
    readonly int[] _offsets, _atomicNumbers;
    readonly double[] _amounts;

    /// <param name="offsets">[sites + 1]: where each site's elements begin, ascending from 0.</param>
    /// <param name="atomicNumbers">Elements, site by site; of a site ascending, each once.</param>
    /// <param name="amounts">Occupancy of each, above 0; of a site together at most 1. What is missing to 1 is vacant.</param>
    internal SiteOccupancies(int[] offsets, int[] atomicNumbers, double[] amounts) => (_offsets, _atomicNumbers, _amounts) = (offsets, atomicNumbers, amounts);

    /// <summary>[sites + 1]: where each site's elements begin in <see cref="AtomicNumbers"/> and <see cref="Amounts"/>.</summary>
    public ReadOnlySpan<int> Offsets => _offsets;

    /// <summary>Elements, site by site.</summary>
    public ReadOnlySpan<int> AtomicNumbers => _atomicNumbers;

    /// <summary>Occupancy of each element, site by site.</summary>
    public ReadOnlySpan<double> Amounts => _amounts;

    /// <summary>Sites.</summary>
    public int Count => _offsets.Length - 1;

    /// <summary>The first site that is shared or partly vacant, for messages: <c>Fe0.7Mn0.3</c>.</summary>
    public string FirstShared
    {
        get
        {
            for (var site = 0; site < Count; site++)
            {
                var range = _offsets[site].._offsets[site + 1];
                if (range.End.Value - range.Start.Value == 1 && _amounts[range.Start] == 1) continue;
                return string.Concat(_atomicNumbers[range].Zip(_amounts[range], (number, amount) => FormattableString.Invariant($"{Element.FromAtomicNumber(number).Symbol}{amount:0.###}")));
            }
            return "";
        }
    }

    /// <summary>Collects the species of sites; where all sites hold one whole atom there is nothing to tell.</summary>
    /// <param name="sites">Elements and occupancies of each site.</param>
    /// <param name="dominant">[sites] the element of the largest occupancy, the lighter of equal ones: what stands for the site where one element must.</param>
    /// <returns>Null for an ordered crystal.</returns>
    internal static SiteOccupancies? Of(IReadOnlyList<SortedDictionary<int, double>> sites, out int[] dominant)
    {
        dominant = [.. sites.Select(site => site.MaxBy(one => one.Value).Key)];
        if (sites.All(site => site.Count == 1 && site.First().Value == 1)) return null;
        var offsets = new int[sites.Count + 1];
        for (var i = 0; i < sites.Count; i++) offsets[i + 1] = offsets[i] + sites[i].Count;
        return new SiteOccupancies(offsets, [.. sites.SelectMany(site => site.Keys)], [.. sites.SelectMany(site => site.Values)]);
    }
}
