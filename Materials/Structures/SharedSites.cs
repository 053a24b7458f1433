using System.Globalization;

namespace AtomSets.Materials;

/// <summary>Puts the elements that a file lists in one place, each with its occupancy, together as sites.</summary>
static class SharedSites
{
    /// <summary>How far sums of occupancies may lie above 1 before they are a mistake: printed digits.</summary>
    const double SumTolerance = 0.01;

    /// <summary>Within this of 1 an occupancy is 1, and within this of 0 it is 0.</summary>
    internal const double WholeTolerance = 1e-6;

    /// <summary>More listed atoms are not searched for common places.</summary>
    const int MostAtoms = 5000;

    /// <summary>Makes a crystal of atoms of which some have occupancies below 1.</summary>
    /// <param name="lattice">[3 × 3] in Å.</param>
    /// <param name="atomicNumbers">[listed atoms]</param>
    /// <param name="fractional">[listed atoms × 3]</param>
    /// <param name="occupancies">[listed atoms], above 0.</param>
    /// <param name="id">Name.</param>
    /// <param name="source">For messages.</param>
    /// <param name="place">Line (0 if unknown) and name of a listed atom.</param>
    /// <exception cref="StructureFormatException">A site is more than full, or atoms lie on top of each other without sharing a site.</exception>
    public static Crystal Build(
        double[] lattice, int[] atomicNumbers, double[] fractional, double[] occupancies, string? id, string source, Func<int, (int Line, string Name)> place)
    {
        if (atomicNumbers.Length > MostAtoms)
            throw new StructureFormatException(source, 0, string.Create(CultureInfo.InvariantCulture, $"{atomicNumbers.Length} atoms with partial occupancies; at most {MostAtoms} are read"));
        var siteOf = new int[atomicNumbers.Length];
        var (sites, first) = (new List<SortedDictionary<int, double>>(), new List<int>());
        for (var atom = 0; atom < atomicNumbers.Length; atom++)
        {
            // Whole atoms share nothing: two of them in one place are a mistake, which the check below tells.
            var site = occupancies[atom] < 1 ? first.FindIndex(other => occupancies[other] < 1 && IsSamePlace(lattice, fractional, other, atom)) : -1;
            if (site < 0)
            {
                site = sites.Count;
                sites.Add([]);
                first.Add(atom);
            }
            siteOf[atom] = site;
            sites[site][atomicNumbers[atom]] = sites[site].GetValueOrDefault(atomicNumbers[atom]) + occupancies[atom];
        }
        for (var site = 0; site < sites.Count; site++)
        {
            var sum = sites[site].Values.Sum();
            if (sum > 1 + SumTolerance)
            {
                var (line, name) = place(first[site]);
                throw new StructureFormatException(source, line, string.Create(CultureInfo.InvariantCulture, $"the occupancies at {name} add up to {sum:0.###}; a site holds one atom at most"));
            }
            if (sum <= 1 && sum < 1 - WholeTolerance) continue;
            foreach (var element in sites[site].Keys.ToArray()) sites[site][element] = sites[site].Count == 1 ? 1 : sites[site][element] / sum;
        }
        var occupied = SiteOccupancies.Of(sites, out var dominant);
        var positions = first.SelectMany(atom => fractional.AsSpan(3 * atom, 3).ToArray()).ToArray();
        return StructureFile.Checked(lattice, dominant, positions, id, source, site => place(first[site]), occupied);
    }

    static bool IsSamePlace(double[] lattice, double[] fractional, int a, int b)
    {
        Span<double> difference = stackalloc double[3];
        for (var k = 0; k < 3; k++)
        {
            difference[k] = fractional[3 * a + k] - fractional[3 * b + k];
            difference[k] -= Math.Round(difference[k]);
        }
        var squared = 0.0;
        for (var k = 0; k < 3; k++)
        {
            var d = difference[0] * lattice[k] + difference[1] * lattice[3 + k] + difference[2] * lattice[6 + k];
            squared += d * d;
        }
        return squared <= SymmetryExpansion.MergeAngstrom * SymmetryExpansion.MergeAngstrom;
    }
}
