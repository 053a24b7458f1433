using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>
/// Turns a study file into a plan that can run: data loaded and hashed, rows split and leakage removed, every setting checked against the schema of its
/// model, one pre-training feeding many transfers, test rows looked at only behind the configuration that is kept.
/// </summary>
/// <remarks>The same file gives the same keys, so nothing is computed twice; an extended file adds keys.</remarks>
/// <param name="registry">Model families.</param>
/// <param name="data">Data sets.</param>
/// <param name="artifacts">Split manifests.</param>
/// <param name="numerics">The class of the workers that will compute the study (<see cref="NumericsClass"/>): part of every key.</param>
public sealed class StudyResolver(ModelRegistry registry, DataCache data, ArtifactStore artifacts, string numerics = NumericsClass.Cpu)
{
    /// <summary>Reads and resolves a study file's text.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="origin">Path, for messages; relative paths in the file start at its folder.</param>
    /// <param name="progress">Hears what is being prepared.</param>
    /// <param name="cancellation">Stops between data sets.</param>
    /// <exception cref="StudyFileException">Something in the file is wrong: every problem found, with its line.</exception>
    public ResolvedStudy Resolve(string text, string origin, IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        var document = StudyFileReader.Parse(text, origin);
        var problems = new ProblemList(origin);
        var models = new ModelPlanner(registry, document, problems);
        models.CheckAll();
        var parents = new ParentPlanner(registry, document, data, artifacts, problems);
        var rows = new RowPlanner(document, data, artifacts, problems, () => models.OneElementASite() ?? parents.OneElementASite(), progress, cancellation);
        var (sources, targets) = rows.Plan();
        var plan = new Planner(registry, document, models, parents, problems, sources, targets, numerics);
        plan.Build();
        problems.ThrowIfAny();
        return new ResolvedStudy
        {
            Name = document.Name,
            Seed = (ulong)document.Seed,
            Nodes = plan.Nodes,
            CoreHours = document.Budget?.CoreHours,
            Lookahead = document.Search?.Lookahead ?? StudyKeys.Lookahead,
            Priority = document.Priority,
            Description = document.Description ?? "",
            Source = text,
            Facts = [.. rows.Facts, .. plan.Facts],
        };
    }

    /// <summary>Walks sources, targets, sizes and modes and writes the nodes.</summary>
    sealed class Planner(
        ModelRegistry registry, StudyDocument document, ModelPlanner models, ParentPlanner trained, ProblemList problems,
        IReadOnlyDictionary<string, PlannedRows> sources, IReadOnlyDictionary<string, PlannedRows> targets, string numerics)
    {
        readonly PlanBuilder _builder = new(document.Search, problems, numerics);
        readonly Dictionary<string, PlannedParent[]> _parents = new(StringComparer.Ordinal);

        EnsemblePlanner? _ensembles;
        AcquisitionPlanner? _acquisitions;

        public ImmutableArray<PlanNode> Nodes { get; private set; }

        /// <summary>What parents have seen, and how a budget was shared out.</summary>
        public IReadOnlyList<CountedFact> Facts { get; private set; } = [];

        public void Build()
        {
            CheckSearch();
            var ensembles = EnsemblePlanner.Sort(document.Transfer, problems);
            var modes = document.Transfer.Where(entry => entry.Ensemble.Count == 0).Select(entry => (Entry: entry, Mode: TransferChoice.Read(entry, problems))).Where(m => m.Mode is not null).ToArray();
            if (document.Sources.Count == 0)
            {
                foreach (var (entry, mode) in modes.Where(m => m.Mode!.NeedsParent))
                    problems.Add(entry.Line, $"transfer {entry.Name} needs a parent, but the study has no sources: add one, or use scratch only");
            }
            foreach (var entry in document.Transfer)
            {
                CheckNames(entry, entry.Sources, [.. document.Sources.Select(source => source.Name)], "source", entry.SourcesLine);
                CheckNames(entry, entry.Targets, [.. document.Targets.Select(target => target.Name)], "target", entry.TargetsLine);
            }
            foreach (var source in new SourceChains(document.Sources, problems).Ordered) _parents[source.Name] = source.From is null ? [.. Parents(source)] : [.. Chained(source)];
            PlannedParent[] parents = [.. document.Sources.SelectMany(source => _parents.GetValueOrDefault(source.Name) ?? [])];
            var groups = new GroupPlanner(_builder);
            _ensembles = new EnsemblePlanner(_builder, problems);
            _acquisitions = new AcquisitionPlanner(_builder, registry, problems);
            foreach (var target in document.Targets)
            {
                if (!targets.TryGetValue(target.Name, out var rows))
                {
                    models.Training(document.Training, target.Training); // its mistakes are told even where the rows cannot be read
                    continue;
                }
                foreach (var (entry, mode) in modes)
                {
                    if (entry.Targets.Count > 0 && !entry.Targets.Contains(target.Name)) continue;
                    var steps = entry.Acquire is { } acquire ? _acquisitions.Rounds(entry, acquire, rows, target.Name) : Sizes(target.Sizes, rows, $"target {target.Name}");
                    foreach (var (size, training) in steps) AddTransfers(target, rows, entry, mode!, size, training, parents, groups);
                }
                int[] sizes = [.. Sizes(target.Sizes, rows, $"target {target.Name}").Select(size => size.Rows)];
                bool IsFor(TransferEntry entry) => entry.Targets.Count == 0 || entry.Targets.Contains(target.Name);
                foreach (var entry in ensembles.OfEntries.Where(IsFor)) _ensembles.Add(entry, target.Name, rows, sizes, groups);
                groups.Close(target.Name, _ensembles);
                foreach (var entry in ensembles.OfGroups.Where(IsFor)) _ensembles.Add(entry, target.Name, rows, sizes, groups);
                _ensembles.Clear();
            }
            Nodes = _builder.Nodes;
            Facts = trained.Facts;
            if (document.Budget is not { } budget) return;
            var shares = new BudgetPlanner(budget, problems, _builder);
            Nodes = shares.Apply();
            Facts = [.. trained.Facts, .. shares.Facts];
        }

        void CheckSearch()
        {
            if (document.Search is not { } search) return;
            string[] samplers = [.. Samplers.Names];
            if (!samplers.Contains(search.Sampler))
                problems.Add(search.SamplerLine, $"search has no sampler \"{search.Sampler}\".{NearestName.Hint(search.Sampler, samplers)}");
            else if (search.Sampler != "grid" && search.Trials is null && document.Budget?.Trials is null)
                problems.Add(search.SamplerLine, $"search by {search.Sampler} needs trials: <number of draws>, or a budget of trials for the whole study");
            string[] pruners = [.. Enum.GetNames<PruningRule>().Select(name => name.ToLowerInvariant()), "none"];
            if (search.Pruner is { } pruner && !pruners.Contains(pruner.Rule))
                problems.Add(pruner.Line, $"search has no pruner \"{pruner.Rule}\".{NearestName.Hint(pruner.Rule, pruners)}");
        }

        void CheckNames(TransferEntry entry, IReadOnlyList<string> given, string[] known, string what, int line)
        {
            foreach (var name in given.Where(name => !known.Contains(name)))
                problems.Add(line, $"transfer {entry.Name}: the study has no {what} \"{name}\".{NearestName.Hint(name, known)}");
        }

        static JsonObject FromScratch(Replicate one) => new() { ["mode"] = "scratch" };

        // One parent per source and source size, with its replicates; all are trained, and those that the source chooses go on to the targets.
        IEnumerable<PlannedParent> Parents(SourceEntry source)
        {
            if (source.Parent is not null) return trained.Open(source, targets) is { } opened ? [opened] : [];
            var model = models.Network(source.Model, source.ModelLine, $"source {source.Name}");
            models.Training(document.Training, source.Training); // its mistakes are told even where the rows cannot be read
            if (model is null || !sources.TryGetValue(source.Name, out var rows)) return [];
            CheckInputs(rows, model.Needs, model.Name, $"source {source.Name}", source.ModelLine);
            var sizes = Sizes(source.Sizes, rows, $"source {source.Name}").ToArray();
            var parents = sizes.Select(size =>
            {
                var training = models.Training(model, document.Training, source.Training, size.Training);
                CheckTraining(FixedNetwork(model), training, source.Line);
                var label = sizes.Length == 1 ? source.Name : Text($"{source.Name}-n{size.Rows}");
                var labels = Labels("pretrain", rows, size.Rows).Add("source", source.Name).Add("model", model.Name).Add("mode", "scratch");
                var references = _builder.Add($"pretrain/{label}", rows, size.Rows, model, training,
                    FromScratch, rows.Replicates, labels, source.Line);
                return new PlannedParent(source.Name, label, references, size.Rows, model.Name) { Network = FixedNetwork(model), Needs = model.Needs, IsFit = model.IsFit };
            }).ToArray();
            return Chosen(source, parents);
        }

        PlannedParent[] Chosen(SourceEntry source, PlannedParent[] parents) => parents.Length < 2 ? parents : source.Parents switch
        {
            ParentChoice.Largest => [parents.MaxBy(parent => parent.Rows)!],
            ParentChoice.Best => [Best(source, parents)],
            _ => parents,
        };

        // A source that learns from another: one parent per parent of that and own size, each replicate from the same of the other's.
        PlannedParent[] Chained(SourceEntry source)
        {
            models.Training(document.Training, source.Training); // its mistakes are told even where the rows cannot be read
            var entry = new TransferEntry(source.Mode, source.FromLine, [source.Mode], null, source.FromLine, []);
            if (TransferChoice.Read(entry, problems) is not { } mode) return [];
            if (mode.Modes[0].LearnsDifference)
            {
                problems.Add(source.FromLine, $"source {source.Name}: mode {source.Mode} learns differences, which are no property to carry on: take the delta in the target's transfer entry");
                return [];
            }
            if (!mode.Modes[0].CarriesWeights)
            {
                problems.Add(source.FromLine, $"source {source.Name}: mode {source.Mode} carries no weights over: a chain needs full, new-head, only-residual or freeze:<part>");
                return [];
            }
            if (!sources.TryGetValue(source.Name, out var rows) || !_parents.TryGetValue(source.From!, out var before)) return [];
            before = [.. before.Where(parent => Fits(mode, parent, entry))];
            var sizes = Sizes(source.Sizes, rows, $"source {source.Name}").ToArray();
            var parents = before.SelectMany(parent => sizes.Select(size =>
            {
                CheckInputs(rows, parent.Needs, parent.ModelName, $"source {source.Name}", source.Line);
                var training = models.Training(document.Training, source.Training, size.Training);
                CheckTraining(parent.Network, training, source.Line);
                var label = source.Name + (before.Length > 1 ? $"-from-{parent.Label}" : "") + (sizes.Length > 1 ? Text($"-n{size.Rows}") : "");
                var labels = Labels("pretrain", rows, size.Rows).Add("source", source.Name).Add("model", parent.ModelName).Add("mode", source.Mode);
                long[] seeds = [.. rows.Replicates.Select(one => one.Seed)];
                var references = _builder.Add($"pretrain/{label}", rows, size.Rows, null, training, one => mode.Member([parent], Array.IndexOf(seeds, one.Seed)), rows.Replicates, labels, source.Line);
                return new PlannedParent(source.Name, label, references, size.Rows, parent.ModelName) { Network = parent.Network, Needs = parent.Needs };
            })).ToArray();
            return Chosen(source, parents);
        }

        PlannedParent Best(SourceEntry source, PlannedParent[] parents)
        {
            var labels = ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal).Add("role", "pretrain").Add("source", source.Name);
            var references = _builder.AddBest($"pretrain/{source.Name}/best", [.. parents.Select(parent => $"pretrain/{parent.Label}")], source.Seeds.Count, labels);
            return parents[0] with { Label = $"{source.Name}-best", References = references, Rows = null };
        }

        // The network, where the file alone decides it: nothing of it is searched, and the data decide no width.
        IModel? FixedNetwork(PlannedModel model)
        {
            if (model.IsFit || !model.Settings.Space.IsEmpty) return null;
            try
            {
                return registry.Create(registry.Resolve(model.Kind, SettingsChecker.ToPairs(model.Settings.Content["settings"]!.AsObject())));
            }
            catch (ModelException)
            {
                return null;
            }
        }

        void AddTransfers(
            TargetEntry target, PlannedRows rows, TransferEntry entry, TransferChoice mode, int size,
            IReadOnlyList<SettingEntry> ofSize, IReadOnlyList<PlannedParent> all, GroupPlanner groups)
        {
            models.Training(document.Training, target.Training, entry.Training, ofSize); // its mistakes are told even where there is nothing to train
            if (!mode.NeedsParent)
            {
                foreach (var model in ScratchModels(entry).OfType<PlannedModel>().DistinctBy(m => m.Name))
                {
                    if (!StandsAlone(model, entry)) continue;
                    var training = models.Training(model, document.Training, target.Training, entry.Training, ofSize);
                    CheckTraining(FixedNetwork(model), training, entry.Line);
                    Add(target, rows, entry, mode, size, model, training, [], model.Name, groups);
                }
                return;
            }
            var parents = all.Where(parent => (entry.Sources.Count == 0 || entry.Sources.Contains(parent.Source)) && Fits(mode, parent, entry)).ToArray();
            if (parents.Length == 0) return;
            foreach (var some in entry.SearchesSources ? [parents] : parents.Select(parent => new[] { parent }))
            {
                var model = mode.OnLayers(mode.Layers.Select(layer => models.OnFeatures(entry, layer)).ToArray().FirstOrDefault());
                if (mode.DrawsAnew)
                {
                    model = entry.Model is null ? OwnNetwork(some[0].Source) : models.Network(entry.Model, entry.ModelLine, $"transfer {entry.Name}");
                    if (model is null || !StandsAlone(model, entry)) continue;
                }
                if (mode.Layers.Any() && model is null) continue;
                if (!mode.Layers.Any() && !mode.DrawsAnew && entry.Model is not null)
                    problems.Add(entry.ModelLine, $"transfer {entry.Name} trains the parent's own network: leave out \"model\"");
                var training = models.Training(model, document.Training, target.Training, entry.Training, ofSize);
                CheckTraining(model is null ? some[0].Network : FixedNetwork(model), training, entry.Line);
                Add(target, rows, entry, mode, size, model, training, some, model?.Name ?? some[0].ModelName, groups);
            }
        }

        bool StandsAlone(PlannedModel model, TransferEntry entry)
        {
            if (!model.NeedsParent) return true;
            problems.Add(entry.ModelLine, $"transfer {entry.Name} trains from scratch, and model {model.Name} reads a layer of a parent: name the layer in a mode such as features:last, or another model");
            return false;
        }

        bool Fits(TransferChoice choice, PlannedParent parent, TransferEntry entry)
        {
            if (parent.IsFit)
            {
                problems.Add(entry.Line, $"transfer {entry.Name}: source {parent.Source} trains {parent.ModelName}, which is fitted in one go and has no layers or weights to carry over: give the source a network");
                return false;
            }
            if (parent.Network is null) return true;
            try
            {
                foreach (var mode in choice.Modes) mode.Check(parent.Network, parent.Network.Spec);
                return true;
            }
            catch (InputException e)
            {
                problems.Add(entry.Line, e.Message);
                return false;
            }
        }

        // Settings and network that the file alone decides must go together; what is searched is checked when it runs.
        void CheckTraining(IModel? network, CheckedSettings training, int line)
        {
            if (network is null || !training.Space.IsEmpty || problems.Count > 0) return;
            try
            {
                TrainSettings.Resolve(SettingsChecker.ToPairs(training.Content)).CheckFor(network);
            }
            catch (InputException e)
            {
                problems.Add(line, e.Message);
            }
        }

        // From scratch: the named model, else every network that a parent of this study has, so that each curve has its own baseline.
        IEnumerable<PlannedModel?> ScratchModels(TransferEntry entry)
        {
            if (entry.Model is not null) return [models.Network(entry.Model, entry.ModelLine, $"transfer {entry.Name}")];
            if (document.Sources.Count == 0) return [models.Network(null, entry.Line, $"transfer {entry.Name}")];
            return document.Sources.Where(source => source.From is null).Select(source => OwnNetwork(source.Name));
        }

        // The network of a source's parent, as it is before it learns: at the beginning of a chain.
        PlannedModel? OwnNetwork(string name)
        {
            var source = document.Sources.First(one => one.Name == name);
            while (source.From is { } from) source = document.Sources.First(one => one.Name == from);
            return source.Parent is not null ? trained.NetworkOf(source.Name) : models.Network(source.Model, source.ModelLine, $"source {source.Name}");
        }

        void Add(
            TargetEntry target, PlannedRows rows, TransferEntry entry, TransferChoice mode, int size, PlannedModel? model, CheckedSettings training,
            IReadOnlyList<PlannedParent> parents, string modelName, GroupPlanner groups)
        {
            var labels = Labels("transfer", rows, size).Add("target", target.Name).Add("mode", entry.Name).Add("model", modelName);
            var origin = parents.Count switch { 0 => modelName, 1 => parents[0].Label, _ => "searched" };
            var curve = $"transfer/{target.Name}/{entry.Name}/{origin}";
            var id = Text($"{curve}/n{size}");
            var needs = model?.Needs ?? parents[0].Needs;
            if (mode.ReadsPredictions) needs = parents.Aggregate(needs, (all, parent) => all | parent.Needs);
            CheckInputs(rows, needs, modelName, $"target {target.Name}", target.Line);
            if (parents is [var only])
            {
                labels = labels.Add("source", only.Source);
                if (only.Rows is { } learnt) labels = labels.Add("source_rows", Text($"{learnt}"));
            }
            // Each seed from another replicate of the parent, so that the spread over seeds is that of the whole way; all folds of a seed from the same.
            long[] seeds = [.. rows.Replicates.Select(one => one.Seed).Distinct()];
            JsonObject Transfer(Replicate one) => mode.Member(parents, Array.IndexOf(seeds, one.Seed));
            var choice = new ConfigurationChoice([.. mode.Dimensions(parents)], entry.Trials, entry.IsTestedAlone);
            if (entry.Acquire is not null)
            {
                _acquisitions!.AddRound(entry, curve, rows, size, labels, model, (id, rows, labels, isTested, replicateOf, acquired) =>
                    _builder.Add(id, rows, size, model, training, one => Transfer(replicateOf(one)), rows.Replicates, labels, entry.Line, choice with { IsTested = isTested }, acquired));
                return;
            }
            if (!rows.IsNested)
            {
                _ensembles!.Know(entry.Name, size, _builder.Add(id, rows, size, model, training, Transfer, rows.Replicates, labels, entry.Line, choice), rows.Replicates);
                groups.Enter(entry, target.Name, size, null, id, rows, rows.Replicates);
                return;
            }
            foreach (var fold in rows.Replicates.GroupBy(one => one.Fold))
            {
                var kept = _builder.Add($"{id}/f{fold.Key}", rows, size, model, training, Transfer, [.. fold], labels.SetItem("fold", fold.Key!), entry.Line, choice);
                _ensembles!.Know(entry.Name, size, kept, [.. fold]);
                groups.Enter(entry, target.Name, size, fold.Key, $"{id}/f{fold.Key}", rows, [.. fold]);
            }
        }

        void CheckInputs(PlannedRows rows, ModelNeeds needs, string model, string owner, int line)
        {
            if (needs.HasFlag(ModelNeeds.Structures) && !rows.HasStructures)
                problems.Add(line, $"{owner}: {rows.Set} holds formulas only, but {model} needs crystal structures: use a model of formulas (kind: atomsets with features: embedding), or a set with structures");
        }

        IEnumerable<(int Rows, IReadOnlyList<SettingEntry> Training)> Sizes(IReadOnlyList<SizeEntry> sizes, PlannedRows rows, string owner)
        {
            if (sizes.Count == 0) yield return (rows.Train, []);
            var taken = new HashSet<int>();
            foreach (var size in sizes)
            {
                var count = size.Rows ?? (size.Share is { } share ? (int)Math.Round(share * rows.Train) : rows.Train);
                if (count > rows.Train)
                    problems.Add(size.Line, Text($"{owner}: size {count} is more than the {rows.Train} training rows that filters, split and leakage rule leave"));
                else if (count < 2)
                    problems.Add(size.Line, Text($"{owner}: size {size.Share} of {rows.Train} training rows is {count}, but must be at least 2"));
                else if (taken.Add(count))
                    yield return (count, size.Training);
            }
        }

        static ImmutableSortedDictionary<string, string> Labels(string role, PlannedRows rows, int size)
        {
            var labels = ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal)
                .Add("role", role).Add("data", rows.Set).Add("property", rows.Request.Target).Add("unit", rows.Unit).Add("rows", Text($"{size}"));
            return rows.Top is { } top ? labels.Add("top", Text($"{top}")) : labels;
        }

        static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}
