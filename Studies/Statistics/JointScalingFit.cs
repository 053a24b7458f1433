using MathNet.Numerics.LinearRegression;

namespace AtomSets.Studies;

/// <summary>
/// A power law in two data sizes: log10(error) = a − b_t·log10(N_target) − b_s·log10(N_source), by least squares: what a row of the small set and what a row
/// of the large one is worth.
/// </summary>
/// <param name="Intercept">a.</param>
/// <param name="TargetSlope">b_t.</param>
/// <param name="TargetSlopeError">Its standard error; NaN with three points or fewer.</param>
/// <param name="SourceSlope">b_s.</param>
/// <param name="SourceSlopeError">Its standard error; NaN with three points or fewer.</param>
/// <param name="RSquared">Share of the variance of log10(error) that the plane explains; NaN when there is none to explain.</param>
/// <param name="Points">How many points.</param>
public sealed record JointScalingFit(
    double Intercept, double TargetSlope, double TargetSlopeError, double SourceSlope, double SourceSlopeError, double RSquared, int Points)
{
    /// <summary>The bootstrap interval of b_t; NaN without resampling.</summary>
    public (double Low, double High) TargetInterval { get; private init; } = (double.NaN, double.NaN);

    /// <summary>The bootstrap interval of b_s; NaN without resampling.</summary>
    public (double Low, double High) SourceInterval { get; private init; } = (double.NaN, double.NaN);

    /// <summary>Fits the law.</summary>
    /// <param name="points">Sizes and errors &gt; 0; one per (target size, source size, replicate).</param>
    /// <param name="seed">Keys the bootstrap's resamplings of points.</param>
    /// <param name="resamples">Of the bootstrap; 0 gives NaN for the intervals.</param>
    /// <param name="confidence">Of the intervals, in (0, 1).</param>
    /// <exception cref="ArgumentException">Both sizes do not vary independently, or a value has no logarithm.</exception>
    public static JointScalingFit Fit(IReadOnlyList<(double Target, double Source, double Error)> points, ulong seed = 1, int resamples = 2000, double confidence = 0.95)
    {
        var fit = Through(points);
        if (resamples <= 0) return fit;
        var stream = new KeyedStream(seed, "joint-scaling-fit/bootstrap");
        double[] targets = new double[resamples], sources = new double[resamples];
        var chosen = new (double, double, double)[points.Count];
        ulong position = 0;
        for (var r = 0; r < resamples; r++)
        {
            do
            {
                for (var i = 0; i < chosen.Length; i++) chosen[i] = points[(int)stream.Below(position++, (ulong)points.Count)];
            }
            while (!SpreadOf(chosen).IsPlane); // too few sizes drawn
            var resampled = Through(chosen);
            (targets[r], sources[r]) = (resampled.TargetSlope, resampled.SourceSlope);
        }
        return fit with { TargetInterval = Bootstrap.Interval(targets, confidence), SourceInterval = Bootstrap.Interval(sources, confidence) };
    }

    static JointScalingFit Through(IReadOnlyList<(double Target, double Source, double Error)> points)
    {
        double[][] x = [.. points.Select(point => new[] { ScalingFit.Log(point.Target, "target size"), ScalingFit.Log(point.Source, "source size") })];
        double[] y = [.. points.Select(point => ScalingFit.Log(point.Error, "error"))];
        if (points.Count < 3) throw new ArgumentException($"A law in two sizes needs at least three points, there are {points.Count}.", nameof(points));
        var (targets, sources, independent, isPlane) = SpreadOf(points);
        if (!isPlane) throw new ArgumentException("A law in two sizes needs several of each, varied independently of each other.", nameof(points));
        var b = MultipleRegression.QR(x, y, intercept: true);
        var rest = x.Zip(y, (row, value) => value - (b[0] + (b[1] * row[0]) + (b[2] * row[1]))).Sum(d => d * d);
        var meanY = y.Average();
        var total = y.Sum(value => (value - meanY) * (value - meanY));
        var variance = points.Count > 3 ? rest / (points.Count - 3) : double.NaN;
        return new JointScalingFit(
            b[0], -b[1], Math.Sqrt(variance * sources / independent), -b[2], Math.Sqrt(variance * targets / independent),
            total > 0 ? 1 - (rest / total) : double.NaN, points.Count);
    }

    /// <summary>Sums of squares of the logarithms of both sizes about their means, their determinant, and whether the two vary independently.</summary>
    static (double Targets, double Sources, double Independent, bool IsPlane) SpreadOf(IReadOnlyList<(double Target, double Source, double Error)> points)
    {
        var (meanTarget, meanSource) = (points.Average(p => Math.Log10(p.Target)), points.Average(p => Math.Log10(p.Source)));
        double targets = 0, sources = 0, both = 0;
        foreach (var point in points)
        {
            var (t, s) = (Math.Log10(point.Target) - meanTarget, Math.Log10(point.Source) - meanSource);
            targets += t * t;
            sources += s * s;
            both += t * s;
        }
        var independent = (targets * sources) - (both * both);
        return (targets, sources, independent, independent > 1e-9 * targets * sources);
    }

    /// <summary>The error that the law expects.</summary>
    public double ErrorAt(double target, double source) => Math.Pow(10, Intercept - (TargetSlope * Math.Log10(target)) - (SourceSlope * Math.Log10(source)));
}
