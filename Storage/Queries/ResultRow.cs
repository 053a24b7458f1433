using AtomSets.Studies;

namespace AtomSets.Storage;

/// <summary>
/// One training run of a study with one test evaluation of it, or without; or the evaluation of a model that no study trained (then
/// <paramref name="Key"/> is null). Errors are in <paramref name="Unit"/>; what is not known, or not yet, is null.
/// </summary>
/// <param name="Group">The configuration whose replicate this is.</param>
/// <param name="Role">pretrain or transfer.</param>
/// <param name="Source">What the parent was trained on; null where there is none.</param>
/// <param name="SourceSize">Training rows of the parent.</param>
/// <param name="Target">The study's name for the target.</param>
/// <param name="Property">The column of the data set that is predicted.</param>
/// <param name="Size">Training rows.</param>
/// <param name="Stop">plateau, cap, or paused at a rung of a search.</param>
/// <param name="Fold">Which part was tested on, where a target is split into folds.</param>
public sealed record ResultRow(
    string Study, string Node, string? Group, int? Replicate, NodeStatus Status, string? Role, string? Model, string? Mode,
    string? Source, long? SourceSize, string? Target, string? DataSet, string? Property, long? Size, long? Seed,
    double? ValidationError, double? TestError, string? Metric, string? Unit, int? Epochs, int? BestEpoch, string? Stop, double? Seconds, long? Parameters,
    TrialKey? Key, TrialKey? TestKey, string? Reason, string? Fold)
{
    internal static readonly IReadOnlyDictionary<string, string> NothingDrawn = new Dictionary<string, string>();

    /// <summary>The epoch at which a search let this run pause; null for runs that train to their end.</summary>
    public int? Rung { get; init; }

    /// <summary>What <see cref="Mode"/> stands for: scratch, full, features:LAYER, …</summary>
    public string? Method { get; init; }

    /// <summary>The parent's layer whose values it reads; null for others.</summary>
    public string? Layer => LayerOf(Method);

    /// <inheritdoc cref="Layer"/>
    public static string? LayerOf(string? method) => method?.StartsWith("features:", StringComparison.Ordinal) == true ? method["features:".Length..] : null;

    /// <summary>What a search drew for it: settings by name; empty where nothing was searched.</summary>
    public IReadOnlyDictionary<string, string> Drawn { get; init; } = NothingDrawn;
}

/// <summary>A column that results can be grouped by.</summary>
public enum ResultColumn
{
    Study,
    Role,
    Source,
    SourceSize,
    Target,
    DataSet,
    Model,
    Mode,
    Size,
    Seed,
    Fold,
    Group,
    Property,
    Family,
}

/// <summary>Rows with the same values of the columns grouped by, summarised.</summary>
/// <param name="By">The values, in the order of the columns; null where a row has none.</param>
/// <param name="Runs">Finished training runs (or evaluations of models not trained here).</param>
/// <param name="Failed">Runs that failed or were blocked.</param>
/// <param name="Pending">Runs that have not ended.</param>
/// <param name="Capped">Of the finished: stopped by the epoch cap, not by their plateau.</param>
/// <param name="Seconds">Computing time in all.</param>
public sealed record ResultGroup(
    IReadOnlyList<string?> By, int Runs, int Failed, int Pending, int Capped, Estimate? Validation, Estimate? Test, string? Metric, string? Unit, double Seconds);

/// <summary>A mean over replicates.</summary>
/// <param name="StandardError">Of the mean; null for a single value.</param>
public sealed record Estimate(double Mean, double? StandardError, int Count);

/// <param name="Looks">By evaluations of the whole database.</param>
/// <param name="StudyLooks">Of those: by evaluations that the studies asked about contain.</param>
public sealed record TestLookSummary(string DataSet, string Target, string Rows, int RowCount, int Looks, int StudyLooks);
