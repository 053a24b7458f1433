using System.Globalization;
using System.Runtime.InteropServices;

namespace AtomSets.Materials;

/// <summary>Fills a cell from its asymmetric unit: applies every operation to every site and keeps one of the images that coincide.</summary>
sealed class SymmetryExpansion(double[] lattice, SymmetryOperation[] operations, string source)
{
    /// <summary>Images of a site closer than this are one atom: enough for coordinates printed with three decimals.</summary>
    internal const double MergeAngstrom = 0.01;

    readonly List<int> _atomicNumbers = [];
    readonly List<double> _fractional = [];
    readonly List<(string Name, int Line)> _sites = [];
    readonly List<int> _siteOfAtom = [];
    readonly List<double> _occupancies = [];

    internal int Count => _atomicNumbers.Count;

    /// <param name="element">Of the site.</param>
    /// <param name="position">[3] fractional.</param>
    /// <param name="name">For messages.</param>
    /// <param name="line">For messages.</param>
    /// <param name="occupancy">Above 0, at most 1.</param>
    internal void Add(Element element, ReadOnlySpan<double> position, ReadOnlySpan<char> name, int line, double occupancy)
    {
        var site = _sites.Count;
        _sites.Add((CifBlock.Shorten(name), line));
        if (operations.Length == 1)
        {
            Append(element, position, site, occupancy);
            return;
        }
        var first = _atomicNumbers.Count;
        Span<double> image = stackalloc double[3];
        foreach (var operation in operations)
        {
            operation.Apply(position, image);
            for (var k = 0; k < 3; k++) image[k] -= Math.Floor(image[k]);
            if (!IsKnown(image, first)) Append(element, image, site, occupancy);
        }
    }

    internal Crystal Finish(string? id)
    {
        if (_occupancies.Exists(occupancy => occupancy < 1))
            return SharedSites.Build(lattice, [.. _atomicNumbers], [.. _fractional], [.. _occupancies], id, source, Place);
        // A file may list atoms that its own operations generate too: with operations, equal atoms of two sites in one place are one atom.
        while (operations.Length > 1 && SiteOverlap.Find(lattice, CollectionsMarshal.AsSpan(_fractional)) is { } same)
        {
            var (i, j) = (_siteOfAtom[same.First], _siteOfAtom[same.Second]);
            if (same.DistanceAngstrom <= MergeAngstrom && i != j && _atomicNumbers[same.First] == _atomicNumbers[same.Second]) DropSite(j);
            else if (i != j) break;
            else
                throw new StructureFormatException(source, _sites[j].Line, string.Create(
                    CultureInfo.InvariantCulture,
                    $"images of site '{_sites[j].Name}' lie {same.DistanceAngstrom:0.000} Å apart: a special position given with too few decimals, or a wrong operation"));
        }
        return StructureFile.Checked(lattice, [.. _atomicNumbers], [.. _fractional], id, source, Place);
    }

    (int Line, string Name) Place(int atom) => (_sites[_siteOfAtom[atom]].Line, $"site '{_sites[_siteOfAtom[atom]].Name}'");

    void DropSite(int site)
    {
        for (var i = _siteOfAtom.Count - 1; i >= 0; i--)
        {
            if (_siteOfAtom[i] != site) continue;
            _siteOfAtom.RemoveAt(i);
            _atomicNumbers.RemoveAt(i);
            _occupancies.RemoveAt(i);
            _fractional.RemoveRange(3 * i, 3);
        }
    }

    void Append(Element element, ReadOnlySpan<double> position, int site, double occupancy)
    {
        if (Count == StructureFile.MaxAtoms)
            throw new StructureFormatException(source, _sites[site].Line, string.Create(CultureInfo.InvariantCulture, $"more than {StructureFile.MaxAtoms} atoms in the cell"));
        _atomicNumbers.Add(element.AtomicNumber);
        _siteOfAtom.Add(site);
        _occupancies.Add(occupancy);
        foreach (var coordinate in position) _fractional.Add(coordinate);
    }

    bool IsKnown(ReadOnlySpan<double> image, int first)
    {
        for (var atom = first; atom < Count; atom++)
        {
            var (u, v, w) = (Wrap(image[0] - _fractional[3 * atom]), Wrap(image[1] - _fractional[3 * atom + 1]), Wrap(image[2] - _fractional[3 * atom + 2]));
            var squared = 0.0;
            for (var k = 0; k < 3; k++)
            {
                var d = u * lattice[k] + v * lattice[3 + k] + w * lattice[6 + k];
                squared += d * d;
            }
            if (squared <= MergeAngstrom * MergeAngstrom) return true;
        }
        return false;
    }

    static double Wrap(double difference) => difference - Math.Round(difference);
}
