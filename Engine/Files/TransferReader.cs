using YamlDotNet.RepresentationModel;

namespace AtomSets.Engine;

/// <summary>
/// Reads an entry of a study's transfer list: a mode alone, or <c>{ mode, name, model, source, targets, group, trials, tested, acquire, training }</c>, where mode and source may be a
/// choice that is searched; or <c>{ ensemble, name, targets, group }</c>, the mean of what other entries have trained.
/// </summary>
static class TransferReader
{
    public static TransferEntry? Read(YamlNode node, ProblemList problems)
    {
        var line = MapReader.LineOf(node);
        if (node is YamlScalarNode { Value: { Length: > 0 } mode }) return new TransferEntry(mode, line, [mode], null, line, []);
        if (node is not YamlMappingNode mapping)
        {
            problems.Add(line, "a transfer entry is a mode (full) or { mode: full, name: …, model: …, training: … }");
            return null;
        }
        if (mapping.Children.Keys.Any(key => key is YamlScalarNode { Value: "ensemble" })) return Ensemble(new MapReader(mapping, StudyKeys.Ensemble, "ensemble", problems), line, problems);
        var map = new MapReader(mapping, StudyKeys.Transfer, "transfer entry", problems);
        var (modes, isChoice) = Modes(map, problems);
        var (sources, searches) = Sources(map, problems);
        if (isChoice && map.Text("name") is null) problems.Add(line, "a transfer entry with a choice of modes needs a name, under which its results are found: name: …");
        var entry = new TransferEntry(map.Text("name") ?? modes[0], line, modes, map.Text("model"), map.LineOf("model"), map.Settings("training"))
        {
            Sources = sources,
            SourcesLine = map.LineOf("source"),
            SearchesSources = searches,
            Targets = Names(map.List("targets"), "targets", problems),
            TargetsLine = map.LineOf("targets"),
            Groups = Names(map.List("group"), "group", problems),
            Trials = map.Count("trials"),
            IsTested = map.Flag("tested"),
            Acquire = Acquire(map, problems),
        };
        CheckTested(entry, map, problems);
        if (entry.Acquire is not null && entry.Groups.Count > 0) problems.Add(map.LineOf("acquire"), $"transfer {entry.Name}: rounds of active learning compete in no group: leave out \"group\"");
        map.Finish();
        return entry;
    }

    static void CheckTested(TransferEntry entry, MapReader map, ProblemList problems)
    {
        if (!entry.IsTested && entry.Groups.Count > 0) problems.Add(map.LineOf("tested"), $"transfer {entry.Name}: of a group the winner is tested: leave out \"tested\" or \"group\"");
    }

    // "acquire: { by: uncertainty, start: 50, batch: 50, rounds: 6, members: 4 }"
    static AcquireEntry? Acquire(MapReader entry, ProblemList problems)
    {
        if (entry.Map("acquire", "transfer entry: acquire") is not { } map) return null;
        var by = map.Word("by", Acquisition.Uncertainty);
        var (start, batch, rounds) = (map.Count("start"), map.Count("batch"), map.Count("rounds"));
        if (start is null || batch is null || rounds is null) problems.Add(entry.LineOf("acquire"), "transfer entry: acquire needs start (rows of the first round), batch (rows that each round adds) and rounds");
        var read = new AcquireEntry(entry.LineOf("acquire"), by, start ?? 2, batch ?? 1, rounds ?? 1, map.Count("members") ?? 1);
        map.Finish();
        return read;
    }

    // One predictor of what other entries have trained.
    static TransferEntry Ensemble(MapReader map, int line, ProblemList problems)
    {
        var entry = new TransferEntry(map.RequiredText("name", "an ensemble's results are found under it"), line, ["ensemble"], null, line, [])
        {
            Ensemble = Names(map.List("ensemble"), "ensemble", problems),
            Targets = Names(map.List("targets"), "targets", problems),
            TargetsLine = map.LineOf("targets"),
            Groups = Names(map.List("group"), "group", problems),
            IsTested = map.Flag("tested"),
        };
        CheckTested(entry, map, problems);
        if (entry.Ensemble.Count == 0) problems.Add(line, $"transfer {entry.Name}: ensemble is empty: name the entries whose models are its members");
        map.Finish();
        return entry;
    }

    static (IReadOnlyList<string> Modes, bool IsChoice) Modes(MapReader map, ProblemList problems)
    {
        if (map.Find("mode") is not YamlMappingNode choice) return ([map.RequiredText("mode", "scratch, full, new-head, freeze:<part> or features:<layer>")], false);
        var modes = Choice(choice, "mode", problems);
        return (modes.Count > 0 ? modes : ["scratch"], true);
    }

    // "source: a" and "source: [a, b]" take these; "source: { choice: [a, b] }" searches among them, "{ choice: all }" among all.
    static (IReadOnlyList<string> Sources, bool Searches) Sources(MapReader map, ProblemList problems) => map.Find("source") is YamlMappingNode choice
        ? (Choice(choice, "source", problems), true)
        : (Names(map.List("source"), "source", problems), false);

    static IReadOnlyList<string> Choice(YamlMappingNode node, string what, ProblemList problems)
    {
        if (node.Children is [{ Key: YamlScalarNode { Value: "choice" } } member])
        {
            if (what == "source" && member.Value is YamlScalarNode { Value: "all" }) return [];
            if (member.Value is YamlSequenceNode { Children.Count: > 0 } list) return Names(list.Children, what, problems);
        }
        problems.Add(MapReader.LineOf(node), $"transfer entry: {what} is {MapReader.Shown(node)}, but must be a name{(what == "source" ? ", a list of names" : "")} or a choice: {{ choice: [a, b] }}");
        return [];
    }

    static IReadOnlyList<string> Names(IEnumerable<YamlNode> nodes, string what, ProblemList problems)
    {
        var names = new List<string>();
        foreach (var node in nodes)
        {
            if (node is not YamlScalarNode { Value: { Length: > 0 } name }) problems.Add(MapReader.LineOf(node), $"transfer entry: {what} holds {MapReader.Shown(node)}, but must hold names");
            else if (names.Contains(name)) problems.Add(MapReader.LineOf(node), $"transfer entry: {what} lists {name} twice");
            else names.Add(name);
        }
        return names;
    }
}
