using AtomSets.Studies;

namespace AtomSets.Storage;

/// <summary>All runs of one mode (and source, source size and model, where a study has several).</summary>
public sealed record Curve(string Name, string Mode, IReadOnlyList<CurveRun> Points)
{
    const ulong BootstrapSeed = 1;
    ScalingFit? _fit;

    /// <summary>The model that all its runs train; null where they differ.</summary>
    public string? Model { get; init; }

    /// <summary>Where all its parents come from; null where they differ, or there are none.</summary>
    public string? Source { get; init; }

    public IReadOnlyList<double> Sizes { get; } = [.. Points.Select(p => p.Size).Distinct().Order()];

    /// <summary>Needs at least two sizes.</summary>
    public ScalingFit Fit() => _fit ??= ScalingFit.Fit(Values.Sizes, Values.Errors, BootstrapSeed);

    /// <summary>The bootstrap interval of the size that an error needs.</summary>
    public (double Low, double High) SizeInterval(double error) => ScalingFit.SizeInterval(Values.Sizes, Values.Errors, error, BootstrapSeed);

    /// <summary>The bootstrap interval of the factor by which this curve saves data at a size.</summary>
    public (double Low, double High) FactorInterval(Curve baseline, double size) => ScalingFit.FactorInterval(Values, baseline.Values, size, BootstrapSeed);

    (IReadOnlyList<double> Sizes, IReadOnlyList<double> Errors) Values => ([.. Points.Select(p => p.Size)], [.. Points.Select(p => p.Error)]);

    public (double Mean, double? StandardError)? At(double size)
    {
        var errors = Points.Where(p => p.Size == size).Select(p => p.Error).ToList();
        if (errors.Count == 0) return null;
        return (errors.Average(), Replicates.StandardError(errors));
    }

    /// <summary>In how many folds there is a run of a size; 0 without folds.</summary>
    public int FoldsAt(double size) => Points.Where(p => p.Size == size && p.Replicate.Fold is not null).Select(p => p.Replicate.Fold).Distinct().Count();

    /// <summary>In how many pairs of the same size, fold and seed this curve has the lower error, and how many pairs there are.</summary>
    public (int Won, int Pairs) WonAgainst(Curve baseline)
    {
        var errors = baseline.Points.ToLookup(p => (p.Size, p.Replicate), p => p.Error);
        var pairs = Points.SelectMany(p => errors[(p.Size, p.Replicate)].Take(1).Select(other => p.Error < other)).ToList();
        return (pairs.Count(won => won), pairs.Count);
    }
}

/// <param name="Size">Training rows.</param>
/// <param name="SourceSize">Rows that the parent learnt from.</param>
/// <param name="Replicate">Fold, where there are several, and seed.</param>
/// <param name="Error">In the target's unit.</param>
/// <param name="Node">The step that trained it.</param>
public sealed record CurveRun(double Size, long? SourceSize, (string? Fold, long? Seed) Replicate, double Error, string Node = "");
