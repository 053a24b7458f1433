namespace AtomSets.Studies;

/// <summary>
/// A power law through errors at several data sizes: log10(error) = a − b·log10(N), by least squares. One point per (size, replicate), or per size.
/// </summary>
/// <param name="Intercept">a.</param>
/// <param name="Slope">b: positive when more data lower the error.</param>
/// <param name="SlopeError">Standard error of b; NaN with two points or fewer.</param>
/// <param name="SlopeLow">Lower end of the bootstrap interval of b.</param>
/// <param name="SlopeHigh">Upper end.</param>
/// <param name="RSquared">Share of the variance of log10(error) that the line explains; NaN when there is none to explain.</param>
/// <param name="Points">How many points.</param>
public sealed record ScalingFit(
    double Intercept, double Slope, double SlopeError, double SlopeLow, double SlopeHigh, double RSquared, int Points)
{
    /// <summary>Fits the law.</summary>
    /// <param name="sizes">Training set sizes N &gt; 0, at least two different ones.</param>
    /// <param name="errors">Errors &gt; 0, one per size, in any one unit.</param>
    /// <param name="seed">Keys the bootstrap's resamplings: the same seed gives the same interval.</param>
    /// <param name="resamples">Of the bootstrap; 0 gives NaN for the interval.</param>
    /// <param name="confidence">Of the interval, in (0, 1): the percentile bootstrap over points (Efron 1979, doi:10.1214/aos/1176344552).</param>
    /// <exception cref="ArgumentException">Fewer than two different sizes, lengths that differ, or values that have no logarithm.</exception>
    public static ScalingFit Fit(
        IReadOnlyList<double> sizes, IReadOnlyList<double> errors, ulong seed, int resamples = 2000, double confidence = 0.95)
    {
        if (sizes.Count != errors.Count) throw new ArgumentException($"There are {sizes.Count} sizes but {errors.Count} errors; give one error per size.", nameof(errors));
        if (confidence is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "The confidence must lie between 0 and 1.");
        var x = sizes.Select(size => Log(size, "size")).ToArray();
        var y = errors.Select(error => Log(error, "error")).ToArray();
        if (x.Distinct().Count() < 2) throw new ArgumentException("A scaling law needs at least two different sizes.", nameof(sizes));
        var (intercept, falling) = Line(x, y, null);
        var meanY = y.Average();
        var total = y.Sum(value => (value - meanY) * (value - meanY));
        var rest = x.Zip(y, (xi, yi) => yi - (intercept + (falling * xi))).Sum(d => d * d);
        var meanX = x.Average();
        var spread = x.Sum(value => (value - meanX) * (value - meanX));
        var (low, high) = Interval(x, y, seed, resamples, confidence);
        return new ScalingFit(
            intercept,
            -falling,
            x.Length > 2 ? Math.Sqrt(rest / (x.Length - 2) / spread) : double.NaN,
            low,
            high,
            total > 0 ? 1 - (rest / total) : double.NaN,
            x.Length);
    }

    /// <summary>The error that the law expects at size N.</summary>
    public double ErrorAt(double size) => Math.Pow(10, Intercept - (Slope * Math.Log10(size)));

    /// <summary>The size at which the law reaches an error; NaN when the error does not fall with size.</summary>
    public double SizeFor(double error) => Slope > 0 ? Math.Pow(10, (Intercept - Log(error, "error")) / Slope) : double.NaN;

    /// <summary>
    /// How many times as much data <paramref name="baseline"/> needs for the error that this curve has at size N: above 1, this one saves
    /// data. NaN when the baseline's error does not fall with size.
    /// </summary>
    public double EquivalentDataFactor(ScalingFit baseline, double size) => baseline.SizeFor(ErrorAt(size)) / size;

    internal static double Log(double value, string what) => double.IsFinite(value) && value > 0
        ? Math.Log10(value)
        : throw new ArgumentException($"The {what} {value} has no logarithm; sizes and errors must be positive and finite.");

    /// <summary>Least squares through the points chosen (all when null); the slope is as it stands, not yet turned into b.</summary>
    static (double Intercept, double Slope) Line(double[] x, double[] y, int[]? chosen)
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
        var slope = together / spread;
        return (meanY - (slope * meanX), slope);
    }

    static (double Low, double High) Interval(double[] x, double[] y, ulong seed, int resamples, double confidence)
    {
        if (resamples <= 0) return (double.NaN, double.NaN);
        var stream = new KeyedStream(seed, "scaling-fit/bootstrap");
        var slopes = new double[resamples];
        var chosen = new int[x.Length];
        ulong position = 0;
        for (var r = 0; r < resamples; r++)
        {
            do
            {
                for (var i = 0; i < chosen.Length; i++) chosen[i] = (int)stream.Below(position++, (ulong)x.Length);
            }
            while (chosen.All(i => x[i] == x[chosen[0]])); // one size only: no line
            slopes[r] = -Line(x, y, chosen).Slope;
        }
        Array.Sort(slopes);
        var tail = (1 - confidence) / 2;
        return (Quantile(slopes, tail), Quantile(slopes, 1 - tail));
    }

    static double Quantile(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
