using System.CommandLine;
using AtomSets.Engine;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary><c>atomsets results ensemble</c>: the mean of the predictions that several sources' models make on the same test rows.</summary>
static class EnsembleVerb
{
    public static Command Create(CliContext context, Option<string?> database)
    {
        var study = StudyVerbs.StudyName();
        var format = CommonOptions.Format();
        var command = new Command("ensemble", "Means of predictions: the ensembles that the study file names, with the validation error by which they can be chosen, their test error and the measured coverage of their intervals; and for each target, mode and size the error of single models, of the mean over sources for each seed, and of the mean over sources and seeds."
            + "\n\nExample: atomsets results ensemble crossprop-sources") { study, format };
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var name = result.GetValue(study)!;
            var outcomes = await EnsembleOutcome.OfAsync(await session.Engine.ShowAsync(name, cancellation), session.Ledger, cancellation);
            if (outcomes.Count == 0) throw new StudyInputException($"study {name} has no mode that was tested with several sources, models or seeds");
            var chosen = result.GetValue(format);
            var isTable = chosen == OutputFormat.Table;
            var table = new RowTable(isTable ? ["target", "mode", "rows", "members", "single", "over sources", "over all", "validation", "coverage 90", "unit"]
                : ["target", "mode", "rows", "members", "single", "over_sources", "over_sources_se", "over_all", "validation", "coverage_90", "unit"]);
            foreach (var one in outcomes)
            {
                var members = isTable ? (object)one.Members.Count : string.Join(' ', one.Members);
                if (isTable) table.Add(one.Target, one.Mode, one.Rows, members, one.Single, Numbers.WithError(one.Mean, one.StandardError), one.OverAll, one.Validation, one.Coverage, one.Unit);
                else table.Add(one.Target, one.Mode, one.Rows, members, one.Single, one.Mean, one.StandardError, one.OverAll, one.Validation, one.Coverage, one.Unit);
            }
            table.Write(context.Console, chosen);
            return ExitCodes.Done;
        });
        return command;
    }
}
