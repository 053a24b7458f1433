using AtomSets.Storage;

namespace AtomSets.Dashboard;

/// <summary>Error against size: what <c>results STUDY</c> prints, as numbers. Errors in the unit named beside them.</summary>
sealed record ScalingAnswer(IReadOnlyList<ScalingSubject> Targets, IReadOnlyList<ScalingSubject> Sources)
{
    /// <param name="rows">Finished runs.</param>
    /// <param name="wanted">An error whose size is asked for; null: none.</param>
    public static ScalingAnswer Of(IReadOnlyList<ResultRow> rows, double? wanted) => new(
        [.. TargetsOf(rows).Select(target => ScalingSubject.Of(target, wanted))],
        [.. rows.Where(row => !TargetCurves.IsTransfer(row) && row.ValidationError is not null).GroupBy(row => (row.Source, row.DataSet, row.Property))
            .Select(source => ScalingSubject.Of(TargetCurves.OfSource(source.Key.Source ?? source.Key.Property ?? "", [.. source]), wanted))]);

    /// <summary>The curves of every target.</summary>
    public static IEnumerable<TargetCurves> TargetsOf(IReadOnlyList<ResultRow> rows) => rows.Where(TargetCurves.IsTransfer).GroupBy(row => row.Target ?? "", StringComparer.Ordinal)
        .Select(target => TargetCurves.Of(target.Key, [.. target])).Where(target => target.Curves.Count > 0);
}

/// <summary>A target, or a source.</summary>
/// <param name="IsTest">Whether errors are on test rows; else on validation rows.</param>
sealed record ScalingSubject(
    string Target, string? Property, string? DataSet, string Unit, string? Metric, bool IsTest, RunEnds Runs, IReadOnlyList<ScalingCurve> Curves, IReadOnlyList<JointFitAnswer> Joint)
{
    public static ScalingSubject Of(TargetCurves of, double? wanted) => new(
        of.Name, of.Property, of.DataSet, of.Unit, of.Metric, of.IsTest, new RunEnds(of.Finished, of.Plateau, of.Capped, of.Paused), [.. of.Curves.Select(curve => ScalingCurve.Of(of, curve, wanted))],
        [.. of.JointFits().Select(one => new JointFitAnswer(one.Mode, one.Fit.Intercept, one.Fit.TargetSlope, one.Fit.TargetSlopeError, one.Fit.TargetInterval.Low, one.Fit.TargetInterval.High,
            one.Fit.SourceSlope, one.Fit.SourceSlopeError, one.Fit.SourceInterval.Low, one.Fit.SourceInterval.High, one.Fit.RSquared, one.Fit.Points))]);
}

/// <summary>How finished runs ended: on their validation plateau, at the epoch cap, paused at a rung.</summary>
sealed record RunEnds(int Finished, int Plateau, int Capped, int Paused);

sealed record ScalingCurve(
    string Name, string Mode, string? Model, string? Source, long? SourceSize, IReadOnlyList<ScalingPoint> Points, ScalingFitAnswer? Fit, AgainstScratch? AgainstScratch)
{
    public static ScalingCurve Of(TargetCurves target, Curve curve, double? wanted)
    {
        var sourceSizes = curve.Points.Select(point => point.SourceSize).Distinct().ToList();
        return new ScalingCurve(
            curve.Name, curve.Mode, curve.Model, curve.Source, sourceSizes.Count == 1 ? sourceSizes[0] : null,
            [.. curve.Sizes.Select(size => new ScalingPoint((long)size, curve.At(size)!.Value.Mean, curve.At(size)!.Value.StandardError, curve.Points.Count(point => point.Size == size),
                [.. curve.Points.Where(point => point.Size == size).Select(point => new ScalingRun(point.Error, point.Replicate.Seed, point.Replicate.Fold, point.Node))]))],
            curve.Sizes.Count > 1 ? ScalingFitAnswer.Of(curve, wanted) : null, target.ScratchFor(curve) is { } scratch ? Dashboard.AgainstScratch.Of(curve, scratch) : null);
    }
}

/// <param name="Mean">Over its runs.</param>
sealed record ScalingPoint(long Size, double Mean, double? StandardError, int Count, IReadOnlyList<ScalingRun> Runs);

sealed record ScalingRun(double Error, long? Seed, string? Fold, string Node);

/// <summary>log10(error) = intercept − slope·log10(size), with a bootstrap interval of 95 % of the slope.</summary>
/// <param name="RowsForHalf">Rows that half the error of the largest size would need if the law went on; null: never.</param>
/// <param name="Line">The law over the curve's sizes.</param>
sealed record ScalingFitAnswer(
    double Intercept, double Slope, double SlopeError, double SlopeLow, double SlopeHigh, double RSquared, double RSquaredOfMeans, int Points, double RowsForHalf, IReadOnlyList<LinePoint> Line, WantedSize? Wanted)
{
    const int LinePoints = 25;

    public static ScalingFitAnswer Of(Curve curve, double? wanted)
    {
        var (fit, low, high) = (curve.Fit(), curve.Sizes[0], curve.Sizes[^1]);
        return new ScalingFitAnswer(
            fit.Intercept, fit.Slope, fit.SlopeError, fit.SlopeLow, fit.SlopeHigh, fit.RSquared, fit.RSquaredOfMeans, fit.Points, fit.SizeFor(fit.ErrorAt(high) / 2),
            [.. Enumerable.Range(0, LinePoints).Select(i => low * Math.Pow(high / low, i / (LinePoints - 1.0))).Select(size => new LinePoint(size, fit.ErrorAt(size)))],
            wanted is { } error ? new WantedSize(error, fit.SizeFor(error), curve.SizeInterval(error).Low, curve.SizeInterval(error).High) : null);
    }
}

sealed record LinePoint(double Size, double Error);

/// <param name="Rows">That reach the error, with the bootstrap interval of 95 %.</param>
sealed record WantedSize(double Error, double Rows, double Low, double High);

/// <summary>A curve beside training from scratch.</summary>
/// <param name="Won">Pairs of the same size, fold and seed in which it has the lower error, of <paramref name="Pairs"/>.</param>
/// <param name="Factor">By the fits scratch needs so many times as much data for this curve's error at size <paramref name="At"/>; with its interval of 95 %.</param>
sealed record AgainstScratch(int Won, int Pairs, double? Factor, double? At, double? Low, double? High)
{
    public static AgainstScratch? Of(Curve curve, Curve scratch)
    {
        var (won, pairs) = curve.WonAgainst(scratch);
        if (pairs == 0) return null;
        var common = curve.Sizes.Intersect(scratch.Sizes).DefaultIfEmpty(0).Max();
        if (curve.Sizes.Count < 2 || scratch.Sizes.Count < 2 || curve.Fit().EquivalentDataFactor(scratch.Fit(), common) is var factor && !double.IsFinite(factor)) return new AgainstScratch(won, pairs, null, null, null, null);
        var (low, high) = curve.FactorInterval(scratch, common);
        return new AgainstScratch(won, pairs, factor, common, low, high);
    }
}

/// <summary>log10(error) = intercept − targetSlope·log10(target rows) − sourceSlope·log10(source rows), with bootstrap intervals of 95 %.</summary>
sealed record JointFitAnswer(
    string Mode, double Intercept, double TargetSlope, double TargetSlopeError, double TargetLow, double TargetHigh, double SourceSlope, double SourceSlopeError, double SourceLow, double SourceHigh, double RSquared, int Points);
