using System.Globalization;

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

    internal int Count => _atomicNumbers.Count;

    internal void Add(Element element, ReadOnlySpan<double> position, ReadOnlySpan<char> name, int line)
    {
        var site = _sites.Count;
        _sites.Add((CifBlock.Shorten(name), line));
        if (operations.Length == 1)
        {
            Append(element, position, site);
            return;
        }
        var first = _atomicNumbers.Count;
        Span<double> image = stackalloc double[3];
        foreach (var operation in operations)
        {
            operation.Apply(position, image);
            for (var k = 0; k < 3; k++) image[k] -= Math.Floor(image[k]);
            if (!IsKnown(image, first)) Append(element, image, site);
        }
    }

    internal Crystal Finish(string? id)
    {
        while (true)
        {
            var positions = _fractional.ToArray();
            var pair = SiteOverlap.Find(lattice, positions);
            if (pair is not { } overlap)
            {
                try
                {
                    return new Crystal(lattice, _atomicNumbers.ToArray(), positions, id);
                }
                catch (ArgumentException failure)
                {
                    throw new StructureFormatException($"{source}: {failure.Message}", failure);
                }
            }
            var (i, j) = (_siteOfAtom[overlap.First], _siteOfAtom[overlap.Second]);
            var sameElement = _atomicNumbers[overlap.First] == _atomicNumbers[overlap.Second];
            // A file may list atoms that its own operations generate too: with operations, equal atoms in one place are one atom.
            if (operations.Length > 1 && sameElement && i != j && overlap.DistanceAngstrom <= MergeAngstrom)
            {
                DropSite(j);
                continue;
            }
            var apart = overlap.DistanceAngstrom.ToString("0.000", CultureInfo.InvariantCulture);
            throw new StructureFormatException(source, _sites[j].Line, i == j
                ? $"images of site '{_sites[j].Name}' lie {apart} Å apart: a special position given with too few decimals, or a wrong operation"
                : $"sites '{_sites[i].Name}' and '{_sites[j].Name}' lie {apart} Å apart: two atoms cannot be in one place");
        }
    }

    void DropSite(int site)
    {
        for (var i = _siteOfAtom.Count - 1; i >= 0; i--)
        {
            if (_siteOfAtom[i] != site) continue;
            _siteOfAtom.RemoveAt(i);
            _atomicNumbers.RemoveAt(i);
            _fractional.RemoveRange(3 * i, 3);
        }
    }

    void Append(Element element, ReadOnlySpan<double> position, int site)
    {
        if (Count == StructureFile.MaxAtoms)
            throw new StructureFormatException(source, _sites[site].Line, string.Create(CultureInfo.InvariantCulture, $"more than {StructureFile.MaxAtoms} atoms in the cell"));
        _atomicNumbers.Add(element.AtomicNumber);
        _siteOfAtom.Add(site);
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
