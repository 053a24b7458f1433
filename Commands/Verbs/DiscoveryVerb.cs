using System.CommandLine;
using AtomSets.Engine;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary><c>atomsets results discovery</c>: whether models find the highest values, none of which they were trained on.</summary>
static class DiscoveryVerb
{
    public static Command Create(CliContext context, Option<string?> database)
    {
        var study = StudyVerbs.StudyName();
        var format = CommonOptions.Format();
        var command = new Command("discovery", "How well models that never saw the highest values (split: top) find them among the test rows: found (of the n highest values the share among the n predicted highest), "
            + "by chance, first_10, above (predicted beyond everything trained on), error and mean residual on the highest values."
            + "\n\nExamples: atomsets results discovery atomsets-discovery\n          atomsets results discovery atomsets-discovery --format csv") { study, format };
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var name = result.GetValue(study)!;
            var outcomes = await DiscoveryOutcome.OfAsync(await session.Engine.ShowAsync(name, cancellation), session.Ledger, cancellation);
            if (outcomes.Count == 0) throw new StudyInputException($"study {name} has no finished evaluation of a target whose highest values are held out: give the target split: {{ top: 0.1, test: 0.1, validation: 0.1 }}, and run it");
            var chosen = result.GetValue(format);
            Table(outcomes, chosen == OutputFormat.Table).Write(context.Console, chosen);
            return ExitCodes.Done;
        });
        return command;
    }

    internal static RowTable Table(IReadOnlyList<DiscoveryOutcome> outcomes, bool isForPeople)
    {
        string[] figures = ["found", "first_10", "above", "top_error", "top_residual"];
        var table = new RowTable(["target", "mode", "rows", "top", "candidates", "by_chance", .. isForPeople ? figures : figures.SelectMany(figure => new[] { figure, figure + "_se" }), "runs", "unit"]);
        foreach (var one in outcomes)
        {
            object?[] Cells(Func<DiscoveryFigures, double> figure) => isForPeople
                ? [Numbers.WithError(one.Mean(figure), one.StandardError(figure))]
                : [one.Mean(figure), one.StandardError(figure)];
            table.Add(
            [
                one.Target, one.Way, one.Rows, (long)one.Top, (long)one.Candidates, one.Top / (double)one.Candidates, .. Cells(part => part.Found), .. Cells(part => part.First),
                .. Cells(part => part.Above), .. Cells(part => part.Error), .. Cells(part => part.Residual), (long)one.Parts.Count, one.Unit,
            ]);
        }
        return table;
    }
}
