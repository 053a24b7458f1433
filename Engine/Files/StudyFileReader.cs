using System.Globalization;
using AtomSets.Materials;
using YamlDotNet.RepresentationModel;

namespace AtomSets.Engine;

/// <summary>Reads a study file (YAML). Everything that can be judged without data or models is judged here; all problems are reported at once.</summary>
public static class StudyFileReader
{
    const string AsPublished = "as-published";

    /// <exception cref="StudyFileException">The file cannot be read or something in it is wrong.</exception>
    public static StudyDocument Read(string path)
    {
        try
        {
            return Parse(System.IO.File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StudyFileException([new(path, 1, $"cannot read the study file: {e.Message}")]);
        }
    }

    /// <param name="text">YAML.</param>
    /// <param name="file">Name for messages.</param>
    /// <exception cref="StudyFileException">Something is wrong: every problem with its line.</exception>
    public static StudyDocument Parse(string text, string file)
    {
        var problems = new ProblemList(file);
        YamlNode whole;
        try
        {
            whole = YamlText.Read(text);
        }
        catch (YamlTextException e)
        {
            throw new StudyFileException([new(file, e.Line, $"{e.Message}; examples/quick.yaml is a study file to compare with")]);
        }
        if (whole is not YamlMappingNode root) throw new StudyFileException([new(file, 1, "a study file is one YAML mapping; see examples/quick.yaml")]);

        var study = ReadStudy(new MapReader(root, StudyKeys.Study, "the study", problems), problems);
        problems.ThrowIfAny();
        return study;
    }

    static StudyDocument ReadStudy(MapReader map, ProblemList problems)
    {
        var name = map.RequiredText("study", "give it a name, the results are found under it");
        if (name.Length > 100 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) || (name.Length > 0 && !char.IsAsciiLetterOrDigit(name[0])))
            problems.Add(map.LineOf("study"), $"the study's name \"{name}\" may hold letters, digits, - _ and . only, at most 100, beginning with a letter or digit");
        var description = map.Text("description");
        var seed = map.Integer("seed") ?? 1;
        var sources = map.NamedMaps("sources", "source").Select(s => Source(s.Name, s.Line, s.Map, seed, problems)).ToArray();
        var targets = map.NamedMaps("targets", "target").Select(t => Target(t.Name, t.Line, t.Map, problems)).ToArray();
        if (sources.Length + targets.Length == 0)
            problems.Add(map.Line, "the study has neither \"sources\" nor \"targets\": name at least one data set to train on; see examples/quick.yaml");
        var models = map.NamedMaps("models", "model").Select(m => Model(m.Name, m.Line, m.Map)).ToArray();
        var transfer = map.List("transfer").Select(t => TransferReader.Read(t, problems)).OfType<TransferEntry>().ToArray();
        if (targets.Length > 0 && transfer.Length == 0)
            problems.Add(map.LineOf("transfer"), "the study has targets but no \"transfer\" list: scratch, full, new-head, freeze:<part>, features:<layer>");
        foreach (var twice in transfer.GroupBy(t => t.Name).Where(g => g.Count() > 1))
            problems.Add(twice.Last().Line, $"transfer lists \"{twice.Key}\" twice: give one of them another name");

        var seeds = Seeds(map, 1, problems);
        var subsets = map.Word("subsets");
        var training = map.Settings("training");
        var search = map.Map("search", "search") is { } searchMap ? Search(searchMap) : null;
        var priority = map.Count("priority");
        var budget = map.Map("budget", "budget") is { } budgetMap ? Budget(budgetMap, map.LineOf("budget")) : null;
        var leakage = map.Word("leakage");
        map.Finish();
        return new StudyDocument(problems.File, name, description, seed, sources, targets, models, transfer, seeds, subsets == "fixed", training,
            search, budget, leakage == AsPublished) { Priority = priority };
    }

    static SourceEntry Source(string name, int line, MapReader map, long studySeed, ProblemList problems)
    {
        var parent = map.Text("parent");
        var data = map.Has("data") ? Data(map, problems) : null;
        if (parent is null == data is null)
            problems.Add(line, $"source {name} needs either \"data\" (to train a parent on) or \"parent\" (a published model, or a model file)");
        if (parent is not null && map.Has("seeds")) problems.Add(map.LineOf("seeds"), $"source {name}: a published parent has no replicates: leave out \"seeds\"");
        if (parent is null && map.Has("state")) problems.Add(map.LineOf("state"), $"source {name}: state is the level of theory of a parent that was trained before: leave it out");
        var model = map.Text("model");
        var entry = new SourceEntry(name, line, data, parent, model, map.LineOf("model"), Sizes(map, problems), map.Settings("training"))
        {
            State = map.Text("state"),
            Parents = map.Word("parents", ParentChoice.All),
            Seeds = Seeds(map, studySeed, problems),
            From = map.Text("from"),
            FromLine = map.LineOf("from"),
            Mode = map.Text("mode") ?? "full",
            AsPublished = map.Has("leakage") ? map.Word("leakage") == AsPublished : null,
        };
        if (entry.From is null && map.Has("mode")) problems.Add(map.LineOf("mode"), $"source {name}: a mode says what is taken from another source: add from: <source>");
        if (entry.From is not null && parent is not null) problems.Add(entry.FromLine, $"source {name}: a published parent learns from nothing: leave out \"from\"");
        if (entry.From is not null && model is not null) problems.Add(entry.ModelLine, $"source {name} trains the network of source {entry.From} on: leave out \"model\"");
        map.Finish();
        return entry;
    }

    static TargetEntry Target(string name, int line, MapReader map, ProblemList problems)
    {
        map.RequiredText("data", "name a data set; `data list` shows them");
        var entry = new TargetEntry(name, line, Data(map, problems), Sizes(map, problems), map.Settings("training"))
        {
            Seeds = map.Has("seeds") ? Seeds(map, 1, problems) : null,
        };
        map.Finish();
        return entry;
    }

    static DataEntry Data(MapReader map, ProblemList problems)
    {
        var set = map.Text("data") ?? "";
        var target = map.RequiredText("target", "name the column to learn; `data info` shows the columns");
        var where = new FilterEntry(map.LineOf("where"), null, null);
        if (map.Map("where", $"{map.What}: where") is { } filter)
        {
            where = where with { MaxSites = filter.Count("max_sites"), Limit = filter.Count("limit"), Rows = FilterReader.Read(filter, problems) };
            filter.Finish();
        }
        return new DataEntry(set, map.LineOf("data"), target, map.LineOf("target"), where, Split(map, problems)) { Delta = FilterReader.Delta(map) };
    }

    static SplitEntry Split(MapReader map, ProblemList problems)
    {
        if (map.Map("split", $"{map.What}: split") is not { } split) return new SplitEntry(map.LineOf("split"), null, null, null);
        var entry = new SplitEntry(map.LineOf("split"), split.Text("column"), split.Text("validation"), split.Text("test"))
        {
            Top = split.Text("top"), Folds = Folds(split, map.LineOf("split"), problems), Stratify = split.Flag("stratify"), Resample = split.Flag("resample"),
        };
        if (entry.Top is not null && (entry.Column is not null || entry.Folds is not null || entry.Stratify))
            problems.Add(entry.Line, $"{split.What}: top holds the highest targets out and draws the rest: leave out column, folds and stratify");
        split.Finish();
        return entry;
    }

    // "folds: 5" divides at random, "folds: all" and "folds: [0, 2]" take those of the column.
    static FoldsEntry? Folds(MapReader split, int line, ProblemList problems)
    {
        var nodes = split.List("folds");
        var repeats = split.Count("repeats");
        var nested = split.Flag("nested");
        if (nodes.Count == 0)
        {
            if (repeats is not null || split.Has("nested")) problems.Add(line, $"{split.What}: repeats and nested go with folds, such as folds: 5");
            return null;
        }
        var isColumn = split.Has("column");
        if (split.Has("test")) problems.Add(line, $"{split.What}: folds are the test parts: leave out \"test\"");
        if (isColumn && repeats is not null) problems.Add(line, $"{split.What}: the folds of a column cannot be repeated: leave out \"repeats\", or \"column\"");
        var chosen = nodes.Select(WholeNumber).ToArray();
        var isList = split.Find("folds") is YamlSequenceNode;
        if (isColumn && !isList && nodes[0] is YamlScalarNode { Value: "all" }) return new FoldsEntry(null, [], 1, nested);
        if (isColumn && isList && chosen.All(fold => fold is >= 0 and < int.MaxValue)) return new FoldsEntry(null, [.. chosen.Select(fold => (int)fold!.Value)], 1, nested);
        if (!isColumn && !isList && chosen[0] is >= 2 and <= 1000) return new FoldsEntry((int)chosen[0]!.Value, [], repeats ?? 1, nested);
        problems.Add(line, $"{split.What}: folds is {MapReader.Shown(split.Find("folds")!)}, but must be {(isColumn ? "all, or a list of the column's folds" : "a number of parts from 2 to 1000; or name the column that has the folds")}");
        return null;
    }

    static SizeEntry[] Sizes(MapReader map, ProblemList problems)
    {
        var sizes = map.List("sizes").Select(node => Size(map, node, problems)).OfType<SizeEntry>().ToArray();
        foreach (var twice in sizes.GroupBy(s => (s.Rows, s.Share)).Where(g => g.Count() > 1))
            problems.Add(twice.Last().Line, $"{map.What}: sizes lists {twice.Key.Rows?.ToString(CultureInfo.InvariantCulture) ?? twice.Key.Share?.ToString(CultureInfo.InvariantCulture) ?? "all"} twice");
        return [.. sizes.DistinctBy(s => (s.Rows, s.Share))];
    }

    // "500", "0.5", "all", or "{ rows: 500, training: { epochs: 300 } }".
    static SizeEntry? Size(MapReader map, YamlNode node, ProblemList problems)
    {
        var (line, rows, training) = (MapReader.LineOf(node), node, (IReadOnlyList<SettingEntry>)[]);
        if (node is YamlMappingNode mapping)
        {
            var size = new MapReader(mapping, StudyKeys.Size, $"{map.What}: a size", problems);
            training = size.Settings("training");
            if (size.Find("rows") is { } number) rows = number;
            size.Finish();
        }
        if (rows is YamlScalarNode { Value: "all" }) return new SizeEntry(line, null) { Training = training };
        if (WholeNumber(rows) is { } count and >= 2 and <= int.MaxValue) return new SizeEntry(line, (int)count) { Training = training };
        if (Share(rows) is { } share) return new SizeEntry(line, null, share) { Training = training };
        problems.Add(line, $"{map.What}: sizes holds {MapReader.Shown(rows)}, but must be a whole number of at least 2, a share below 1, or all; or such a size with settings of its own: {{ rows: 500, training: {{ epochs: 800 }} }}");
        return null;
    }

    static ModelEntry Model(string name, int line, MapReader map)
    {
        var kind = map.RequiredText("kind", "name its family, such as megnet or atomsets");
        return new ModelEntry(name, line, kind, map.Rest());
    }

    static BudgetEntry Budget(MapReader map, int line)
    {
        var entry = new BudgetEntry(line, map.Count("trials"), map.Integer("epochs"), map.Positive("core_hours"));
        map.Finish();
        return entry;
    }

    static SearchEntry Search(MapReader map)
    {
        var entry = new SearchEntry(map.Line, map.Text("sampler") ?? "grid", map.LineOf("sampler"), map.Count("trials"), Pruner(map), map.Count("lookahead"));
        map.Finish();
        return entry;
    }

    // "pruner: asha", or "pruner: { rule: asha, min_epochs: 4, eta: 3 }".
    static PrunerEntry? Pruner(MapReader map)
    {
        var line = map.LineOf("pruner");
        if (map.Find("pruner") is not YamlMappingNode) return map.Text("pruner") is { } rule and not "none" ? new PrunerEntry(line, rule, null, null, null) : null;
        var pruner = map.Map("pruner", "pruner")!;
        var entry = new PrunerEntry(
            line, pruner.RequiredText("rule", "asha, hyperband or median"), pruner.Count("min_epochs"), pruner.Count("eta"), pruner.Count("startup"));
        pruner.Finish();
        return entry;
    }

    // "seeds: 3" is three replicates from the first seed on, "seeds: [1, 7]" are these two.
    static long[] Seeds(MapReader map, long first, ProblemList problems)
    {
        var node = map.Find("seeds");
        if (node is null) return [first];
        if (node is YamlScalarNode)
        {
            if (WholeNumber(node) is { } count and >= 1 and <= 1000) return [.. Enumerable.Range(0, (int)count).Select(i => first + i)];
            problems.Add(map.LineOf("seeds"), $"{map.What}: seeds is {MapReader.Shown(node)}, but must be a number of replicates from 1 to 1000, or a list of seeds");
            return [first];
        }
        var seeds = new List<long>();
        foreach (var item in map.List("seeds"))
        {
            if (WholeNumber(item) is { } seed and >= 0) seeds.Add(seed);
            else problems.Add(MapReader.LineOf(item), $"{map.What}: seeds holds {MapReader.Shown(item)}, but must hold whole numbers of at least 0");
        }
        if (seeds.Distinct().Count() < seeds.Count) problems.Add(map.LineOf("seeds"), $"{map.What}: seeds lists a seed twice: replicates must differ");
        if (map.List("seeds").Count == 0) problems.Add(map.LineOf("seeds"), $"{map.What}: seeds is an empty list: at least one replicate is wanted");
        return [.. seeds];
    }

    static long? WholeNumber(YamlNode node) =>
        node is YamlScalarNode { Value: { } text } && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    static double? Share(YamlNode node) =>
        node is YamlScalarNode { Value: { } text } && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is > 0 and < 1 ? value : null;
}
