using System.Globalization;
using AtomSets.Materials;

namespace AtomSets.Models.Published;

/// <summary>Atoms in space without a lattice.</summary>
/// <param name="AtomicNumbers">Atomic number of each atom [n].</param>
/// <param name="Positions">Cartesian positions [n × 3], in Å.</param>
public sealed record Molecule(IReadOnlyList<int> AtomicNumbers, IReadOnlyList<double> Positions)
{
    /// <summary>Of a graph: networks of molecules join every pair of atoms, and this is some gigabytes of activations.</summary>
    const long MostBonds = 10_000_000;

    /// <summary>Reads an XYZ file: the number of atoms, a comment, and a line of symbol, x, y, z (Å) for each atom; further columns are ignored.</summary>
    /// <exception cref="ModelException">The text is no XYZ file; the message names the line.</exception>
    /// <exception cref="InputException">An unknown element.</exception>
    public static Molecule ParseXyz(string text)
    {
        var lines = text.Split('\n');
        if (!int.TryParse(lines[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count == 0)
            throw new ModelException($"XYZ line 1: '{lines[0].Trim()}' is not the number of atoms");
        if (lines.Length - 2 < count) throw new ModelException($"XYZ: {count} atoms are announced, but the file ends after line {lines.Length}");
        var numbers = new int[count];
        var positions = new double[3 * count];
        for (var i = 0; i < count; i++)
        {
            var columns = lines[i + 2].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length < 4) throw new ModelException($"XYZ line {i + 3}: '{lines[i + 2].Trim()}' lacks a symbol and three coordinates");
            numbers[i] = Element.Parse(columns[0]).AtomicNumber;
            for (var axis = 0; axis < 3; axis++)
                if (!double.TryParse(columns[axis + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out positions[3 * i + axis])
                    || !double.IsFinite(positions[3 * i + axis]))
                    throw new ModelException($"XYZ line {i + 3}: '{columns[axis + 1]}' is no coordinate");
        }
        return new Molecule(numbers, positions);
    }

    /// <summary>The graph of the molecule: a bond both ways between any two atoms not farther apart than the cutoff.</summary>
    /// <param name="typeOf">Atomic number → row of the network's element table.</param>
    /// <param name="cutoffAngstrom">Largest bond length, in Å; 0 for every pair.</param>
    /// <exception cref="ModelException">Too many pairs, or coordinates are missing.</exception>
    public CrystalGraph Graph(Func<int, int> typeOf, double cutoffAngstrom = 0)
    {
        var count = AtomicNumbers.Count;
        if (Positions.Count != 3 * count) throw new ModelException($"a molecule of {count} atoms needs {3 * count} coordinates, got {Positions.Count}");
        if (cutoffAngstrom <= 0 && (long)count * (count - 1) > MostBonds)
            throw new ModelException(FormattableString.Invariant($"a molecule of {count} atoms has {(long)count * (count - 1)} pairs, and this network looks at every one: {MostBonds} at most"));
        var limit = cutoffAngstrom > 0 ? cutoffAngstrom + 1e-8 : double.PositiveInfinity;
        var offsets = new int[count + 1];
        var neighbours = new List<int>();
        var distances = new List<float>();
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < count; j++)
            {
                var distance = Distance(i, j);
                if (i == j || distance > limit) continue;
                neighbours.Add(j);
                distances.Add((float)distance);
            }
            offsets[i + 1] = neighbours.Count;
        }
        return CrystalGraph.FromEdges(AtomicNumbers.Select(typeOf).ToArray(), offsets, neighbours.ToArray(), distances.ToArray());
    }

    double Distance(int i, int j)
    {
        double sum = 0;
        for (var axis = 0; axis < 3; axis++)
        {
            var difference = Positions[3 * i + axis] - Positions[3 * j + axis];
            sum += difference * difference;
        }
        return Math.Sqrt(sum);
    }
}
