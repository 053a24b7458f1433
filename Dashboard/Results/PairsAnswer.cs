using AtomSets.Storage;

namespace AtomSets.Dashboard;

/// <summary>Transfer beside training from scratch: pairs of runs with the same size, fold and seed.</summary>
/// <param name="Wins">Pairs in which transfer has the lower error.</param>
sealed record PairsAnswer(int Pairs, int Wins, IReadOnlyList<PairsRow> Rows)
{
    /// <param name="rows">Finished runs.</param>
    public static PairsAnswer Of(IReadOnlyList<ResultRow> rows)
    {
        var pairs = ScalingAnswer.TargetsOf(rows).SelectMany(target => target.Curves.SelectMany(curve => RowsOf(target, curve))).ToList();
        return new PairsAnswer(pairs.Sum(row => row.Pairs), pairs.Sum(row => row.Wins), pairs);
    }

    static IEnumerable<PairsRow> RowsOf(TargetCurves target, Curve curve)
    {
        if (target.ScratchFor(curve) is not { } scratch || curve.Mode == "scratch") yield break;
        var baseline = scratch.Points.ToLookup(point => (point.Size, point.Replicate), point => point.Error);
        foreach (var size in curve.Sizes)
        {
            var pairs = curve.Points.Where(point => point.Size == size)
                .SelectMany(point => baseline[(size, point.Replicate)].Take(1).Select(error => new PairAnswer(point.Replicate.Seed, point.Replicate.Fold, error, point.Error))).ToList();
            if (pairs.Count == 0) continue;
            var (mean, of) = (pairs.Average(pair => pair.Transfer), pairs.Average(pair => pair.Scratch));
            yield return new PairsRow(target.Name, curve.Name, curve.Mode, curve.Model, curve.Source, curve.Points[0].SourceSize, (long)size, target.Unit, target.Metric, target.IsTest,
                pairs.Count, pairs.Count(pair => pair.Transfer < pair.Scratch), of, mean, mean / of, pairs);
        }
    }
}

/// <summary>One way of transfer at one size.</summary>
/// <param name="Scratch">Mean error from scratch over the pairs; <paramref name="Transfer"/> that by transfer, <paramref name="Ratio"/> theirs.</param>
sealed record PairsRow(
    string Target, string Curve, string Mode, string? Model, string? Source, long? SourceSize, long Size, string Unit, string? Metric, bool IsTest, int Pairs, int Wins, double Scratch, double Transfer, double Ratio,
    IReadOnlyList<PairAnswer> Replicates);

sealed record PairAnswer(long? Seed, string? Fold, double Scratch, double Transfer);
