using System.Globalization;
using AtomSets.Storage;

namespace AtomSets.Dashboard;

/// <summary>A target or a source of a study.</summary>
/// <param name="Metric">Of its errors; null before the first.</param>
/// <param name="IsTest">Whether something was tested.</param>
/// <param name="Sizes">Training sizes, ascending.</param>
sealed record StudySubject(
    string Name, string? DataSet, string? Property, string? Unit, string? Metric, bool IsTest, IReadOnlyList<string> Modes, IReadOnlyList<string> Models, IReadOnlyList<string> Sources, IReadOnlyList<long> Sizes)
{
    public static IReadOnlyList<StudySubject> TargetsOf(StudyOutline outline) => Of(outline.Steps.Where(steps => steps.Role == "transfer"), steps => steps.Target, outline.Results);

    public static IReadOnlyList<StudySubject> SourcesOf(StudyOutline outline) => Of(outline.Steps.Where(steps => steps.Role == "pretrain"), steps => steps.Source, []);

    /// <summary>From the plan, which tells of everything before the first result.</summary>
    static List<StudySubject> Of(IEnumerable<OutlineSteps> steps, Func<OutlineSteps, string?> name, IReadOnlyList<OutlineResults> rows)
    {
        var results = rows.Where(row => row.Target is not null).ToLookup(row => row.Target!, StringComparer.Ordinal);
        return [.. steps.Where(one => name(one) is not null).GroupBy(one => name(one)!, StringComparer.Ordinal).Select(subject => new StudySubject(
            subject.Key, First(subject, one => one.DataSet), First(subject, one => one.Property), First(subject, one => one.Unit), results[subject.Key].FirstOrDefault(row => row.Metric is not null)?.Metric,
            results[subject.Key].Any(row => row.IsTested), All(subject, one => one.Mode), All(subject, one => one.Model), All(subject, one => one.Source),
            [.. All(subject, one => one.Rows).Select(size => long.Parse(size, CultureInfo.InvariantCulture)).Order()]))];
    }

    static string? First(IEnumerable<OutlineSteps> steps, Func<OutlineSteps, string?> label) => steps.Select(label).FirstOrDefault(value => value is not null);

    static IReadOnlyList<string> All(IEnumerable<OutlineSteps> steps, Func<OutlineSteps, string?> label) => [.. steps.Select(label).OfType<string>().Distinct(StringComparer.Ordinal)];
}

/// <summary>Which answers about a study have something to say.</summary>
sealed record StudyContent(bool Scaling, bool Pairs, bool Searches, bool Layers, bool Sources, bool Groups, bool Ensembles, bool Parity, bool Discovery)
{
    public static StudyContent Of(StudyOutline outline)
    {
        var isTested = outline.Results.Any(row => row.IsTested);
        var transfers = outline.Results.Where(row => TargetCurves.IsTransfer(row.Role, row.Mode, row.Size)).ToList();
        var others = outline.Results.Where(row => !TargetCurves.IsTransfer(row.Role, row.Mode, row.Size));
        return new StudyContent(
            transfers.GroupBy(row => (row.Target, row.Mode)).Any(SeveralSizes) || others.GroupBy(row => row.Source).Any(SeveralSizes),
            transfers.Exists(row => row.Mode == "scratch") && transfers.Exists(row => row.Mode != "scratch"),
            outline.Steps.Any(steps => steps.Kind == "search"), outline.Steps.Any(steps => steps.HasLayer) || transfers.Select(row => ResultRow.LayerOf(row.Method)).OfType<string>().Distinct().Count() > 1, transfers.Select(row => row.Source).OfType<string>().Distinct().Count() > 1, outline.Steps.Any(steps => steps.HasGroup),
            isTested && transfers.GroupBy(row => (row.Target, row.Mode, row.Size)).Any(way => way.Sum(row => row.Runs) > 1), isTested, outline.Steps.Any(steps => steps.HasTop));

        static bool SeveralSizes(IEnumerable<OutlineResults> curve) => curve.Select(row => row.Size).OfType<long>().Distinct().Count() > 1;
    }
}
