using System.Globalization;
using System.Text;
using AtomSets.Materials;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>Loads the data that a study file names, splits rows, removes leakage from sources, and stores the manifests.</summary>
sealed class RowPlanner(
    StudyDocument document, DataCache data, ArtifactStore artifacts, ProblemList problems, Func<string?> oneElementASite, IProgress<string>? progress, CancellationToken cancellation)
{
    /// <summary>Share of the rows that validates when the file says nothing.</summary>
    static readonly PartSize s_usualValidation = PartSize.Share(0.1);

    readonly List<CountedFact> _facts = [];

    /// <summary>What was found and counted: refused rows, leakage.</summary>
    public IReadOnlyList<CountedFact> Facts => _facts;

    /// <summary>Rows of every source and target that could be planned; the others have their problems reported.</summary>
    public (IReadOnlyDictionary<string, PlannedRows> Sources, IReadOnlyDictionary<string, PlannedRows> Targets) Plan()
    {
        var targets = new Dictionary<string, PlannedRows>(StringComparer.Ordinal);
        var targetSets = new List<(string Name, DataSet Set)>();
        foreach (var target in document.Targets)
        {
            if (Load(target.Data, $"target {target.Name}") is not { } loaded) continue;
            targetSets.Add((target.Name, loaded.Set));
            CheckValidation(loaded.Folds, target.Data, $"target {target.Name}");
            if (loaded.Folds.Any(fold => fold.Split.Test.Count == 0))
                problems.Add(target.Data.Split.Line, $"target {target.Name} has no test rows: give its split a test part, such as test: 0.1 or column: <fold column>, test: 0");
            else
                targets[target.Name] = Planned(loaded.Request, loaded.Set, loaded.Folds, target.Seeds ?? document.Seeds, target.Data.Split);
        }
        var sources = new Dictionary<string, PlannedRows>(StringComparer.Ordinal);
        var heldOut = new Dictionary<string, (DataSet Set, SplitManifest Split)>(StringComparer.Ordinal);
        var chains = new SourceChains(document.Sources, new ProblemList(document.File)); // its problems are told where the parents are planned
        foreach (var source in chains.LastFirst)
        {
            if (source.Data is not { } entry || Load(entry, $"source {source.Name}") is not { } loaded) continue;
            CheckValidation(loaded.Folds, entry, $"source {source.Name}");
            if (entry.Split.Folds is not null)
                problems.Add(entry.Split.Line, $"source {source.Name}: folds are for targets; a parent learns from one split: leave out \"folds\"");
            else if (entry.Split.Resample)
                problems.Add(entry.Split.Line, $"source {source.Name}: validation rows are drawn anew for seeds of targets alone: leave out \"resample\"");
            else if (WithoutLeakage(source, [.. chains.Descendants(source)], loaded.Set, loaded.Folds[0].Split, targetSets, heldOut) is { } split)
            {
                heldOut[source.Name] = (loaded.Set, split);
                sources[source.Name] = Planned(loaded.Request, loaded.Set, [(null, split)], source.Seeds, new SplitEntry(entry.Line, null, null, null));
            }
        }
        return (sources, targets);
    }

    void CheckValidation(IReadOnlyList<(string? Fold, SplitManifest Split)> folds, DataEntry entry, string owner)
    {
        if (folds.Any(fold => fold.Split.ValidationIds.Count == 0))
            problems.Add(entry.Split.Line, $"{owner} has no validation rows: runs could not stop on a plateau; give its split a part, such as validation: 0.1");
    }

    (DataRequest Request, DataSet Set, IReadOnlyList<(string? Fold, SplitManifest Split)> Folds)? Load(DataEntry entry, string owner)
    {
        cancellation.ThrowIfCancellationRequested();
        var name = Located(entry.Set);
        if (data.Registry.TryFind(name.Split(':')[0]) is { } known)
        {
            name = known.Name + name[name.Split(':')[0].Length..];
            if (known.Targets.Count > 0 && known.Targets.All(t => t.Name != entry.Target))
            {
                problems.Add(entry.TargetLine, $"{owner}: {known.Name} has no target column \"{entry.Target}\".{NearestName.Hint(entry.Target!, [.. known.Targets.Select(t => t.Name)])}");
                return null;
            }
        }
        var request = new DataRequest(name, entry.Target!, entry.Where.MaxSites, entry.Where.Limit, (ulong)document.Seed) { Filter = entry.Where.Rows, Delta = entry.Delta is { } delta ? delta with { Set = delta.Set.Length == 0 ? "" : Located(delta.Set) } : null };
        DataSet set;
        try
        {
            progress?.Report($"reading {name}");
            set = data.Load(request, cancellation);
            // All models of a study learn from the same rows: those that every one of them takes.
            if (set.IsDisordered && oneElementASite() is { } model)
            {
                var taken = data.Load(request = request with { OrderedOnly = true }, cancellation);
                _facts.Add(new CountedFact("disordered-rows", taken.Refusals.Count - set.Refusals.Count, Text(
                    $"{owner}: {taken.Refusals.Count - set.Refusals.Count} rows of {set.Name} with shared or partly vacant sites are refused to all models of the study, because {model} takes one element for each site")));
                set = taken;
            }
        }
        catch (InputException e)
        {
            problems.Add(entry.Line, $"{owner}: {e.Message}");
            problems.LacksData |= e is DataMissingException;
            return null;
        }
        foreach (var step in set.FilterSteps.Where(step => step.Rows > 0))
            _facts.Add(new CountedFact("filtered-rows", step.Rows, Text($"{owner}: {step.Rows} rows of {set.Name} were left out: {step.What}")));
        if (set.Refusals.Count > 0)
        {
            _facts.Add(new CountedFact("refused-rows", set.Refusals.Count, Text(
                $"{owner}: {set.Refusals.Count} of {set.TotalRows} rows of {set.Name} were refused (first: {set.Refusals[0].Reason}); `data check {name} --target '{entry.Target}'` lists them")));
        }
        try
        {
            return (request, set, entry.Split.Folds is { } folds ? Folds(folds, entry.Split, set, StrataOf(entry.Split, set, entry.Target!)) : [(null, Split(entry.Split, set, entry.Target!, StrataOf(entry.Split, set, entry.Target!)))]);
        }
        catch (InputException e)
        {
            problems.Add(entry.Split.Line, $"{owner}: {e.Message}");
            return null;
        }
    }

    List<(string? Fold, SplitManifest Split)> Folds(FoldsEntry folds, SplitEntry entry, DataSet set, Strata? strata)
    {
        var (seed, validation) = ((ulong)document.Seed, Validation(entry));
        if (entry.Column is { } column)
        {
            CheckFolds(set, column);
            IReadOnlyList<int> all = [.. set.Text(column).Where(text => text.Length > 0).Distinct(StringComparer.Ordinal)
                .Select(text => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)).Order()];
            return [.. (folds.Chosen.Count > 0 ? folds.Chosen : all).Select(fold => ((string?)Text($"{fold}"), SplitBuilder.FromFolds(set, column, fold, seed, validation, strata)))];
        }
        var made = new List<(string?, SplitManifest)>();
        for (var repeat = 0; repeat < folds.Repeats; repeat++)
        {
            for (var fold = 0; fold < folds.Count; fold++)
                made.Add((folds.Repeats == 1 ? Text($"{fold}") : Text($"{repeat}.{fold}"), SplitBuilder.KFold(set, folds.Count.Value, fold, seed + (ulong)repeat, validation, strata)));
        }
        return made;
    }

    static void CheckFolds(DataSet set, string column)
    {
        if (!set.Descriptor.FoldColumns.Contains(column))
            throw new InputException($"{set.Name} has no fold column \"{column}\".{NearestName.Hint(column, [.. set.Descriptor.FoldColumns])}");
    }

    static Strata? StrataOf(SplitEntry entry, DataSet set, string target) => entry.Stratify ? Strata.Of(set, target) : null;

    static PartSize Validation(SplitEntry entry) => entry.Validation is { } text ? Part(text, "validation") : s_usualValidation;

    SplitManifest Split(SplitEntry entry, DataSet set, string target, Strata? strata)
    {
        var (seed, validation) = ((ulong)document.Seed, Validation(entry));
        if (entry.Top is { } top)
            return SplitBuilder.Highest(set, target, seed, Part(top, "top"), entry.Test is { } others ? Part(others, "test") : PartSize.Rows(0), validation);
        if (entry.Column is not { } column)
        {
            return entry.Test is { } test && Part(test, "test") is var part && part != PartSize.Rows(0)
                ? SplitBuilder.Random(set, seed, validation, part, strata)
                : SplitBuilder.WithoutTest(set, seed, validation, strata);
        }
        if (set.Descriptor.FoldColumns.Contains(column))
        {
            if (entry.Test is null || !int.TryParse(entry.Test, NumberStyles.None, CultureInfo.InvariantCulture, out var fold))
                throw new InputException($"split by {column} needs the fold to test on, such as test: 0");
            return SplitBuilder.FromFolds(set, column, fold, seed, validation, strata);
        }
        if (set.Descriptor.Splits.All(s => s.Name != column))
        {
            string[] known = [.. set.Descriptor.FoldColumns, .. set.Descriptor.Splits.Select(s => s.Name)];
            throw new InputException($"{set.Name} has no fold or split column \"{column}\".{NearestName.Hint(column, known)}");
        }
        if (entry.Test is not null) throw new InputException($"split by {column} takes its test rows from the column: leave out \"test\"");
        return SplitBuilder.FromColumn(set, column, seed, validation, strata);
    }

    // A share below 1 ("0.1"), or a number of rows ("250").
    static PartSize Part(string text, string part)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rows)) return PartSize.Rows(rows);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share is >= 0 and < 1) return PartSize.Share(share);
        throw new InputException($"{part} is {text}, but must be a share below 1 (0.1) or a number of rows (250)");
    }

    SplitManifest? WithoutLeakage(SourceEntry source, IReadOnlyList<SourceEntry> chain, DataSet set, SplitManifest split, List<(string Name, DataSet Set)> targets,
        Dictionary<string, (DataSet Set, SplitManifest Split)> heldOut)
    {
        var asPublished = source.AsPublished ?? document.AsPublished;
        var rule = asPublished ? LeakageRule.AsPublished : LeakageRule.Formula;
        var filter = new LeakageFilter(split, set);
        // Rows that judge a source further along the chain must not have been learnt from before it, as rows of a target must not.
        foreach (var later in chain.Where(later => heldOut.ContainsKey(later.Name)))
        {
            var (laterSet, laterSplit) = heldOut[later.Name];
            if (!TakeOut(source, $"held-out rows of source {later.Name}", set, laterSet, () => filter.RemoveHeldOut(laterSplit, laterSet, rule))) return null;
        }
        foreach (var (name, target) in targets)
        {
            // What is kept matters to the targets that learn from the source; what is removed is so for all, so that one parent can serve them.
            if (asPublished && !document.Transfer.Any(entry => chain.Prepend(source).Any(one => entry.Uses(one.Name, name)))) continue;
            if (!TakeOut(source, $"target {name}", set, target, () => filter.Remove(target, rule))) return null;
        }
        return filter.Left;
    }

    bool TakeOut(SourceEntry source, string other, DataSet set, DataSet otherSet, Func<LeakageCount> remove)
    {
        foreach (var overlap in data.Registry.OverlapsOf(set.Name, otherSet.Name).Where(o => o.Forbidden))
            problems.Add(source.Line, $"source {source.Name} and {other}: {overlap.About}; choose another source");
        try
        {
            var result = remove();
            var shared = result.SharedTrain + result.SharedValidation;
            if (shared > 0)
            {
                _facts.Add(new CountedFact("leakage", shared, result.Rule == LeakageRule.AsPublished
                    ? Text($"as published: {shared} rows of source {source.Name} have a formula of {other} and were kept")
                    : Text($"strict: {shared} rows of source {source.Name} have a formula of {other} ({result.SharedFormulas} formulas) and were removed")));
            }
            return true;
        }
        catch (InputException e)
        {
            problems.Add(source.Line, $"source {source.Name}: {e.Message}");
            return false;
        }
    }

    PlannedRows Planned(
        DataRequest request, DataSet set, IReadOnlyList<(string? Fold, SplitManifest Split)> folds, IReadOnlyList<long> seeds, SplitEntry entry)
    {
        var manifests = new Dictionary<Replicate, string>();
        var replicates = new List<Replicate>();
        foreach (var (fold, split) in folds)
        {
            foreach (var (number, seed) in seeds.Index())
            {
                // Another replicate learns from another draw of the training rows: otherwise its spread would say nothing about small sets.
                var rows = entry.Resample ? SplitBuilder.Resample(split, number, (ulong)document.Seed, StrataOf(entry, set, request.Target)) : split;
                var own = document.FixedSubsets ? rows : rows.WithTrainOrder((ulong)seed);
                replicates.Add(new Replicate(seed, fold));
                manifests[replicates[^1]] = artifacts.Put(Encoding.UTF8.GetBytes(own.ToText()));
            }
        }
        return new PlannedRows(
            request, set.Name, set.Hash, set.Unit(request.Target), manifests,
            folds.Min(fold => fold.Split.TrainIds.Count), folds.Min(fold => fold.Split.ValidationIds.Count), folds.Min(fold => fold.Split.Test.Count))
        {
            HasStructures = set.HasCrystals,
            Top = entry.Top is { } top ? Part(top, "top").Of(set.Count) : null,
            Replicates = replicates,
            IsNested = entry.Folds is { Nested: true },
        };
    }

    // A path is relative to the study file's folder.
    string Located(string set)
    {
        if (data.Registry.TryFind(set.Split(':')[0]) is not null || Path.IsPathRooted(set)) return set;
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(document.File)) ?? ".", set);
        return File.Exists(beside) || Directory.Exists(beside) ? beside : set;
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
