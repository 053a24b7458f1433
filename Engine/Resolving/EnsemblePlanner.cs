using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Materials;

namespace AtomSets.Engine;

/// <summary>Writes the ensembles of a target: for each size and fold one predictor of all seeds (and sources, models) of the entries that it names, or of a group's winner.</summary>
sealed class EnsemblePlanner(PlanBuilder builder, ProblemList problems)
{
    readonly Dictionary<(string Name, int Size), List<(ImmutableArray<JsonObject> Kept, IReadOnlyList<Replicate> Replicates)>> _known = [];

    /// <summary>Remembers what an ensemble of this name, an entry's or a group's, is made of.</summary>
    public void Know(string name, int size, ImmutableArray<JsonObject> kept, IReadOnlyList<Replicate> replicates)
    {
        if (!_known.TryGetValue((name, size), out var list)) _known.Add((name, size), list = []);
        list.Add((kept, replicates));
    }

    /// <summary>Another target begins.</summary>
    public void Clear() => _known.Clear();

    /// <summary>Adds the ensembles of an entry whose parts are all known.</summary>
    public void Add(TransferEntry entry, string target, PlannedRows rows, IReadOnlyList<int> sizes, GroupPlanner groups)
    {
        foreach (var size in sizes)
        {
            var members = entry.Ensemble.SelectMany(name => _known.GetValueOrDefault((name, size)) ?? [])
                .SelectMany(configuration => configuration.Replicates.Zip(configuration.Kept, (one, kept) => (one.Fold, Kept: kept))).ToLookup(member => member.Fold, member => member.Kept);
            if (members.Count == 0) continue; // none of them is for this target
            if (members.Any(fold => fold.Count() < 2))
            {
                problems.Add(entry.Line, $"transfer {entry.Name}: an ensemble of one model is none: give target {target} several seeds, or name several entries");
                return;
            }
            var id = string.Create(CultureInfo.InvariantCulture, $"transfer/{target}/{entry.Name}/ensemble/n{size}");
            var labels = ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal)
                .Add("role", "transfer").Add("data", rows.Set).Add("property", rows.Request.Target).Add("unit", rows.Unit).Add("rows", size.ToString(CultureInfo.InvariantCulture))
                .Add("target", target).Add("mode", entry.Name).Add("model", "ensemble");
            if (rows.Top is { } top) labels = labels.Add("top", top.ToString(CultureInfo.InvariantCulture));
            var folds = rows.Replicates.GroupBy(one => one.Fold).Select(fold => fold.ToArray()).ToArray();
            if (!rows.IsNested)
            {
                builder.AddEnsemble(id, rows, size, folds, fold => members[fold], labels, entry.IsTestedAlone);
                groups.Enter(entry, target, size, null, id, rows, rows.Replicates);
                continue;
            }
            foreach (var fold in folds)
            {
                var own = $"{id}/f{fold[0].Fold}";
                builder.AddEnsemble(own, rows, size, [fold], name => members[name], labels.SetItem("fold", fold[0].Fold!), entry.IsTestedAlone);
                groups.Enter(entry, target, size, fold[0].Fold, own, rows, fold);
            }
        }
    }

    /// <summary>Reports names that an ensemble cannot take.</summary>
    /// <returns>Ensembles of entries, which come before groups are closed; and those of groups.</returns>
    public static (IReadOnlyList<TransferEntry> OfEntries, IReadOnlyList<TransferEntry> OfGroups) Sort(IReadOnlyList<TransferEntry> transfer, ProblemList problems)
    {
        var (ofEntries, ofGroups) = (new List<TransferEntry>(), new List<TransferEntry>());
        string[] entries = [.. transfer.Where(entry => entry.Ensemble.Count == 0).Select(entry => entry.Name)];
        string[] groups = [.. transfer.SelectMany(entry => entry.Groups).Distinct(StringComparer.Ordinal)];
        foreach (var entry in transfer.Where(entry => entry.Ensemble.Count > 0))
        {
            var named = entry.Ensemble.Where(name => !entries.Contains(name)).ToArray();
            foreach (var unknown in named.Where(name => !groups.Contains(name)))
                problems.Add(entry.Line, $"transfer {entry.Name}: the study has no entry or group \"{unknown}\" to make an ensemble of.{NearestName.Hint(unknown, [.. entries, .. groups])}");
            if (named.Length == 0)
            {
                ofEntries.Add(entry);
                continue;
            }
            if (named.FirstOrDefault(name => transfer.Any(other => other.Ensemble.Count > 0 && other.Groups.Contains(name))) is { } mixed)
                problems.Add(entry.Line, $"transfer {entry.Name}: group {mixed} may be won by an ensemble, and an ensemble cannot be a member of another one: name a group of single models");
            else if (entry.Groups.Count > 0)
                problems.Add(entry.Line, $"transfer {entry.Name}: an ensemble of a group's winner stands behind that choice and is tested by itself: leave out \"group\", or name entries");
            else ofGroups.Add(entry);
        }
        return (ofEntries, ofGroups);
    }
}
