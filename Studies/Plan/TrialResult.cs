using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace AtomSets.Studies;

public enum StopReason
{
    /// <summary>Validation stopped improving: the run had all the epochs it could use.</summary>
    Plateau,

    /// <summary>The epoch cap came first; such runs are counted in every table.</summary>
    Cap,

    /// <summary>It ended at a rung of a search; another trial goes on from its checkpoint, if any does.</summary>
    Paused,
}

/// <summary>What a finished trial leaves behind, apart from its predictions.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "result")]
[JsonDerivedType(typeof(TrainResult), "train")]
[JsonDerivedType(typeof(EvaluationResult), "evaluate")]
public abstract record TrialResult
{
    /// <summary>Time in the worker, over all attempts that contributed.</summary>
    public double Seconds { get; init; }

    /// <summary>Where it ran: device, instruction set, numerics class, program version; and whatever else is worth a row.</summary>
    public ImmutableSortedDictionary<string, string> Info { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

public sealed record TrainResult(ValidationScore Score) : TrialResult
{
    /// <summary>Further validation metrics by name.</summary>
    public ImmutableSortedDictionary<string, double> Metrics { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>Epochs run, those before a resumption or an earlier rung included.</summary>
    public int Epochs { get; init; }

    /// <summary>The epoch whose weights were kept.</summary>
    public int BestEpoch { get; init; }

    public StopReason Stop { get; init; }

    /// <summary>Artifact hash of the kept weights; null where none were kept.</summary>
    public string? Weights { get; init; }

    /// <summary>Artifact hash of the state at the end, for a trial that goes on from it; null where none was asked for.</summary>
    public string? Checkpoint { get; init; }

    public long Parameters { get; init; }

    /// <summary>Of an acquisition the ids of the rows that it chose, in their order; else null.</summary>
    public ImmutableArray<string>? Chosen { get; init; }

    /// <summary>Over how many workers the trial was spread, in the attempt that finished it.</summary>
    public int Workers { get; init; } = 1;
}

/// <param name="Scores">Test errors: for tables, never for choices.</param>
/// <param name="Looks">Which test rows were looked at.</param>
public sealed record EvaluationResult(ImmutableArray<TestScore> Scores, ImmutableArray<TestLook> Looks) : TrialResult
{
    /// <summary>Artifact hash of the tested model, where its training kept none because it is too large to keep for every draw of a search; else null.</summary>
    public string? Weights { get; init; }
}

/// <summary>One look at test rows; the ledger counts them.</summary>
/// <param name="DataSet">Name of the data set.</param>
/// <param name="Rows">Hash of the test row ids (the split manifest's test part).</param>
/// <param name="RowCount">How many rows.</param>
public sealed record TestLook(string DataSet, string Target, string Rows, int RowCount);

public enum RowSet
{
    Validation,
    Test,
}

/// <summary>One prediction, in the target's physical unit.</summary>
/// <param name="Target">The target column's name.</param>
/// <param name="Value">What the model said.</param>
/// <param name="Truth">What the data set says.</param>
public readonly record struct TrialPrediction(RowSet Set, string MaterialId, string Target, double Value, double Truth);
