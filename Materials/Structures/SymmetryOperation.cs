using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace AtomSets.Materials;

/// <summary>An affine map of fractional coordinates, x' = R x + t, as CIF writes it: <c>-y+1/2, x-y, z+1/3</c>.</summary>
sealed class SymmetryOperation
{
    readonly double[] _rotation;    // [3 × 3]
    readonly double[] _translation; // [3], not wrapped

    SymmetryOperation(double[] rotation, double[] translation)
    {
        _rotation = rotation;
        _translation = translation;
    }

    internal static SymmetryOperation Identity { get; } = new([1, 0, 0, 0, 1, 0, 0, 0, 1], [0, 0, 0]);

    internal bool IsIdentity => _rotation.AsSpan().SequenceEqual(Identity._rotation) && Array.TrueForAll(_translation, static t => t == Math.Floor(t));

    internal void Apply(ReadOnlySpan<double> point, Span<double> image)
    {
        for (var i = 0; i < 3; i++)
            image[i] = _rotation[3 * i] * point[0] + _rotation[3 * i + 1] * point[1] + _rotation[3 * i + 2] * point[2] + _translation[i];
    }

    /// <summary>Reads a triplet: each part a sum of terms such as <c>-x</c>, <c>1/2</c>, <c>0.25</c>, <c>2*y</c>.</summary>
    internal static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out SymmetryOperation? operation, out string reason)
    {
        operation = null;
        var rotation = new double[9];
        var translation = new double[3];
        var part = 0;
        foreach (var range in text.Split(','))
        {
            if (part == 3)
            {
                part = 4;
                break;
            }
            if (!TryPart(text[range], rotation.AsSpan(3 * part, 3), ref translation[part], out reason)) return false;
            part++;
        }
        reason = part == 3 ? "" : "an operation has three parts with commas between them, such as 'x, y+1/2, -z'";
        if (part != 3) return false;
        var r = rotation;
        var determinant = r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) + r[2] * (r[3] * r[7] - r[4] * r[6]);
        if (Math.Abs(Math.Abs(determinant) - 1) > 1e-6)
        {
            reason = string.Create(CultureInfo.InvariantCulture, $"its matrix has the determinant {determinant:0.###}; a symmetry operation has 1 or -1");
            return false;
        }
        operation = new SymmetryOperation(rotation, translation);
        return true;
    }

    static bool TryPart(ReadOnlySpan<char> text, Span<double> row, ref double constant, out string reason)
    {
        var at = 0;
        var terms = 0;
        while (true)
        {
            Skip(text, ref at);
            if (at == text.Length) break;
            var sign = 1.0;
            if (text[at] is '+' or '-')
            {
                if (text[at] == '-') sign = -1;
                at++;
                Skip(text, ref at);
            }
            else if (terms > 0)
            {
                reason = $"'{text[at]}' needs a '+' or '-' before it";
                return false;
            }
            var hasNumber = TryNumber(text, ref at, out var number);
            Skip(text, ref at);
            if (hasNumber && at < text.Length && text[at] == '*')
            {
                at++;
                Skip(text, ref at);
            }
            var axis = at < text.Length ? "xyz".IndexOf(char.ToLowerInvariant(text[at]), StringComparison.Ordinal) : -1;
            if (axis >= 0)
            {
                at++;
                row[axis] += sign * number;
            }
            else if (hasNumber)
            {
                constant += sign * number;
            }
            else
            {
                reason = at < text.Length ? $"'{text[at]}' is not understood" : "a sign with nothing behind it";
                return false;
            }
            terms++;
        }
        reason = terms > 0 ? "" : "an empty part";
        return terms > 0;
    }

    static bool TryNumber(ReadOnlySpan<char> text, ref int at, out double number)
    {
        number = 1;
        if (!Digits(text, ref at, out var value)) return false;
        if (at < text.Length && text[at] == '/')
        {
            at++;
            if (!Digits(text, ref at, out var divisor) || divisor == 0) return false;
            value /= divisor;
        }
        number = value;
        return true;
    }

    static bool Digits(ReadOnlySpan<char> text, ref int at, out double value)
    {
        var start = at;
        while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.')) at++;
        return double.TryParse(text[start..at], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
    }

    static void Skip(ReadOnlySpan<char> text, ref int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t' or '"' or '\'') at++;
    }
}
