using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace AtomSets.Studies;

/// <summary>
/// One step of a resolved study. Ids are unique in the study and stable over revisions of its file (derive them from what the node is,
/// such as <c>pretrain/e_form/s0</c>, not from a counter).
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "node")]
[JsonDerivedType(typeof(TrainNode), "train")]
[JsonDerivedType(typeof(SelectNode), "select")]
[JsonDerivedType(typeof(EvaluateNode), "evaluate")]
[JsonDerivedType(typeof(SearchNode), "search")]
public abstract record PlanNode(string Id)
{
    /// <summary>Columns for tables and filters, such as mode, model, size, seed, target. Numbers in invariant culture.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>Trains one replicate of one configuration.</summary>
/// <param name="Group">
/// The configuration: all Train nodes with this group are its replicates (seeds × folds) and one decision unit: selected together or not at all.
/// </param>
/// <param name="Replicate">Index of this replicate in its group, 0-based, unique in the group.</param>
/// <param name="Spec">A template of kind "train"; the parents it names must finish first.</param>
public sealed record TrainNode(string Id, string Group, int Replicate, SpecTemplate Spec) : PlanNode(Id)
{
    /// <summary>
    /// Set for what combines finished trainings into one predictor and trains nothing itself: it stands for so many replicates from <see cref="Replicate"/> on, such as
    /// all seeds of a fold; or for what chooses rows by finished trainings. Null: a training, which is one replicate.
    /// </summary>
    public int? Stands { get; init; }
}

/// <summary>
/// Chooses, once every candidate group has ended, the group with the lowest mean <see cref="ValidationScore"/> over all its replicates;
/// equal means go to the earlier candidate. A group with a failed replicate is no candidate; with none left, the node fails.
/// </summary>
/// <param name="Candidates">Group ids, or ids of Search nodes (which stand for all their groups in draw order).</param>
public sealed record SelectNode(string Id, ImmutableArray<string> Candidates) : PlanNode(Id);

/// <summary>Looks at test rows with a finished model, once. Nothing can be chosen by what it finds: its result has no <see cref="ValidationScore"/>.</summary>
/// <param name="Replicate">Which replicate of a Select parent's winner is meant where the template names none.</param>
/// <param name="Spec">A template of kind "evaluate" that names exactly the nodes it evaluates.</param>
public sealed record EvaluateNode(string Id, int Replicate, SpecTemplate Spec) : PlanNode(Id);

/// <summary>
/// Makes groups while the study runs: draw number n (0-based) becomes group <c>Id/n</c>, with one Train node <c>Id/n/r</c> per replicate r.
/// Draws are keyed by (study seed, node, n); a sampler that learns sees only draws before n − lookahead and waits for those, so the
/// search is the same for any number of workers.
/// </summary>
/// <param name="Sampler">A registered sampler: <c>grid</c>, <c>random</c> or <c>tpe</c> (<see cref="Samplers"/>).</param>
/// <param name="Draws">How many groups in all; for a grid, 0 means the whole grid.</param>
/// <param name="Replicates">The template of each replicate; <c>$draw</c> placeholders take the drawn values.</param>
public sealed record SearchNode(
    string Id, string Sampler, int Draws, ImmutableArray<SearchDimension> Space, ImmutableArray<SpecTemplate> Replicates) : PlanNode(Id)
{
    /// <summary>Null: every draw is trained to its end.</summary>
    public Pruning? Pruning { get; init; }

    /// <summary>Null: all draws are made.</summary>
    public EpochShare? Share { get; init; }
}
