namespace AtomSets.Studies;

/// <summary>A straight line y = a − b·x in logarithms of size and error.</summary>
/// <param name="Intercept">a.</param>
/// <param name="Slope">b: positive when the error falls.</param>
readonly record struct PowerLine(double Intercept, double Slope)
{
    /// <summary>log10 of the error at log10 of a size.</summary>
    public double At(double logSize) => Intercept - (Slope * logSize);

    /// <summary>The size at which the line comes down to log10 of an error; infinite when it does not fall.</summary>
    public double SizeFor(double logError) => Slope > 0 ? Math.Pow(10, (Intercept - logError) / Slope) : double.PositiveInfinity;

    /// <summary>Least squares through the points chosen (all when null), which must have two different x.</summary>
    public static PowerLine Through(double[] x, double[] y, int[]? chosen)
    {
        var n = chosen?.Length ?? x.Length;
        double meanX = 0, meanY = 0;
        for (var i = 0; i < n; i++)
        {
            meanX += x[chosen?[i] ?? i];
            meanY += y[chosen?[i] ?? i];
        }
        meanX /= n;
        meanY /= n;
        double spread = 0, together = 0;
        for (var i = 0; i < n; i++)
        {
            var dx = x[chosen?[i] ?? i] - meanX;
            spread += dx * dx;
            together += dx * (y[chosen?[i] ?? i] - meanY);
        }
        var rising = together / spread;
        return new PowerLine(meanY - (rising * meanX), -rising);
    }

    /// <summary>The lines through so many resamplings of the points, with replacement.</summary>
    /// <param name="seed">The same seed gives the same lines.</param>
    public static PowerLine[] Resampled(double[] x, double[] y, ulong seed, int resamples)
    {
        var stream = new KeyedStream(seed, "scaling-fit/bootstrap");
        var lines = new PowerLine[resamples];
        var chosen = new int[x.Length];
        ulong position = 0;
        for (var r = 0; r < resamples; r++)
        {
            do
            {
                for (var i = 0; i < chosen.Length; i++) chosen[i] = (int)stream.Below(position++, (ulong)x.Length);
            }
            while (chosen.All(i => x[i] == x[chosen[0]])); // one size only: no line
            lines[r] = Through(x, y, chosen);
        }
        return lines;
    }
}
