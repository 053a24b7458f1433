using System.Globalization;

namespace AtomSets.Materials;

/// <summary>
/// Reads VASP's POSCAR and CONTCAR (format of VASP 5 and later; of VASP 4 when the comment line lists the elements). A negative scale is the
/// volume of the cell; selective dynamics and whatever follows the positions are passed over.
/// </summary>
public static class PoscarReader
{
    const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <param name="text">The whole file.</param>
    /// <param name="source">Where it came from, for messages.</param>
    /// <exception cref="StructureFormatException">The text is no POSCAR.</exception>
    public static Crystal Parse(string text, string source = "POSCAR text")
    {
        ArgumentNullException.ThrowIfNull(text);
        StructureFile.CheckLength(text.Length, source);
        return new Lines(text, source).Read();
    }

    /// <exception cref="StructureFormatException">As <see cref="Parse"/>, or the file cannot be opened.</exception>
    public static Crystal ReadFile(string path) => Parse(StructureFile.ReadText(path), path);

    ref struct Lines(ReadOnlySpan<char> text, string source)
    {
        readonly ReadOnlySpan<char> _text = text;
        readonly string _source = source;
        int _at;
        int _line;

        internal Crystal Read()
        {
            var comment = Next("a comment").Trim().ToString();
            var scaleLine = Words(Next("the scale of the cell"), 3);
            var lattice = new double[9];
            var scale = Numbers(scaleLine.Length >= 3 && IsNumber(scaleLine[1]) && IsNumber(scaleLine[2]) ? scaleLine : scaleLine[..Math.Min(1, scaleLine.Length)], "the scale of the cell");
            for (var row = 0; row < 3; row++) Vector(Next($"cell vector {"abc"[row]}"), lattice.AsSpan(3 * row, 3), $"cell vector {"abc"[row]}");
            ScaleCell(scale, lattice);
            var atomicNumbers = Elements(comment);
            var mode = Next("'Direct' or 'Cartesian'").Trim();
            if (mode.Length > 0 && mode[0] is 'S' or 's') mode = Next("'Direct' or 'Cartesian'").Trim();
            var cartesian = mode.Length > 0 && mode[0] is 'C' or 'c' or 'K' or 'k';
            if (!cartesian && !(mode.Length > 0 && mode[0] is 'D' or 'd'))
                throw Error($"'{CifBlock.Shorten(mode)}' where 'Direct' or 'Cartesian' (or 'Selective dynamics' before it) is expected");
            var positions = new double[3 * atomicNumbers.Length];
            var first = _line + 1;
            for (var atom = 0; atom < atomicNumbers.Length; atom++)
                Vector(Next($"the position of atom {atom + 1} of {atomicNumbers.Length}"), positions.AsSpan(3 * atom, 3), $"the position of atom {atom + 1}");
            if (cartesian)
            {
                // Cartesian positions are scaled like the cell.
                for (var i = 0; i < positions.Length; i++) positions[i] *= scale[scale.Length == 3 ? i % 3 : 0];
                CartesianCoordinates.ToFractional(lattice, positions);
            }
            return StructureFile.Checked(lattice, atomicNumbers, positions, comment.Length > 0 ? comment : null, _source, atom => (first + atom, $"atom {atom + 1}"));
        }

        // Turns the scale into factors (a volume into one) and applies them.
        void ScaleCell(double[] scale, double[] lattice)
        {
            if (scale.Length == 1 && scale[0] < 0)
            {
                if (Crystal.LatticeProblem(lattice) is { } problem) throw new StructureFormatException(_source, 3, problem);
                scale[0] = Math.Cbrt(-scale[0] / Crystal.CellVolume(lattice));
            }
            foreach (var factor in scale)
                if (!(factor > 0))
                    throw new StructureFormatException(_source, 2, string.Create(CultureInfo.InvariantCulture, $"the scale {factor} is neither a positive factor nor a negative volume"));
            for (var i = 0; i < 9; i++) lattice[i] *= scale[scale.Length == 3 ? i % 3 : 0];
            if (Crystal.LatticeProblem(lattice) is { } flat) throw new StructureFormatException(_source, 3, flat);
        }

        int[] Elements(string comment)
        {
            var names = Words(Next("the element symbols"), int.MaxValue);
            string[] counts;
            if (names.Length > 0 && char.IsAsciiDigit(names[0][0]))
            {
                counts = names;
                names = comment.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                if (names.Length != counts.Length || !Array.TrueForAll(names, static name => Element.TryParse(name, out _)))
                    throw Error("counts stand where VASP 5 has the element symbols, and the comment line does not list one symbol for each count; add a line of symbols before this one");
            }
            else
            {
                var symbolLine = _line;
                if (names.Length == 0) throw Error("the line of element symbols is empty");
                counts = Words(Next("the number of atoms of each element"), int.MaxValue);
                // Symbols may name a potential (Fe_pv) or its hash (Fe/1a2b).
                for (var i = 0; i < names.Length; i++)
                {
                    names[i] = names[i].Split('_', '/')[0];
                    if (!Element.TryParse(names[i], out _)) throw new StructureFormatException(_source, symbolLine, Element.Unknown(names[i]));
                }
                if (counts.Length != names.Length)
                    throw Error($"{counts.Length} counts for {names.Length} element symbols");
            }
            var atoms = new List<int>();
            for (var i = 0; i < counts.Length; i++)
            {
                if (!int.TryParse(counts[i], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count == 0)
                    throw Error($"'{CifBlock.Shorten(counts[i])}' is no number of {names[i]} atoms");
                if (count > StructureFile.MaxAtoms - atoms.Count) throw Error($"more than {StructureFile.MaxAtoms} atoms in the cell");
                var atomicNumber = Element.Parse(names[i]).AtomicNumber;
                for (var k = 0; k < count; k++) atoms.Add(atomicNumber);
            }
            return [.. atoms];
        }

        void Vector(ReadOnlySpan<char> line, Span<double> into, string what)
        {
            var words = Words(line, 3);
            if (words.Length < 3) throw Error($"{what} has three numbers, not '{CifBlock.Shorten(line)}'");
            Numbers(words, what).CopyTo(into);
        }

        double[] Numbers(string[] words, string what)
        {
            if (words.Length == 0) throw Error($"{what} is missing");
            var numbers = new double[words.Length];
            for (var i = 0; i < words.Length; i++)
            {
                // Fortran writes 1.0D+00 too.
                var word = words[i].Replace('D', 'E').Replace('d', 'e');
                if (!double.TryParse(word, Style, CultureInfo.InvariantCulture, out numbers[i]) || !double.IsFinite(numbers[i]))
                    throw Error($"'{CifBlock.Shorten(words[i])}' in {what} is not a number");
            }
            return numbers;
        }

        static bool IsNumber(string word) => double.TryParse(word, Style, CultureInfo.InvariantCulture, out _);

        static string[] Words(ReadOnlySpan<char> line, int limit)
        {
            var words = new List<string>();
            foreach (var range in line.SplitAny(' ', '\t'))
            {
                if (words.Count == limit) break;
                var word = line[range];
                if (word.IsEmpty) continue;
                if (word[0] is '!' or '#') break;
                words.Add(word.ToString());
            }
            return [.. words];
        }

        ReadOnlySpan<char> Next(string what)
        {
            if (_at >= _text.Length) throw new StructureFormatException(_source, _line, $"the file ends before {what}");
            var rest = _text[_at..];
            var end = rest.IndexOf('\n');
            var line = end < 0 ? rest : rest[..end];
            _at += end < 0 ? rest.Length : end + 1;
            _line++;
            return line.TrimEnd('\r');
        }

        readonly StructureFormatException Error(string reason) => new(_source, _line, reason);
    }
}
