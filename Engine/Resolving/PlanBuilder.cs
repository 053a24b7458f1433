using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>
/// Writes the nodes of a plan. A configuration without searched settings is one group of Train nodes; with them it is a Search and a Select node.
/// Evaluate nodes stand behind the configuration that is kept, and nowhere else.
/// </summary>
sealed class PlanBuilder(SearchEntry? search, ProblemList problems, string numerics)
{
    /// <summary>Raised when the meaning of a spec's members changes: part of every key.</summary>
    public const int SpecFormat = 1;

    readonly ImmutableArray<PlanNode>.Builder _nodes = ImmutableArray.CreateBuilder<PlanNode>();
    readonly List<(int Place, SearchNode Node, int Epochs)> _searches = [];
    readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    public ImmutableArray<PlanNode> Nodes => _nodes.ToImmutable();

    /// <summary>Training runs that no search makes.</summary>
    public long FixedRuns { get; private set; }

    /// <summary>Epochs that these can train at most.</summary>
    public long FixedEpochs { get; private set; }

    /// <summary>The searches, each with its place among the nodes and the epochs of one full training.</summary>
    public IReadOnlyList<(int Place, SearchNode Node, int Epochs)> Searches => _searches;

    /// <summary>Adds a configuration with its replicates and, where it has test rows, their evaluation.</summary>
    /// <param name="id">Id of the configuration, stable over revisions of the file.</param>
    /// <param name="rows">Data.</param>
    /// <param name="size">Training rows used: the first so many of the manifest.</param>
    /// <param name="model">The network, or null where it is the parent's.</param>
    /// <param name="training">Training settings.</param>
    /// <param name="transfer">Makes the spec's transfer member for a replicate.</param>
    /// <param name="repetitions">One replicate each.</param>
    /// <param name="labels">Columns for tables.</param>
    /// <param name="line">Where the configuration stands in the file.</param>
    /// <param name="choice">What else is searched.</param>
    /// <param name="acquired">Acquisitions whose rows a replicate learns from; null: none.</param>
    /// <returns>What a child names: the node of each replicate.</returns>
    public ImmutableArray<JsonObject> Add(
        string id, PlannedRows rows, int size, PlannedModel? model, CheckedSettings training, Func<Replicate, JsonObject> transfer,
        IReadOnlyList<Replicate> repetitions, ImmutableSortedDictionary<string, string> labels, int line, ConfigurationChoice? choice = null, Func<Replicate, IReadOnlyList<JsonObject>>? acquired = null)
    {
        // The same configuration can be asked for by several sources (a scratch run does not depend on them).
        var known = !_ids.Add(id);
        var space = InOrder([.. choice?.Space ?? [], .. model?.Settings.Space ?? [], .. training.Space], id, line);
        var replicates = repetitions.Select(one => Template(rows, size, model, training, transfer(one), one, acquired?.Invoke(one) ?? [])).ToImmutableArray();
        var epochs = Epochs(training);
        var kept = space.IsEmpty ? AddGroup(id, replicates, repetitions, epochs, labels, known) : AddSearch(id, space, replicates, Pruning(training, space, id), epochs, labels, line, known, choice?.Trials);
        if (rows.Test > 0 && !known && choice?.IsTested != false)
        {
            for (var i = 0; i < repetitions.Count; i++) AddEvaluation(id, i, kept[i], rows, repetitions[i], labels);
        }
        return kept;
    }

    /// <summary>Adds the choice of the best, by mean validation error, among configurations of equally many replicates.</summary>
    /// <param name="id">Of the choice.</param>
    /// <param name="configurations">Ids of configurations that were added.</param>
    /// <param name="replicates">How many each of them has.</param>
    /// <param name="labels">Columns for tables.</param>
    /// <returns>What a child names: each replicate of the winner.</returns>
    public ImmutableArray<JsonObject> AddBest(string id, IReadOnlyList<string> configurations, int replicates, ImmutableSortedDictionary<string, string> labels)
    {
        var searches = _nodes.OfType<SearchNode>().Select(node => node.Id).ToHashSet(StringComparer.Ordinal);
        _nodes.Add(new SelectNode(id, [.. configurations.Select(one => searches.Contains($"{one}/search") ? $"{one}/search" : one)]) { Labels = labels });
        return [.. Enumerable.Range(0, replicates).Select(i => SpecTemplate.Parent(id, i))];
    }

    /// <summary>Adds the choice of a group's best, and the evaluation of its replicates.</summary>
    /// <param name="id">Of the choice.</param>
    /// <param name="configurations">Ids of configurations that were added without evaluation.</param>
    /// <param name="rows">Of the target.</param>
    /// <param name="repetitions">Replicates that each of them has.</param>
    /// <param name="labels">Columns for tables.</param>
    /// <param name="isOneLook">Whether all seeds of a fold name the fold's test rows by the same manifest, so that a winner that stands for all of them is evaluated once.</param>
    /// <returns>What a child names: each replicate of the winner.</returns>
    public ImmutableArray<JsonObject> AddGroupBest(
        string id, IReadOnlyList<string> configurations, PlannedRows rows, IReadOnlyList<Replicate> repetitions, ImmutableSortedDictionary<string, string> labels, bool isOneLook)
    {
        var winners = AddBest(id, configurations, repetitions.Count, labels);
        for (var i = 0; i < repetitions.Count; i++) AddEvaluation(id, i, winners[i], rows, repetitions[i], labels, isOneLook ? repetitions.First(one => one.Fold == repetitions[i].Fold) : null);
        return winners;
    }

    /// <summary>Adds a predictor of several trained models for each fold, and its evaluation.</summary>
    /// <param name="id">Of the ensemble, stable over revisions of the file.</param>
    /// <param name="rows">Of the target.</param>
    /// <param name="size">Training rows of the members.</param>
    /// <param name="folds">The replicates of each fold.</param>
    /// <param name="members">What the members of a fold are called.</param>
    /// <param name="labels">Columns for tables.</param>
    /// <param name="isTested">False where it competes in a group.</param>
    public void AddEnsemble(
        string id, PlannedRows rows, int size, IReadOnlyList<Replicate[]> folds, Func<string?, IEnumerable<JsonObject>> members, ImmutableSortedDictionary<string, string> labels, bool isTested)
    {
        var first = 0;
        foreach (var fold in folds)
        {
            var spec = WithoutTraining(rows, size, fold[0]);
            spec["ensemble"] = List(members(fold[0].Fold));
            var node = $"{id}/{(fold[0].Fold is { } name ? $"f{name}" : "all")}";
            var own = fold[0].Fold is { } part ? labels.SetItem("fold", part) : labels;
            _nodes.Add(new TrainNode(node, id, first, new SpecTemplate(spec)) { Labels = own, Stands = fold.Length });
            if (isTested && rows.Test > 0) AddEvaluation(id, first, SpecTemplate.Parent(node), rows, fold[0], labels);
            first += fold.Length;
        }
    }

    /// <summary>Adds a predictor of several members for one replicate, and its evaluation.</summary>
    /// <param name="id">Of the configuration.</param>
    /// <param name="index">Number of the replicate.</param>
    /// <param name="members">What they are called.</param>
    /// <inheritdoc cref="AddEnsemble"/>
    public void AddCommittee(string id, PlannedRows rows, int size, int index, IEnumerable<JsonObject> members, ImmutableSortedDictionary<string, string> labels, bool isTested)
    {
        var one = rows.Replicates[index];
        var spec = WithoutTraining(rows, size, one);
        spec["ensemble"] = List(members);
        _nodes.Add(new TrainNode($"{id}/{one.Name}", id, index, new SpecTemplate(spec)) { Labels = one.AddTo(labels), Stands = 1 });
        if (isTested && rows.Test > 0) AddEvaluation(id, index, SpecTemplate.Parent($"{id}/{one.Name}"), rows, one, labels);
    }

    /// <summary>Adds the choice of rows to learn from next, for one replicate.</summary>
    /// <param name="id">Of the configuration whose models choose.</param>
    /// <param name="size">Rows that these have learnt from.</param>
    /// <param name="index">Number of the replicate.</param>
    /// <param name="models">What they are called.</param>
    /// <param name="before">Earlier choices, the first first.</param>
    /// <param name="acquire">Rule and number of rows.</param>
    /// <param name="labels">Of the configuration.</param>
    /// <returns>What a child names.</returns>
    public JsonObject AddAcquisition(
        string id, PlannedRows rows, int size, int index, IEnumerable<JsonObject> models, IReadOnlyList<JsonObject> before, AcquireEntry acquire, ImmutableSortedDictionary<string, string> labels)
    {
        var one = rows.Replicates[index];
        var spec = WithoutTraining(rows, size, one, before);
        spec["acquire"] = new JsonObject { ["by"] = acquire.By.ToString().ToLowerInvariant(), ["rows"] = acquire.Batch, ["models"] = List(models) };
        var node = $"{id}/{one.Name}/acquire";
        _nodes.Add(new TrainNode(node, $"{id}/acquire", index, new SpecTemplate(spec)) { Labels = one.AddTo(labels).SetItem("role", "acquisition"), Stands = 1 });
        return SpecTemplate.Parent(node);
    }

    // Of what trains nothing itself.
    JsonObject WithoutTraining(PlannedRows rows, int size, Replicate one, IReadOnlyList<JsonObject>? acquired = null) =>
        new() { ["kind"] = "train", ["format"] = SpecFormat, ["numerics"] = numerics, ["data"] = Data(rows, size, one, acquired ?? []) };

    static JsonObject Data(PlannedRows rows, int size, Replicate one, IReadOnlyList<JsonObject> acquired)
    {
        var data = rows.ToJson(one);
        data["rows"] = size;
        if (acquired.Count > 0) data["acquired"] = List(acquired);
        return data;
    }

    static JsonArray List(IEnumerable<JsonObject> placeholders) => [.. placeholders.Select(one => one.DeepClone())];

    ImmutableArray<JsonObject> AddGroup(
        string id, ImmutableArray<SpecTemplate> replicates, IReadOnlyList<Replicate> repetitions, int epochs, ImmutableSortedDictionary<string, string> labels, bool known)
    {
        var references = ImmutableArray.CreateBuilder<JsonObject>();
        for (var i = 0; i < replicates.Length; i++)
        {
            var node = $"{id}/{repetitions[i].Name}";
            references.Add(SpecTemplate.Parent(node));
            if (known) continue;
            _nodes.Add(new TrainNode(node, id, i, replicates[i]) { Labels = repetitions[i].AddTo(labels) });
            FixedRuns++;
            FixedEpochs += epochs;
        }
        return references.ToImmutable();
    }

    ImmutableArray<JsonObject> AddSearch(
        string id, ImmutableArray<SearchDimension> space, ImmutableArray<SpecTemplate> replicates, Pruning? pruning, int epochs,
        ImmutableSortedDictionary<string, string> labels, int line, bool known, int? trials)
    {
        var (searchId, selectId) = ($"{id}/search", $"{id}/select");
        if (!known)
        {
            if (search is null)
            {
                problems.Add(line, $"{id} has settings to search ({string.Join(", ", space.Select(d => d.Name))}) but the study has no \"search\": add search: {{ sampler: grid }} or {{ sampler: random, trials: 20 }}");
                return [.. replicates.Select((_, i) => SpecTemplate.Parent(selectId, i))];
            }
            if (search.Sampler == "grid" && space.OfType<FloatDimension>().FirstOrDefault(d => d.GridPoints == 0) is { } open)
                problems.Add(line, $"{id}: a grid over {open.Name} needs its number of points: {{ {(open.Log ? "log" : "float")}: [low, high], points: 5 }}, or sampler: random");
            var draws = trials ?? search.Trials ?? 0;
            var node = new SearchNode(searchId, search.Sampler, draws, space, replicates) { Labels = labels, Pruning = pruning };
            _searches.Add((_nodes.Count, node, epochs));
            _nodes.Add(node);
            _nodes.Add(new SelectNode(selectId, [searchId]) { Labels = labels });
        }
        return [.. replicates.Select((_, i) => SpecTemplate.Parent(selectId, i))];
    }

    // A dimension stands behind the one that decides about it.
    ImmutableArray<SearchDimension> InOrder(ImmutableArray<SearchDimension> space, string id, int line)
    {
        var (placed, left) = (new List<SearchDimension>(), space.ToList());
        while (left.Count > 0)
        {
            if (left.FirstOrDefault(d => d.When is not { } when || placed.Exists(p => p.Name == when.Dimension)) is not { } next)
            {
                problems.Add(line, $"{id}: {left[0].Name} depends on {left[0].When!.Dimension}, which is not searched: give {left[0].When!.Dimension} a choice, or take \"when\" away");
                break;
            }
            left.Remove(next);
            placed.Add(next);
        }
        return [.. placed];
    }

    Pruning? Pruning(CheckedSettings training, ImmutableArray<SearchDimension> space, string id)
    {
        // A fit has no epochs at which it could pause.
        if (!training.Content.ContainsKey("epochs")) return null;
        if (search?.Pruner is not { } pruner || !Enum.TryParse<PruningRule>(pruner.Rule, ignoreCase: true, out var rule)) return null;
        if (space.Any(dimension => dimension.Name == "epochs"))
        {
            problems.Add(pruner.Line, $"{id}: a search that prunes needs a fixed number of epochs, but epochs is searched");
            return null;
        }
        var epochs = training.Content["epochs"]!.GetValue<long>();
        var eta = pruner.Eta ?? StudyKeys.Eta;
        var first = pruner.MinEpochs ?? (int)Math.Max(1, Math.Round(epochs / 27.0));
        var rungs = ImmutableArray.CreateBuilder<int>();
        for (long at = first; at < epochs && rungs.Count < 100; at = rule == PruningRule.Median ? at + first : at * eta) rungs.Add((int)at);
        if (rungs.Count > 0) return new Pruning(rule, rungs.ToImmutable(), eta, pruner.Startup ?? StudyKeys.Startup);
        problems.Add(pruner.Line, Message($"{id}: the pruner's min_epochs is {first}, but must be below epochs = {epochs}"));
        return null;

        static string Message(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }

    void AddEvaluation(string id, int replicate, JsonObject parent, PlannedRows rows, Replicate one, ImmutableSortedDictionary<string, string> labels, Replicate? rowsOf = null)
    {
        var spec = new JsonObject
        {
            ["kind"] = "evaluate",
            ["format"] = SpecFormat,
            ["numerics"] = numerics,
            ["trial"] = parent.DeepClone(),
            ["data"] = rows.ToJson(rowsOf ?? one),
        };
        _nodes.Add(new EvaluateNode($"{id}/{one.Name}/test", replicate, new SpecTemplate(spec)) { Labels = one.AddTo(labels) });
    }

    SpecTemplate Template(
        PlannedRows rows, int size, PlannedModel? model, CheckedSettings training, JsonObject transfer, Replicate one, IReadOnlyList<JsonObject> acquired)
    {
        var spec = new JsonObject
        {
            ["kind"] = "train",
            ["format"] = SpecFormat,
            ["numerics"] = numerics,
            ["data"] = Data(rows, size, one, acquired),
            ["transfer"] = transfer,
            ["training"] = training.Content.DeepClone(),
            ["seed"] = one.Seed,
        };
        if (model is not null) spec["model"] = model.Settings.Content.DeepClone();
        return new SpecTemplate(spec);
    }

    // The cap; of searched epochs the highest. A fit counts as one.
    static int Epochs(CheckedSettings training) => !training.Content.ContainsKey("epochs") ? 1
        : (int)Math.Min(HighestEpochs(training.Space) ?? training.Content["epochs"]!.GetValue<long>(), int.MaxValue);

    /// <summary>Of searched epochs the highest; null where they are not searched.</summary>
    internal static long? HighestEpochs(IEnumerable<SearchDimension> space) => space.FirstOrDefault(dimension => dimension.Name == "epochs") switch
    {
        ChoiceDimension choice => choice.Values.Max(value => ((ParameterValue.Whole)value).Value),
        IntDimension whole => whole.High,
        _ => null,
    };
}
