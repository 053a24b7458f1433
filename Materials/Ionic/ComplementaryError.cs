using System.Numerics;

namespace AtomSets.Materials;

/// <summary>erfc(x) for x ≥ 0: power series of erf below 2.5 (NIST DLMF 7.6.2), continued fraction above (DLMF 7.9.1).</summary>
static class ComplementaryError
{
    const double Border = 2.5;

    // 40 levels give full precision at the border and above.
    const int Levels = 40;

    public static double Of(double x)
    {
        if (x < Border)
        {
            var square = x * x;
            double term = x, sum = x;
            for (var n = 1; term > 1e-17 * sum; n++)
            {
                term *= 2 * square / (2 * n + 1);
                sum += term;
            }
            return OfSeries(x, sum);
        }
        // x + (1/2)/(x + 1/(x + (3/2)/(x + …))), from the inside.
        var fraction = x;
        for (var n = Levels; n >= 1; n--) fraction = x + 0.5 * n / fraction;
        return OfFraction(x, fraction);
    }

    /// <summary>Each value replaced by its erfc: several at a time, with the bits that one at a time gives (made crystals are known by the hash of their values).</summary>
    public static void Of(Span<double> values)
    {
        if (!Vector.IsHardwareAccelerated)
        {
            foreach (ref var value in values) value = Of(value);
            return;
        }
        var near = new List<int>(values.Length / 4);
        Span<double> fractions = stackalloc double[2 * Vector<double>.Count];
        for (var at = 0; at < values.Length; at += fractions.Length)
        {
            var part = values[at..Math.Min(at + fractions.Length, values.Length)];
            // Two at once: a division takes several times as long as it keeps the divider busy.
            part.CopyTo(fractions);
            Vector<double> x = new(fractions), y = new(fractions[Vector<double>.Count..]);
            Vector<double> first = x, second = y;
            for (var n = Levels; n >= 1; n--)
            {
                var over = new Vector<double>(0.5 * n);
                first = x + over / first;
                second = y + over / second;
            }
            first.CopyTo(fractions);
            second.CopyTo(fractions[Vector<double>.Count..]);
            for (var i = 0; i < part.Length; i++)
                if (part[i] < Border) near.Add(at + i);
                else part[i] = OfFraction(part[i], fractions[i]);
        }
        Span<double> sums = fractions[..Vector<double>.Count];
        for (var at = 0; at < near.Count; at += sums.Length)
        {
            var count = Math.Min(sums.Length, near.Count - at);
            sums.Clear();
            for (var i = 0; i < count; i++) sums[i] = values[near[at + i]];
            Vector<double> term = new(sums), sum = term, twice = 2 * (term * term);
            for (var n = 1; ; n++)
            {
                // A value whose series has ended adds nothing more.
                term = Vector.ConditionalSelect(Vector.GreaterThan(term, 1e-17 * sum), term * (twice / new Vector<double>(2 * n + 1)), Vector<double>.Zero);
                if (term == Vector<double>.Zero) break;
                sum += term;
            }
            sum.CopyTo(sums);
            for (var i = 0; i < count; i++) values[near[at + i]] = OfSeries(values[near[at + i]], sums[i]);
        }
    }

    static double OfSeries(double x, double sum) => 1 - 2 / Math.Sqrt(Math.PI) * Math.Exp(-(x * x)) * sum;

    static double OfFraction(double x, double fraction) => Math.Exp(-(x * x)) / (Math.Sqrt(Math.PI) * fraction);
}
