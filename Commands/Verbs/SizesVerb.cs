using System.CommandLine;
using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary><c>atomsets results sizes</c>: error against training size, or against the source's, with the power law through each curve.</summary>
sealed class SizesVerb(CliContext context, Option<string?> database)
{
    const ulong BootstrapSeed = 1;

    /// <summary>What makes a curve, apart from the size that it goes over.</summary>
    static readonly string[] Curve = ["study", "role", "target", "mode", "model", "source"];

    public Command Create()
    {
        var (filter, answer) = (new ResultFilterOptions(seeds: false), new AnswerOptions(200, "points"));
        var fits = new Option<bool>("--fits") { Description = "The fits instead of the points: log10(error) = a - b log10(size), a row per curve." };
        var against = new Option<string>("--against") { Description = "The size that errors are looked at over: of the training set (target), or of the parent's (source).", HelpName = "target|source", DefaultValueFactory = _ => "target" };
        against.AcceptOnlyFromAmong("target", "source");
        var wanted = CommonOptions.WantedError("An error: the fits say the size that reaches it.");
        var command = new Command("sizes", "Error against size: a row per curve and size, and the power law through each curve with two sizes or more."
            + "\n\nExamples: atomsets results sizes quick\n          atomsets results sizes quick --fits --for-error 0.5 --format csv") { fits, against, wanted };
        filter.AddTo(command);
        answer.AddTo(command);
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var chosen = filter.Read(result);
            await filter.CheckStudiesAsync(chosen, session, cancellation);
            var points = await session.Answers.SizesAsync(chosen, answer.Page(result), cancellation);
            var isTable = answer.Format(result) == OutputFormat.Table;
            if (!result.GetValue(fits)) answer.Write(context, result, points);
            if (!result.GetValue(fits) && !isTable) return ExitCodes.Done;
            var laws = new AnswerTable([], [], false);
            if (points.Rows.Count > 0)
            {
                var study = points["study"];
                var shown = chosen with { Studies = [.. points.Rows.Select(row => (string)row[study]!).Distinct(StringComparer.Ordinal)] };
                var isUntested = points.Rows.Any(row => row[points["rows"]] is "validation");
                laws = Fits(points, await session.Answers.SizePointsAsync(shown, cancellation), isUntested ? await session.Answers.SizeReplicatesAsync(shown, cancellation) : null, result.GetValue(against) == "source", result.GetValue(wanted));
            }
            if (!result.GetValue(fits) && laws.Rows.Count > 0) context.Console.Profile.Out.Writer.WriteLine("\nFits of log10(error) = a - b log10(size):");
            if (result.GetValue(fits) || laws.Rows.Count > 0) answer.Write(context, result, laws with { More = result.GetValue(fits) && points.More });
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>A law for every curve shown: through single test errors, or through single validation errors of the points' configurations where none was tested.</summary>
    static AnswerTable Fits(AnswerTable shown, AnswerTable tested, AnswerTable? untested, bool overSource, double? wanted)
    {
        var (over, fixedSize) = overSource ? ("source_size", "size") : ("size", "source_size");
        string[] keys = [.. Curve, fixedSize];
        var (ofTest, ofValidation) = (Runs(tested, keys, over), Runs(untested ?? tested, keys, over));
        var rows = new List<object?[]>();
        foreach (var curve in shown.Rows.GroupBy(row => Key(shown, row, keys)))
        {
            var isTest = curve.Any(row => row[shown["rows"]] is "test");
            var sizes = curve.Select(row => (long?)row[shown[over]]).ToHashSet();
            var points = (isTest ? ofTest : ofValidation)[curve.Key].Where(point => sizes.Contains(point.Size) && point.Size > 0 && point.Error > 0).ToList();
            if (points.Select(point => point.Size).Distinct().Count() < 2) continue;
            // A curve of thousands of points has a narrow interval however often it is resampled.
            var fit = ScalingFit.Fit([.. points.Select(point => (double)point.Size!.Value)], [.. points.Select(point => point.Error)], BootstrapSeed, Math.Clamp(1_000_000 / points.Count, 200, 2000));
            var first = curve.First();
            rows.Add(
            [
                .. keys.Select(key => first[shown[key]]), isTest ? "test" : "validation", fit.Points, points.Min(point => point.Size), points.Max(point => point.Size),
                fit.Intercept, fit.Slope, Finite(fit.SlopeError), Finite(fit.SlopeLow), Finite(fit.SlopeHigh), Finite(fit.RSquared), Finite(fit.RSquaredOfMeans), wanted is { } error ? Finite(fit.SizeFor(error)) : null, first[shown["unit"]],
            ]);
        }
        return new AnswerTable([.. keys, "rows", "points", "smallest", "largest", "a", "b", "b_se", "b_low", "b_high", "r2", "r2_means", "size_for_error", "unit"], rows, false);
    }

    static ILookup<string, (long? Size, double Error)> Runs(AnswerTable runs, string[] keys, string over) =>
        runs.Rows.ToLookup(row => Key(runs, row, keys), row => ((long?)row[runs[over]], (double)row[runs["error"]]!));

    static string Key(AnswerTable table, object?[] row, string[] keys) => string.Join('\n', keys.Select(key => row[table[key]]));

    static object? Finite(double value) => double.IsFinite(value) ? value : null;
}
