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
/// <param name="RSquaredOfMeans">The same share for the means of log10(error) at each size, which replicates do not scatter: how straight the curve is; NaN with two sizes (a line meets both) or when there is none to explain.</param>
/// <param name="Points">How many points.</param>
public sealed record ScalingFit(
    double Intercept, double Slope, double SlopeError, double SlopeLow, double SlopeHigh, double RSquared, double RSquaredOfMeans, int Points)
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
        var line = PowerLine.Through(x, y, chosen: null);
        var meanY = y.Average();
        var total = y.Sum(value => (value - meanY) * (value - meanY));
        var rest = x.Zip(y, (xi, yi) => yi - line.At(xi)).Sum(d => d * d);
        var means = x.Zip(y).GroupBy(point => point.First).Select(size => (Size: size.Key, Mean: size.Average(point => point.Second), Count: size.Count())).ToList();
        var totalOfMeans = means.Sum(at => at.Count * (at.Mean - meanY) * (at.Mean - meanY));
        var restOfMeans = means.Sum(at => at.Count * (at.Mean - line.At(at.Size)) * (at.Mean - line.At(at.Size)));
        var meanX = x.Average();
        var spread = x.Sum(value => (value - meanX) * (value - meanX));
        var (low, high) = resamples <= 0 ? (double.NaN, double.NaN)
            : Bootstrap.Interval([.. PowerLine.Resampled(x, y, seed, resamples).Select(resampled => resampled.Slope)], confidence);
        return new ScalingFit(
            line.Intercept,
            line.Slope,
            x.Length > 2 ? Math.Sqrt(rest / (x.Length - 2) / spread) : double.NaN,
            low,
            high,
            total > 0 ? 1 - (rest / total) : double.NaN,
            means.Count > 2 && totalOfMeans > 0 ? 1 - (restOfMeans / totalOfMeans) : double.NaN,
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

    /// <summary>The bootstrap interval of <see cref="SizeFor"/>; infinite where resampled errors do not fall with size.</summary>
    /// <param name="sizes">The points of the fit.</param>
    /// <param name="errors">Their errors.</param>
    /// <param name="error">The error wanted, &gt; 0.</param>
    /// <param name="seed">Keys the resamplings.</param>
    /// <param name="resamples">At least one.</param>
    /// <param name="confidence">Of the interval, in (0, 1).</param>
    public static (double Low, double High) SizeInterval(
        IReadOnlyList<double> sizes, IReadOnlyList<double> errors, double error, ulong seed, int resamples = 2000, double confidence = 0.95) =>
        Bootstrap.Interval([.. Lines(sizes, errors, seed, resamples).Select(line => line.SizeFor(Log(error, "error")))], confidence);

    /// <summary>The bootstrap interval of <see cref="EquivalentDataFactor"/>: both curves are resampled, independently.</summary>
    /// <param name="curve">Sizes and errors of this curve.</param>
    /// <param name="baseline">Those of the other.</param>
    /// <param name="size">N.</param>
    /// <param name="seed">Keys the resamplings.</param>
    /// <param name="resamples">At least one.</param>
    /// <param name="confidence">Of the interval, in (0, 1).</param>
    public static (double Low, double High) FactorInterval(
        (IReadOnlyList<double> Sizes, IReadOnlyList<double> Errors) curve, (IReadOnlyList<double> Sizes, IReadOnlyList<double> Errors) baseline,
        double size, ulong seed, int resamples = 2000, double confidence = 0.95) =>
        Bootstrap.Interval([.. Lines(curve.Sizes, curve.Errors, seed, resamples).Zip(Lines(baseline.Sizes, baseline.Errors, seed + 1, resamples),
            (mine, other) => other.SizeFor(mine.At(Log(size, "size"))) / size)], confidence);

    static PowerLine[] Lines(IReadOnlyList<double> sizes, IReadOnlyList<double> errors, ulong seed, int resamples) =>
        PowerLine.Resampled([.. sizes.Select(size => Log(size, "size"))], [.. errors.Select(error => Log(error, "error"))], seed, resamples);

    internal static double Log(double value, string what) => double.IsFinite(value) && value > 0
        ? Math.Log10(value)
        : throw new ArgumentException($"The {what} {value} has no logarithm; sizes and errors must be positive and finite.");
}
