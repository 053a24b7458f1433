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
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which JSON can write and no string can hold.
            throw new StructureFormatException(source, 0, "it holds a text that is no Unicode");
        }
    }

    /// <summary>Reads the structure of an object, or of its member <c>structure</c>.</summary>
    /// <exception cref="StructureFormatException">There is none, or it cannot be read.</exception>
    internal static Crystal Read(JsonElement json, string source) => new Item(source, "").Read(json);

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
            var (atomicNumbers, positions, occupancies, owner) = (new List<int>(count), new List<double>(3 * count), new List<double>(count), new List<int>(count));
            var position = new double[3];
            var index = 0;
            foreach (var site in sites.EnumerateArray())
            {
                if (site.ValueKind != JsonValueKind.Object) throw Error($"site {index + 1} is not an object");
                Position(site, index, lattice, position);
                foreach (var (element, occupancy) in Species(site, index))
                {
                    atomicNumbers.Add(element.AtomicNumber);
                    positions.AddRange(position);
                    occupancies.Add(occupancy);
                    owner.Add(index);
                }
                index++;
            }
            if (atomicNumbers.Count == 0) throw Error("every site is vacant");
            var self = this;
            (int, string) Place(int atom) => (0, $"{self.Prefix}site {owner[atom] + 1}");
            return occupancies.Exists(occupancy => occupancy < 1)
                ? SharedSites.Build(lattice, [.. atomicNumbers], [.. positions], [.. occupancies], Name(holder), source, Place)
                : StructureFile.Checked(lattice, [.. atomicNumbers], [.. positions], Name(holder), source, Place);
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

        List<(Element Element, double Occupancy)> Species(JsonElement site, int index)
        {
            if (!site.TryGetProperty("species", out var species) || species.ValueKind != JsonValueKind.Array || species.GetArrayLength() == 0)
                throw Error($"site {index + 1} has no 'species'");
            var found = new List<(Element, double)>();
            foreach (var one in species.EnumerateArray())
            {
                if (one.ValueKind != JsonValueKind.Object || !one.TryGetProperty("element", out var name) || name.ValueKind != JsonValueKind.String)
                    throw Error($"site {index + 1} names no 'element'");
                var value = 1.0;
                if (one.TryGetProperty("occu", out var occupancy) && (occupancy.ValueKind != JsonValueKind.Number || !occupancy.TryGetDouble(out value)))
                    throw Error($"the occupancy of site {index + 1} is no number");
                if (!(value is >= 0 and <= 1 + SharedSites.WholeTolerance))
                    throw Error(string.Create(CultureInfo.InvariantCulture, $"site {index + 1} has the occupancy {value}; occupancies lie between 0 and 1"));
                var symbol = name.GetString().AsSpan();
                var letters = 0;
                while (letters < symbol.Length && char.IsAsciiLetter(symbol[letters])) letters++;
                if (!Element.TryParse(symbol[..letters], out var element)) throw Error($"site {index + 1}: {Element.Unknown(symbol)}");
                if (value >= SharedSites.WholeTolerance) found.Add((element, Math.Abs(value - 1) <= SharedSites.WholeTolerance ? 1 : value));
            }
            if (found.Count > 1 && found.Exists(one => one.Item2 == 1)) throw Error($"site {index + 1} is more than full: one of its {found.Count} elements has the occupancy 1");
            return found;
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
