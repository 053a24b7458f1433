using System.Globalization;
using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Dashboard;

/// <summary>A target or a source of a study.</summary>
/// <param name="Metric">Of its errors; null before the first.</param>
/// <param name="IsTest">Whether something was tested.</param>
/// <param name="Sizes">Training sizes, ascending.</param>
sealed record StudySubject(
    string Name, string? DataSet, string? Property, string? Unit, string? Metric, bool IsTest, IReadOnlyList<string> Modes, IReadOnlyList<string> Models, IReadOnlyList<string> Sources, IReadOnlyList<long> Sizes)
{
    public static IReadOnlyList<StudySubject> TargetsOf(StudyDetails details, IReadOnlyList<ResultRow> rows) => Of(details, "target", "transfer", rows);

    public static IReadOnlyList<StudySubject> SourcesOf(StudyDetails details) => Of(details, "source", "pretrain", []);

    /// <summary>From the plan, which tells of everything before the first result.</summary>
    static List<StudySubject> Of(StudyDetails details, string label, string role, IReadOnlyList<ResultRow> rows)
    {
        var results = rows.Where(row => row.Target is not null).ToLookup(row => row.Target!, StringComparer.Ordinal);
        return [.. details.Nodes.Where(node => node.Labels.ContainsKey(label) && node.Labels.GetValueOrDefault("role") == role).GroupBy(node => node.Labels[label], StringComparer.Ordinal).Select(subject => new StudySubject(
            subject.Key, First(subject, "data"), First(subject, "property"), First(subject, "unit"), results[subject.Key].FirstOrDefault(row => row.Metric is not null)?.Metric,
            results[subject.Key].Any(row => row.TestError is not null), All(subject, "mode"), All(subject, "model"), All(subject, "source"),
            [.. All(subject, "rows").Select(size => long.Parse(size, CultureInfo.InvariantCulture)).Order()]))];
    }

    static string? First(IEnumerable<NodeRow> nodes, string label) => nodes.Select(node => node.Labels.GetValueOrDefault(label)).FirstOrDefault(value => value is not null);

    static IReadOnlyList<string> All(IEnumerable<NodeRow> nodes, string label) => [.. nodes.Select(node => node.Labels.GetValueOrDefault(label)).OfType<string>().Distinct(StringComparer.Ordinal)];
}

/// <summary>Which answers about a study have something to say.</summary>
sealed record StudyContent(bool Scaling, bool Pairs, bool Searches, bool Layers, bool Sources, bool Groups, bool Ensembles, bool Parity, bool Discovery)
{
    public static StudyContent Of(StudyDetails details, IReadOnlyList<ResultRow> rows)
    {
        var transfers = rows.Where(TargetCurves.IsTransfer).ToList();
        bool HasLabel(string name) => details.Nodes.Any(node => node.Labels.ContainsKey(name));
        var isTested = rows.Any(row => row.TestError is not null);
        return new StudyContent(
            transfers.GroupBy(row => (row.Target, row.Mode)).Any(curve => curve.Select(row => row.Size).Distinct().Count() > 1) || rows.Where(row => !TargetCurves.IsTransfer(row)).GroupBy(row => row.Source).Any(source => source.Select(row => row.Size).Distinct().Count() > 1),
            transfers.Exists(row => row.Mode == "scratch") && transfers.Exists(row => row.Mode != "scratch"),
            details.Study.Nodes.Any(node => node is SearchNode), HasLabel("layer"), transfers.Select(row => row.Source).OfType<string>().Distinct().Count() > 1, HasLabel("group"),
            isTested && transfers.GroupBy(row => (row.Target, row.Mode, row.Size)).Any(way => way.Count() > 1), isTested, HasLabel("top"));
    }
}
