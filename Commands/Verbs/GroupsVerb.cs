using System.CommandLine;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary><c>atomsets results groups</c>: the winners of a study's groups beside baselines and published errors, a row per target and size.</summary>
static class GroupsVerb
{
    public static Command Create(CliContext context, Option<string?> database)
    {
        var study = StudyVerbs.StudyName();
        var scratch = new Option<string>("--scratch") { Description = "Group of the configurations from scratch.", DefaultValueFactory = _ => "SC" };
        var transfer = new Option<string>("--transfer") { Description = "Group of the configurations by transfer.", DefaultValueFactory = _ => "TL" };
        var best = new Option<string?>("--best") { Description = "Group of everything, whose winner is what validation chooses; default: the better of the two on validation.", HelpName = "group" };
        var winners = new Option<bool>("--winners") { Description = "A row per target and group instead: which configuration won, with its errors." };
        var format = CommonOptions.Format();
        var command = new Command("groups", "What the groups of a study reach: baselines, published errors, test errors of the winners by validation, and counts over all targets."
            + "\n\nExamples: atomsets results groups crossprop\n          atomsets results groups crossprop --scratch SC-EF --format csv") { study, scratch, transfer, best, winners, format };
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var name = result.GetValue(study)!;
            var outcomes = await GroupOutcome.OfAsync(await session.Engine.ShowAsync(name, cancellation), session.Ledger, cancellation);
            if (!outcomes.Exists(outcome => outcome.IsChoice))
                throw new StudyInputException($"study {name} has no group that was tested: give entries of its transfer list a group, such as {{ mode: full, group: TL }}, and run it");
            var chosen = result.GetValue(format);
            if (result.GetValue(winners))
            {
                Winners(outcomes).Write(context.Console, chosen);
                return ExitCodes.Done;
            }
            var report = new GroupReport(DataSetRegistry.Shared, result.GetValue(scratch)!, result.GetValue(transfer)!, result.GetValue(best));
            report.Table(outcomes, chosen == OutputFormat.Table).Write(context.Console, chosen);
            if (chosen != OutputFormat.Table) return ExitCodes.Done;
            foreach (var note in report.Notes) context.Console.WriteLine(note);
            foreach (var line in MissingReport.Lines(await session.MissingAsync(name, cancellation))) context.Console.WriteLine(line);
            return ExitCodes.Done;
        });
        return command;
    }

    static RowTable Winners(List<GroupOutcome> outcomes)
    {
        var table = new RowTable("target", "rows", "group", "winner", "validation", "test", "test_se", "replicates", "unit");
        foreach (var outcome in outcomes)
            table.Add(outcome.Target, outcome.Rows, outcome.Group, outcome.Winner, outcome.Validation, outcome.Test, outcome.TestError, outcome.Tests.Length, outcome.Unit);
        return table;
    }
}
