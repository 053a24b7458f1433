using System.Globalization;
using System.Text.Json;

namespace AtomSets.Materials;

/// <summary>
/// Reads structures as pymatgen writes them to JSON: <c>Structure.as_dict()</c>, and objects that hold one under <c>structure</c>
/// (<c>ComputedStructureEntry</c>, Materials Project summaries), singly or in an array. Oxidation states are passed over.
/// </summary>
public static class StructureJsonReader
{
    /// <param name="text">The whole file.</param>
    /// <param name="source">Where it came from, for messages.</param>
    /// <exception cref="StructureFormatException">No structure, several, or one that cannot be read.</exception>
    public static Crystal Parse(string text, string source = "JSON text")
    {
        var crystals = ParseAll(text, source);
        return crystals.Count == 1
            ? crystals[0]
            : throw new StructureFormatException(source, 0, string.Create(CultureInfo.InvariantCulture, $"an array of {crystals.Count} structures where one is expected"));
    }

    /// <summary>Reads the structure or the array of structures.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="source">Where it came from, for messages.</param>
    /// <exception cref="StructureFormatException">No structure, or one that cannot be read.</exception>
    public static IReadOnlyList<Crystal> ParseAll(string text, string source = "JSON text")
    {
        ArgumentNullException.ThrowIfNull(text);
        StructureFile.CheckLength(text.Length, source);
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Array) return [new Item(source, "").Read(root)];
            var crystals = new List<Crystal>();
            foreach (var item in root.EnumerateArray())
                crystals.Add(new Item(source, string.Create(CultureInfo.InvariantCulture, $"structure {crystals.Count + 1}: ")).Read(item));
            return crystals.Count > 0 ? crystals : throw new StructureFormatException(source, 0, "an empty array");
        }
        catch (JsonException failure)
        {
            var reason = failure.Message.Split(" LineNumber:", 2)[0];
            throw new StructureFormatException(source, (int)Math.Min(failure.LineNumber + 1 ?? 0, int.MaxValue), $"this is not JSON: {reason}");
        }
    }

    /// <exception cref="StructureFormatException">As <see cref="Parse"/>, or the file cannot be opened.</exception>
    public static Crystal ReadFile(string path) => Parse(StructureFile.ReadText(path), path);

    readonly struct Item(string source, string prefix)
    {
        internal Crystal Read(JsonElement root)
        {
            var holder = root;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("structure", out var inner)) root = inner;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("lattice", out var latticeJson) || !root.TryGetProperty("sites", out var sites)
                || sites.ValueKind != JsonValueKind.Array)
                throw Error("no pymatgen structure was found: an object with 'lattice' and 'sites', or with a 'structure' that has them, is expected");
            var lattice = Lattice(latticeJson);
            var count = sites.GetArrayLength();
            if (count == 0) throw Error("the list of sites is empty");
            if (count > StructureFile.MaxAtoms) throw Error($"more than {StructureFile.MaxAtoms} atoms in the cell");
            var atomicNumbers = new int[count];
            var positions = new double[3 * count];
            var index = 0;
            foreach (var site in sites.EnumerateArray())
            {
                atomicNumbers[index] = Species(site, index).AtomicNumber;
                Position(site, index, lattice, positions.AsSpan(3 * index, 3));
                index++;
            }
            var self = this;
            return StructureFile.Checked(lattice, atomicNumbers, positions, Name(holder), source, atom => (0, $"{self.Prefix}site {atom + 1}"));
        }

        string Prefix => prefix;

        double[] Lattice(JsonElement json)
        {
            if (json.ValueKind != JsonValueKind.Object) throw Error("'lattice' is not an object");
            double[] lattice;
            if (json.TryGetProperty("matrix", out var matrix))
            {
                lattice = new double[9];
                if (matrix.ValueKind != JsonValueKind.Array || matrix.GetArrayLength() != 3) throw Error("'lattice.matrix' is not three rows of three numbers");
                for (var row = 0; row < 3; row++) Vector(matrix[row], lattice.AsSpan(3 * row, 3), "'lattice.matrix'");
            }
            else
            {
                var p = new double[6];
                string[] names = ["a", "b", "c", "alpha", "beta", "gamma"];
                for (var i = 0; i < 6; i++)
                    if (!json.TryGetProperty(names[i], out var value) || value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out p[i]))
                        throw Error($"'lattice' has neither 'matrix' nor the number '{names[i]}'");
                try
                {
                    lattice = Crystal.LatticeFromParameters(p[0], p[1], p[2], p[3], p[4], p[5]);
                }
                catch (ArgumentException failure)
                {
                    throw Error(StructureFile.WithoutParameter(failure));
                }
            }
            return Crystal.LatticeProblem(lattice) is { } problem ? throw Error(problem) : lattice;
        }

        Element Species(JsonElement site, int index)
        {
            if (site.ValueKind != JsonValueKind.Object || !site.TryGetProperty("species", out var species)
                || species.ValueKind != JsonValueKind.Array || species.GetArrayLength() == 0)
                throw Error($"site {index + 1} has no 'species'");
            if (species.GetArrayLength() > 1) throw Error($"site {index + 1} is shared by several elements; only fully ordered structures are read");
            var one = species[0];
            if (one.ValueKind != JsonValueKind.Object || !one.TryGetProperty("element", out var name) || name.ValueKind != JsonValueKind.String)
                throw Error($"site {index + 1} names no 'element'");
            if (one.TryGetProperty("occu", out var occupancy))
            {
                if (occupancy.ValueKind != JsonValueKind.Number || !occupancy.TryGetDouble(out var value)) throw Error($"the occupancy of site {index + 1} is no number");
                if (Math.Abs(value - 1) > 1e-6)
                    throw Error(string.Create(CultureInfo.InvariantCulture, $"site {index + 1} has the partial occupancy {value}; only fully ordered structures (occupancy 1) are read"));
            }
            var symbol = name.GetString().AsSpan();
            var letters = 0;
            while (letters < symbol.Length && char.IsAsciiLetter(symbol[letters])) letters++;
            return Element.TryParse(symbol[..letters], out var element) ? element : throw Error($"site {index + 1}: {Element.Unknown(symbol)}");
        }

        void Position(JsonElement site, int index, double[] lattice, Span<double> into)
        {
            if (site.TryGetProperty("abc", out var abc))
            {
                Vector(abc, into, $"'abc' of site {index + 1}");
                return;
            }
            if (!site.TryGetProperty("xyz", out var xyz)) throw Error($"site {index + 1} has neither 'abc' nor 'xyz'");
            Vector(xyz, into, $"'xyz' of site {index + 1}");
            CartesianCoordinates.ToFractional(lattice, into);
        }

        void Vector(JsonElement json, Span<double> into, string what)
        {
            if (json.ValueKind == JsonValueKind.Array && json.GetArrayLength() == 3)
            {
                var k = 0;
                foreach (var value in json.EnumerateArray())
                {
                    if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out into[k]) || !double.IsFinite(into[k])) break;
                    k++;
                }
                if (k == 3) return;
            }
            throw Error($"{what} is not three numbers");
        }

        static string? Name(JsonElement holder)
        {
            foreach (var key in (ReadOnlySpan<string>)["material_id", "entry_id", "id"])
                if (holder.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String)
                    return value.GetString();
            return null;
        }

        StructureFormatException Error(string reason) => new(source, 0, prefix + reason);
    }
}
