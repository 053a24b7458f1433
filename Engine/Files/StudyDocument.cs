using System.Text.Json.Nodes;
using AtomSets.Materials;

namespace AtomSets.Engine;

/// <summary>
/// A study file as written: names, numbers and lines, nothing looked up yet. The resolver turns it into something that can run.
/// </summary>
/// <param name="File">Path, for messages.</param>
/// <param name="Name">The study's name; running the same name again continues or extends it.</param>
/// <param name="Description">Free text, shown with the results.</param>
/// <param name="Seed">Keys random splits, row permutations and the sampler.</param>
/// <param name="Sources">Large sets (or published models) that parents come from; empty for a study without transfer.</param>
/// <param name="Targets">Small sets that are to gain.</param>
/// <param name="Models">Networks by name.</param>
/// <param name="Transfer">How a parent's knowledge is used, one entry per curve.</param>
/// <param name="Seeds">One replicate each.</param>
/// <param name="FixedSubsets">True when all replicates of a size learn from the same rows; false when each draws its own (nested over sizes).</param>
/// <param name="Training">Training settings for everything, overridden further in.</param>
/// <param name="Search">The sampler, when any setting is a space.</param>
/// <param name="Budget">What the study may cost in all; null: no limit.</param>
/// <param name="AsPublished">True to keep source rows whose formula is among a target's test rows.</param>
public sealed record StudyDocument(
    string File, string Name, string? Description, long Seed,
    IReadOnlyList<SourceEntry> Sources, IReadOnlyList<TargetEntry> Targets, IReadOnlyList<ModelEntry> Models,
    IReadOnlyList<TransferEntry> Transfer, IReadOnlyList<long> Seeds, bool FixedSubsets, IReadOnlyList<SettingEntry> Training,
    SearchEntry? Search, BudgetEntry? Budget, bool AsPublished)
{
    /// <summary>Among studies that share workers: higher first; null: as it stands.</summary>
    public int? Priority { get; init; }
}

/// <summary>A source: rows to train a parent on, or a parent that was published or trained before.</summary>
public sealed record SourceEntry(
    string Name, int Line, DataEntry? Data, string? Parent, string? Model, int ModelLine,
    IReadOnlyList<SizeEntry> Sizes, IReadOnlyList<SettingEntry> Training)
{
    /// <summary>Level of theory of a parent that distinguishes several: its name or number.</summary>
    public string? State { get; init; }

    /// <summary>Which of the parents, one for each size, the targets learn from.</summary>
    public ParentChoice Parents { get; init; }

    /// <summary>One replicate of every configuration each; a single one has the study's own seed.</summary>
    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>The source whose parents this one learns from, a chain; null: from scratch.</summary>
    public string? From { get; init; }

    public int FromLine { get; init; }

    /// <summary>What it takes from <see cref="From"/>: a mode that carries weights.</summary>
    public string Mode { get; init; } = "full";

    /// <summary>Whether rows whose formula is among a target's are kept; null: as the study says.</summary>
    public bool? AsPublished { get; init; }
}

/// <summary>Which of a source's sizes give parents to the targets.</summary>
public enum ParentChoice
{
    All,

    /// <summary>The one of the most rows.</summary>
    Largest,

    /// <summary>The one with the lowest validation error.</summary>
    Best,
}

/// <summary>A target set and the training sizes to try on it.</summary>
public sealed record TargetEntry(string Name, int Line, DataEntry Data, IReadOnlyList<SizeEntry> Sizes, IReadOnlyList<SettingEntry> Training)
{
    /// <summary>Replicates of this target; null: as many as the study has.</summary>
    public IReadOnlyList<long>? Seeds { get; init; }
}

/// <summary>Which rows of which set, and which of its columns is learnt.</summary>
/// <param name="Set">A registered name, <c>ionic:COUNT:SEED</c>, a file or a folder.</param>
public sealed record DataEntry(
    string Set, int Line, string? Target, int TargetLine, FilterEntry Where, SplitEntry Split)
{
    /// <summary>Another set's value for the same formula that is taken off the target; null: none.</summary>
    public DeltaReference? Delta { get; init; }
}

/// <summary>Rows kept, in this order: atoms per cell, <see cref="Rows"/>, then the first so many rows of a keyed permutation.</summary>
public sealed record FilterEntry(int Line, int? MaxSites, int? Limit)
{
    /// <summary>Preparation by target and formula; null: none.</summary>
    public RowFilter? Rows { get; init; }
}

/// <summary>How rows become validation and test rows; the others train. A part is a fraction, a count, or a label of <see cref="Column"/>.</summary>
public sealed record SplitEntry(int Line, string? Column, string? Validation, string? Test)
{
    /// <summary>Several test parts, each a replicate; null: one.</summary>
    public FoldsEntry? Folds { get; init; }

    /// <summary>The highest targets, which are tested on and never trained on: a share or a number of rows; null: no matter.</summary>
    public string? Top { get; init; }

    /// <summary>Whether drawn parts hold the target's classes in their shares.</summary>
    public bool Stratify { get; init; }

    /// <summary>Whether each seed has validation rows of its own.</summary>
    public bool Resample { get; init; }
}

/// <summary>Folds of a target: those of a column, or of a random division.</summary>
/// <param name="Count">Of a random division into so many parts; null where a column gives the folds.</param>
/// <param name="Chosen">Folds of the column; empty: all.</param>
/// <param name="Repeats">So many random divisions.</param>
/// <param name="Nested">True to select within each fold by itself.</param>
public sealed record FoldsEntry(int? Count, IReadOnlyList<int> Chosen, int Repeats, bool Nested);

/// <summary>A training size: so many rows, or a share below 1 of all; both null: all.</summary>
public sealed record SizeEntry(int Line, int? Rows, double? Share = null)
{
    /// <summary>Training settings for this size alone: few rows want more epochs than many.</summary>
    public IReadOnlyList<SettingEntry> Training { get; init; } = [];
}

/// <summary>A named network: its family and hyper-parameters.</summary>
public sealed record ModelEntry(string Name, int Line, string Kind, IReadOnlyList<SettingEntry> Settings);

/// <summary>A transfer mode (<c>scratch</c>, <c>full</c>, <c>new-head</c>, <c>freeze:part,…</c>, <c>features:V1</c>), or several to choose from.</summary>
/// <param name="Modes">One; or several that are searched.</param>
public sealed record TransferEntry(string Name, int Line, IReadOnlyList<string> Modes, string? Model, int ModelLine, IReadOnlyList<SettingEntry> Training)
{
    /// <summary>For messages.</summary>
    public string Mode => Modes[0];

    /// <summary>Sources whose parents are taken; empty: all.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    public int SourcesLine { get; init; }

    /// <summary>Whether the source is searched: one configuration over all of them, not one for each.</summary>
    public bool SearchesSources { get; init; }

    /// <summary>Targets that this entry is for; empty: all.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    public int TargetsLine { get; init; }

    /// <summary>Groups in which the entry's configurations compete: only the winner of each is tested. Empty: each configuration is tested.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>Draws of this entry's search; null: as the study says.</summary>
    public int? Trials { get; init; }

    /// <summary>Entries or groups whose trained models are the members of one predictor; empty: the entry trains models itself.</summary>
    public IReadOnlyList<string> Ensemble { get; init; } = [];

    /// <summary>Rounds of active learning in place of the target's sizes; null: none.</summary>
    public AcquireEntry? Acquire { get; init; }

    /// <summary>False for configurations that are members of ensembles alone.</summary>
    public bool IsTested { get; init; } = true;

    /// <summary>Whether each configuration is tested; else the winners of its groups are, or nothing.</summary>
    public bool IsTestedAlone => IsTested && Groups.Count == 0;

    /// <summary>Whether the entry may take a source's parents to a target; an ensemble takes what its members took.</summary>
    public bool Uses(string source, string target) => Ensemble.Count == 0 && Modes.Any(mode => mode != "scratch") && (Sources.Count == 0 || Sources.Contains(source)) && (Targets.Count == 0 || Targets.Contains(target));
}

/// <summary>Rounds of active learning.</summary>
/// <param name="By">What makes a row worth its label.</param>
/// <param name="Start">Rows of the first round, the first of the permutation.</param>
/// <param name="Batch">Rows that each round adds.</param>
/// <param name="Rounds">How often rows are added.</param>
/// <param name="Members">Trainings of each round, whose spread is their uncertainty; 1 for a model that says itself how sure it is.</param>
public sealed record AcquireEntry(int Line, Acquisition By, int Start, int Batch, int Rounds, int Members);

/// <summary>What makes a row worth its label.</summary>
public enum Acquisition
{
    /// <summary>The models are least sure of it.</summary>
    Uncertainty,

    /// <summary>Nothing: the next of the permutation.</summary>
    Random,

    /// <summary>The models predict the highest value.</summary>
    Highest,

    /// <summary>The models predict the lowest value.</summary>
    Lowest,
}

/// <summary>Totals that the study may cost; a larger one continues it.</summary>
/// <param name="Trials">Training runs.</param>
/// <param name="Epochs">Epochs of all training runs.</param>
/// <param name="CoreHours">Hours of workers.</param>
public sealed record BudgetEntry(int Line, int? Trials, long? Epochs, double? CoreHours);

/// <summary>How spaces are searched.</summary>
/// <param name="Lookahead">How far draws of a learning sampler run ahead of results; null for the default.</param>
public sealed record SearchEntry(int Line, string Sampler, int SamplerLine, int? Trials, PrunerEntry? Pruner, int? Lookahead);

/// <summary>How a search stops what does not promise.</summary>
/// <param name="Rule"><c>asha</c>, <c>hyperband</c> or <c>median</c>.</param>
/// <param name="MinEpochs">First rung (median: distance of the rungs); null: a 27th of the epochs.</param>
/// <param name="Eta">One in so many goes on; null for 3.</param>
/// <param name="Startup">Median: so many go on without question; null for 5.</param>
public sealed record PrunerEntry(int Line, string Rule, int? MinEpochs, int? Eta, int? Startup);

/// <summary>A setting: either a value or a space to search.</summary>
public sealed record SettingEntry(string Name, int Line, JsonNode? Value, SpaceEntry? Space);

/// <summary>A space: <c>choice</c> of values, or <c>int</c>, <c>float</c>, <c>log</c> between two bounds.</summary>
/// <param name="GridPoints">Points of a grid over <c>float</c> or <c>log</c>; 0 when not given.</param>
public sealed record SpaceEntry(string Kind, double Low, double High, int GridPoints, IReadOnlyList<JsonNode> Choices)
{
    /// <summary>Another setting and its values with which this one is drawn; null: always.</summary>
    public (string Setting, IReadOnlyList<JsonNode> Values)? When { get; init; }
}
