namespace AtomSets.Materials;

/// <summary>erfc(x) for x ≥ 0: power series of erf below 2.5 (NIST DLMF 7.6.2), continued fraction above (DLMF 7.9.1).</summary>
static class ComplementaryError
{
    public static double Of(double x)
    {
        var square = x * x;
        if (x < 2.5)
        {
            double term = x, sum = x;
            for (var n = 1; term > 1e-17 * sum; n++)
            {
                term *= 2 * square / (2 * n + 1);
                sum += term;
            }
            return 1 - 2 / Math.Sqrt(Math.PI) * Math.Exp(-square) * sum;
        }
        // x + (1/2)/(x + 1/(x + (3/2)/(x + …))), from the inside; 40 levels give full precision at 2.5 and more.
        var fraction = x;
        for (var n = 40; n >= 1; n--) fraction = x + 0.5 * n / fraction;
        return Math.Exp(-square) / (Math.Sqrt(Math.PI) * fraction);
    }
}
