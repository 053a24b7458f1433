using System.CommandLine;
using AtomSets.Studies;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary><c>atomsets study show</c>: the steps of a study, or its decisions.</summary>
static class StudyShowVerb
{
    public static Command Create(CliContext context, Option<string?> database)
    {
        var name = StudyVerbs.StudyName();
        var log = new Option<bool>("--log") { Description = "Print the decisions and their reasons." };
        var format = CommonOptions.Format();
        var command = new Command("show", "Shows one study: its steps, what became of them and why.\n\nExample: atomsets study show quick --log") { name, log, format };
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var details = await session.Engine.ShowAsync(result.GetValue(name)!, cancellation);
            var chosen = result.GetValue(format);
            if (chosen == OutputFormat.Table)
            {
                var header = details.Summary.Header;
                context.Console.WriteLine($"{details.Summary.Name}: {header.Status.ToString().ToLowerInvariant()}, "
                    + $"{header.Finished} of {header.Nodes} steps finished, {header.Failed} failed, {header.Blocked} blocked");
                if (header.Description.Length > 0) context.Console.WriteLine(header.Description);
                foreach (var fact in details.Study.Facts) context.Console.WriteLine($"- {fact.Text}");
            }
            var table = result.GetValue(log) ? Decisions(details) : Nodes(details);
            table.Write(context.Console, chosen);
            return ExitCodes.Done;
        });
        return command;
    }

    static RowTable Decisions(StudyDetails details)
    {
        var table = new RowTable("event", "at", "node", "decision");
        foreach (var stored in details.Decisions) table.Add(stored.Sequence, stored.At, stored.Decision.Node, stored.Decision.Text);
        return table;
    }

    static RowTable Nodes(StudyDetails details)
    {
        var table = new RowTable("node", "kind", "status", "trial", "reason");
        foreach (var node in details.Nodes) table.Add(node.Node, node.Kind, node.Status.ToString().ToLowerInvariant(), node.Key?.Short, node.Reason);
        return table;
    }
}
