using System.Globalization;
using AtomSets.Studies;

namespace AtomSets.Storage;

/// <summary>Error against size of one target, or of one source: a curve for each way of training, and how its runs ended.</summary>
/// <param name="Name">Of the target, or of the source.</param>
/// <param name="Unit">Of all errors; empty where unknown.</param>
/// <param name="Metric">Such as <c>mae</c>; null where unknown.</param>
/// <param name="IsTest">Whether errors are on test rows; else on validation rows.</param>
/// <param name="Curves">In plan order.</param>
/// <param name="Finished">Training runs that have ended well, of these: on their plateau, at the epoch cap, paused at a rung of a search.</param>
public sealed record TargetCurves(
    string Name, string? Property, string? DataSet, string Unit, string? Metric, bool IsTest, IReadOnlyList<Curve> Curves, int Finished, int Plateau, int Capped, int Paused)
{
    /// <summary>Whether a run belongs to a target's curves: it was trained for one, in a mode and at a size.</summary>
    public static bool IsTransfer(ResultRow row) => IsTransfer(row.Role, row.Mode, row.Size);

    /// <inheritdoc cref="IsTransfer(ResultRow)"/>
    public static bool IsTransfer(string? role, string? mode, long? size) => role != "pretrain" && mode is not null && size is not null;

    /// <summary>One target's.</summary>
    /// <param name="rows">Finished runs of this target; at least one.</param>
    public static TargetCurves Of(string target, IReadOnlyList<ResultRow> rows)
    {
        var isTest = rows.Any(row => row.TestError is not null);
        // In the order of the plan, of which every row tells, and not of the runs that have an error: which draw a search kept, and when it was drawn, is a matter of chance.
        var curves = rows.Where(row => row.Mode is not null && row.Size is not null).GroupBy(NameOf(rows)).Select(group => (Name: group.Key, Runs: group.Where(row => ErrorOf(row, isTest) is > 0).ToList()))
            .Where(group => group.Runs.Count > 0).Select(group => Curve(group.Name, group.Runs[0].Mode!, group.Runs, isTest)).ToList();
        return Create(target, rows, isTest, curves);
    }

    /// <summary>One source's: the runs that its searches kept, as one curve.</summary>
    /// <param name="rows">Finished pre-training runs of this source; at least one.</param>
    public static TargetCurves OfSource(string source, IReadOnlyList<ResultRow> rows)
    {
        var sizes = rows.Where(row => row.ValidationError is not null).GroupBy(row => row.Size).OrderBy(size => size.Key).Select(size => SearchSummary.Of([.. size]).Kept).Where(kept => kept.Count > 0).ToList();
        // While a study runs some replicates may be tested before others.
        var isTest = sizes.Count > 0 && sizes.TrueForAll(kept => kept.Any(row => row.TestError is not null));
        var points = sizes.SelectMany(kept => kept).Where(row => ErrorOf(row, isTest) is > 0).ToList();
        return Create(source, rows, isTest, points.Count == 0 ? [] : [Curve(source, points[0].Mode ?? "scratch", points, isTest)]);
    }

    /// <summary>A curve is a mode; where a study has several sources or models for one mode, their names are added.</summary>
    public static Func<ResultRow, string> NameOf(IReadOnlyList<ResultRow> rows)
    {
        var several = rows.GroupBy(row => row.Mode).ToLookup(mode => mode.Key, mode => (
            Sources: mode.Select(row => row.Source).Distinct().Count() > 1,
            SourceSizes: mode.Select(row => row.SourceSize).Distinct().Count() > 1,
            Models: mode.Select(row => row.Model).Distinct().Count() > 1));
        return row =>
        {
            var (sources, sourceSizes, models) = several[row.Mode].First();
            var name = row.Mode!;
            if (models) name += $" {row.Model}";
            if (sources) name += $" from {row.Source}";
            if (sourceSizes) name += string.Create(CultureInfo.InvariantCulture, $" ({row.SourceSize})");
            return name;
        };
    }

    /// <summary>The curve of training from scratch, beside which the others are judged; null without one, or with one for each of several models.</summary>
    public Curve? Scratch => Curves.FirstOrDefault(curve => curve.Name == "scratch");

    /// <summary>Beside which curve another is judged: training from scratch, of the same model where several are trained so; null without one, and for itself.</summary>
    public Curve? ScratchFor(Curve curve) => (Scratch ?? Curves.FirstOrDefault(other => other.Mode == "scratch" && other.Model is not null && other.Model == curve.Model)) is { } scratch && scratch != curve ? scratch : null;

    /// <summary>The planes through the curves of each mode (and model, where a mode trains several) whose target and source sizes vary independently.</summary>
    public IEnumerable<(string Mode, JointScalingFit Fit)> JointFits()
    {
        foreach (var mode in Curves.GroupBy(curve => (curve.Mode, curve.Model)))
        {
            (double, double, double)[] points = [.. mode.SelectMany(curve => curve.Points).Where(p => p.SourceSize is > 0).Select(p => (p.Size, (double)p.SourceSize!.Value, p.Error))];
            if (points.Select(p => p.Item1).Distinct().Count() < 2 || points.Select(p => p.Item2).Distinct().Count() < 2) continue;
            JointScalingFit fit;
            try
            {
                fit = JointScalingFit.Fit(points);
            }
            catch (ArgumentException)
            {
                continue; // Sizes that vary only together: no plane to fit.
            }
            yield return (NameOf(mode.Key.Mode, mode.Key.Model), fit);
        }
    }

    /// <summary>Error against the source's rows: of each mode (and model, and source) with three source sizes or more a curve for each size of the target. Sizes of their points are source sizes.</summary>
    public IReadOnlyList<Curve> SourceCurves()
    {
        var curves = new List<Curve>();
        var sources = Curves.ToLookup(curve => (curve.Mode, curve.Model), curve => curve.Source);
        foreach (var way in Curves.GroupBy(curve => (curve.Mode, curve.Model, curve.Source)))
        {
            var runs = way.SelectMany(curve => curve.Points).Where(run => run.SourceSize is > 0).ToList();
            if (runs.Select(run => run.SourceSize).Distinct().Count() < 3) continue;
            var name = NameOf(way.Key.Mode, way.Key.Model) + (sources[(way.Key.Mode, way.Key.Model)].Distinct().Count() > 1 ? $" from {way.Key.Source}" : "");
            foreach (var size in runs.GroupBy(run => run.Size).OrderBy(size => size.Key))
            {
                curves.Add(new Curve(string.Create(CultureInfo.InvariantCulture, $"{name} at {size.Key}"), way.Key.Mode, [.. size.Select(run => run with { Size = run.SourceSize!.Value })])
                {
                    Model = way.Key.Model, Source = way.Key.Source,
                });
            }
        }
        return curves;
    }

    /// <summary>The model is named where the mode trains several.</summary>
    string NameOf(string mode, string? model) => Curves.Where(curve => curve.Mode == mode).Select(curve => curve.Model).Distinct().Count() > 1 ? $"{mode} {model}" : mode;

    static TargetCurves Create(string name, IReadOnlyList<ResultRow> rows, bool isTest, IReadOnlyList<Curve> curves)
    {
        var finished = rows.Where(row => row.Key is not null && row.Status == NodeStatus.Finished).DistinctBy(row => row.Key).ToList();
        int Ended(string stop) => finished.Count(row => row.Stop == stop);
        return new TargetCurves(name, rows[0].Property, rows[0].DataSet, rows.Select(row => row.Unit).FirstOrDefault(unit => unit is not null) ?? "",
            rows.Select(row => row.Metric).FirstOrDefault(metric => metric is not null), isTest, curves, finished.Count, Ended("plateau"), Ended("cap"), Ended("paused"));
    }

    static Curve Curve(string name, string mode, List<ResultRow> runs, bool isTest) =>
        new(name, mode, [.. runs.Select(row => new CurveRun(row.Size!.Value, row.SourceSize, (row.Fold, row.Seed), ErrorOf(row, isTest)!.Value, row.Node))])
        {
            Model = Common(runs, row => row.Model), Source = Common(runs, row => row.Source),
        };

    static string? Common(List<ResultRow> runs, Func<ResultRow, string?> value) => runs.TrueForAll(row => value(row) == value(runs[0])) ? value(runs[0]) : null;

    static double? ErrorOf(ResultRow row, bool isTest) => isTest ? row.TestError : row.ValidationError;
}
