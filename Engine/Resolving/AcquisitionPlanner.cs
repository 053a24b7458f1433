using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Models;

namespace AtomSets.Engine;

/// <summary>
/// Writes the rounds of active learning. Round k learns from the first rows of the manifest and from what k acquisitions chose; each acquisition is a trial that names the models of its
/// round and the acquisitions before, so that its key, and with it every later one, is a pure function of the file. Random acquisition is the manifest's own order: the ladder of sizes
/// with the same seeds.
/// </summary>
sealed class AcquisitionPlanner(PlanBuilder builder, ModelRegistry registry, ProblemList problems)
{
    /// <summary>Between the seeds of two members: far from those of replicates.</summary>
    const long MemberStride = 1000;

    readonly Dictionary<string, List<JsonObject>[]> _chosen = new(StringComparer.Ordinal);

    /// <summary>The training sizes of an entry's rounds; none where they are more than there are rows, which is reported.</summary>
    public IEnumerable<(int Rows, IReadOnlyList<SettingEntry> Training)> Rounds(TransferEntry entry, AcquireEntry acquire, PlannedRows rows, string target)
    {
        var last = acquire.Start + ((long)acquire.Rounds * acquire.Batch);
        if (last > rows.Train)
        {
            problems.Add(acquire.Line, string.Create(CultureInfo.InvariantCulture,
                $"transfer {entry.Name}: {acquire.Rounds} rounds of {acquire.Batch} after {acquire.Start} rows are {last}, but target {target} has {rows.Train} training rows: take fewer or smaller rounds"));
            return [];
        }
        return Enumerable.Range(0, acquire.Rounds + 1).Select(round => (acquire.Start + (round * acquire.Batch), (IReadOnlyList<SettingEntry>)[]));
    }

    /// <summary>Adds a round: its members, their evaluation, and the acquisition of the next round's rows.</summary>
    /// <param name="entry">With rounds.</param>
    /// <param name="curve">Id of all rounds; rounds come in their order.</param>
    /// <param name="round">Makes a configuration: its id, rows, replicates, labels, whether it is tested, and what each replicate has acquired; gives what a child names.</param>
    /// <param name="model">What is trained; null: the parent's network.</param>
    public void AddRound(TransferEntry entry, string curve, PlannedRows rows, int size, ImmutableSortedDictionary<string, string> labels, PlannedModel? model, AddConfiguration round)
    {
        var acquire = entry.Acquire!;
        if (!CanChoose(entry, acquire, model)) return;
        if (!_chosen.TryGetValue(curve, out var chosen)) _chosen.Add(curve, chosen = [.. rows.Replicates.Select(_ => new List<JsonObject>())]);
        var id = string.Create(CultureInfo.InvariantCulture, $"{curve}/n{size}");
        var members = rows.Replicates.SelectMany((one, index) => Enumerable.Range(0, acquire.Members).Select(member => (One: one with { Seed = one.Seed + (member * MemberStride) }, Index: index))).ToArray();
        var indexOf = members.ToDictionary(member => member.One, member => member.Index);
        var isAlone = acquire.Members == 1;
        var models = round(
            isAlone ? id : $"{id}/members", isAlone ? rows : rows with { Replicates = [.. members.Select(member => member.One)], Manifests = members.ToDictionary(member => member.One, member => rows.Manifests[rows.Replicates[member.Index]]) },
            isAlone ? labels : labels.SetItem("mode", entry.Name + "-member"), isAlone && entry.IsTested, one => rows.Replicates[indexOf[one]], one => chosen[indexOf[one]]);
        for (var index = 0; index < rows.Replicates.Count; index++)
        {
            JsonObject[] own = [.. models.Where((_, i) => members[i].Index == index)];
            if (!isAlone) builder.AddCommittee(id, rows, size, index, own, labels, entry.IsTested);
            if (acquire.By == Acquisition.Random || size == acquire.Start + (acquire.Rounds * acquire.Batch)) continue;
            chosen[index].Add(builder.AddAcquisition(id, rows, size, index, own, chosen[index], acquire, labels));
        }
    }

    bool CanChoose(TransferEntry entry, AcquireEntry acquire, PlannedModel? model)
    {
        if (acquire.By != Acquisition.Uncertainty || acquire.Members > 1 || (model is not null && registry[model.Kind] is IFittedFamily { PredictsDeviations: true })) return true;
        problems.Add(acquire.Line, $"transfer {entry.Name}: one {model?.Kind ?? "network"} is as sure of every row as of any other: give acquire members: 4, or take a model of kind gp");
        return false;
    }
}

/// <summary>Adds a configuration to the plan.</summary>
/// <param name="id">Of the configuration.</param>
/// <param name="rows">Data and replicates.</param>
/// <param name="labels">Columns for tables.</param>
/// <param name="isTested">Whether each replicate is evaluated.</param>
/// <param name="replicateOf">The target's replicate that a member belongs to.</param>
/// <param name="acquired">Acquisitions whose rows a replicate learns from.</param>
/// <returns>What a child names, for each replicate.</returns>
delegate ImmutableArray<JsonObject> AddConfiguration(
    string id, PlannedRows rows, ImmutableSortedDictionary<string, string> labels, bool isTested, Func<Replicate, Replicate> replicateOf, Func<Replicate, IReadOnlyList<JsonObject>> acquired);
