using System.Globalization;
using System.Text.Json;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>What a part of a study would compute: the trainings that share a source or target, a way of transfer, a model and a size.</summary>
/// <param name="Role"><c>pretrain</c> or <c>transfer</c>.</param>
/// <param name="Name">The source's or the target's.</param>
/// <param name="Mode">The study's name of the transfer; of a source <c>scratch</c> or the mode of its chain.</param>
/// <param name="Model">The study's name of the network or model.</param>
/// <param name="Data">Data set.</param>
/// <param name="Rows">Training rows of each.</param>
/// <param name="Trainings">That begin; a draw counts once, however many rungs it climbs. Ensembles train nothing and are not counted.</param>
/// <param name="Epochs">Of all of them, if none stops on its plateau; a fit in one go counts as one.</param>
/// <param name="Looks">Evaluations on test rows.</param>
public sealed record ForecastRow(string Role, string Name, string Mode, string Model, string Data, long Rows, long Trainings, long Epochs, long Looks)
{
    /// <summary>Whether a search prunes: its epochs are then those that the rungs leave on the whole; it depends on the order of results how many more draws go on.</summary>
    public bool IsPruned { get; init; }

    /// <summary>Rows that go through a network, each epoch anew.</summary>
    public long Passes => Epochs * Rows;
}

/// <summary>Counts what a resolved study would compute, before anything of it is: at most, or where searches prune, about.</summary>
public static class StudyForecast
{
    /// <returns>In the order of the plan. What is known already from other studies is not taken off.</returns>
    public static IReadOnlyList<ForecastRow> Of(ResolvedStudy study)
    {
        var rows = new Dictionary<(string, string, string, string, string, long), ForecastRow>();
        foreach (var node in study.Nodes)
        {
            var (trainings, epochs, looks) = node switch
            {
                TrainNode { Stands: null } train => (1, EpochsOf(train.Spec, []), 0),
                SearchNode search => Search(search),
                EvaluateNode => (0, 0, 1),
                _ => (0L, 0L, 0L),
            };
            if (trainings + looks == 0) continue;
            string Label(string name) => node.Labels.GetValueOrDefault(name, "");
            var role = Label("role");
            var empty = new ForecastRow(role, Label(role == "pretrain" ? "source" : "target"), Label("mode"), Label("model"), Label("data"),
                long.TryParse(Label("rows"), CultureInfo.InvariantCulture, out var size) ? size : 0, 0, 0, 0);
            var key = (empty.Role, empty.Name, empty.Mode, empty.Model, empty.Data, empty.Rows);
            var row = rows.GetValueOrDefault(key, empty);
            rows[key] = row with { Trainings = row.Trainings + trainings, Epochs = row.Epochs + epochs, Looks = row.Looks + looks, IsPruned = row.IsPruned || node is SearchNode { Pruning: not null } };
        }
        return [.. rows.Values];
    }

    static (long Trainings, long Epochs, long Looks) Search(SearchNode search)
    {
        long draws = Samplers.Find(search.Sampler).Count(search), replicates = search.Replicates.Length;
        var longest = search.Replicates.Max(spec => EpochsOf(spec, search.Space));
        var epochs = search.Pruning is { } pruning ? Pruned(pruning, draws, longest) : draws * longest;
        epochs *= replicates;
        return (draws * replicates, search.Share is { } share ? Math.Min(share.Epochs, epochs) : epochs, 0);
    }

    // As many go on from each rung as its rule lets through of those that came to it.
    static long Pruned(Pruning pruning, long draws, long longest)
    {
        long epochs = 0;
        foreach (var bracket in Enumerable.Range(0, (int)draws).GroupBy(pruning.BracketOf))
        {
            var (coming, before) = (bracket.LongCount(), 0L);
            for (var level = 0; level < pruning.Levels(bracket.Key); level++)
            {
                var until = pruning.Until(bracket.Key, level) ?? longest;
                epochs += coming * (until - before);
                before = until;
                coming = pruning.Rule == PruningRule.Median ? Math.Max(Math.Min(coming, pruning.Startup), (coming + 1) / 2) : Math.Max(1, coming / pruning.Eta);
            }
        }
        return epochs;
    }

    // The cap; where it is searched the highest.
    static long EpochsOf(SpecTemplate spec, IEnumerable<SearchDimension> space)
    {
        using var document = JsonDocument.Parse(spec.Json);
        if (!document.RootElement.TryGetProperty("training", out var training) || !training.TryGetProperty("epochs", out var epochs)) return 1;
        return epochs.ValueKind == JsonValueKind.Number ? epochs.GetInt64() : PlanBuilder.HighestEpochs(space) ?? 1;
    }
}
