using System.CommandLine;
using AtomSets.Studies;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary><c>atomsets study …</c>: run, list, show, watch, resume, cancel and delete studies.</summary>
static class StudyVerbs
{
    public static Command Create(CliContext context, Option<string?> database) =>
        new("study", "Runs and manages studies.\n\nExample: atomsets study run examples/quick.yaml")
        {
            Run(context, database),
            List(context, database),
            Show(context, database),
            Watch(context, database),
            Resume(context, database),
            Cancel(context, database),
            Delete(context, database),
        };

    static Command Run(CliContext context, Option<string?> database)
    {
        var file = new Argument<string>("file") { Description = "The study file (YAML)." };
        var workers = CommonOptions.Workers();
        var command = new Command("run", "Runs a study file, and shows its results. Run again, it computes only what is new in the file; after a stop, it continues."
            + "\n\nExample: atomsets study run examples/quick.yaml") { file, workers };
        command.SetAction(async (result, cancellation) =>
        {
            var path = result.GetValue(file)!;
            var study = StudyFiles.Read(path);
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database), result.GetValue(workers)), cancellation);
            return await new StudyRunner(context, session).RunAsync(study, cancellation);
        });
        return command;
    }

    static Command List(CliContext context, Option<string?> database)
    {
        var format = CommonOptions.Format();
        var command = new Command("list", "Lists all studies.\n\nExample: atomsets study list --format json") { format };
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var table = new RowTable("study", "status", "nodes", "finished", "failed", "blocked", "changed", "description");
            foreach (var study in await session.Engine.ListAsync(cancellation))
            {
                var header = study.Header;
                table.Add(study.Name, header.Status.ToString().ToLowerInvariant(), header.Nodes, header.Finished, header.Failed, header.Blocked,
                    study.Changed, header.Description);
            }
            table.Write(context.Console, result.GetValue(format));
            if (table.Count == 0 && result.GetValue(format) == OutputFormat.Table)
                context.Error.WriteLine("No study yet. Start with: atomsets demo   or: atomsets study run examples/quick.yaml");
            return ExitCodes.Done;
        });
        return command;
    }

    static Command Show(CliContext context, Option<string?> database)
    {
        var name = StudyName();
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

    static Command Watch(CliContext context, Option<string?> database)
    {
        var name = StudyName();
        var command = new Command("watch", "Follows a study that runs in another terminal.\n\nExample: atomsets study watch quick") { name };
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var end = await new StudyProgressView(context).FollowAsync(session.Engine.WatchAsync(result.GetValue(name)!, cancellation), cancellation);
            context.Error.WriteLine($"{end.Study}: {end.Status.ToString().ToLowerInvariant()}");
            return end.Status == StudyStatus.Finished ? ExitCodes.Done : ExitCodes.FailedWork;
        });
        return command;
    }

    static Command Resume(CliContext context, Option<string?> database)
    {
        var name = StudyName();
        var workers = CommonOptions.Workers();
        var command = new Command("resume", "Continues a study after a crash, a stop or a cancellation: finished trials stay, interrupted ones go on from their "
            + "checkpoint, failed ones are tried again.\n\nExample: atomsets study resume quick") { name, workers };
        command.SetAction(async (result, cancellation) =>
        {
            var study = result.GetValue(name)!;
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database), result.GetValue(workers)), cancellation);
            return await new StudyRunner(context, session).ResumeAsync(study, cancellation);
        });
        return command;
    }

    static Command Cancel(CliContext context, Option<string?> database)
    {
        var name = StudyName();
        var command = new Command("cancel", "Stops a study; its running trials keep their checkpoints and `study resume` continues it.\n\nExample: atomsets study cancel quick") { name };
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            await session.Engine.CancelAsync(result.GetValue(name)!, cancellation);
            context.Error.WriteLine($"{result.GetValue(name)} is cancelled. Continue it with: atomsets study resume {result.GetValue(name)}");
            return ExitCodes.Done;
        });
        return command;
    }

    static Command Delete(CliContext context, Option<string?> database)
    {
        var name = StudyName();
        var command = new Command("delete", "Removes a study's record. Trials that it finished stay in the database for other studies.\n\nExample: atomsets study delete quick") { name };
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            await session.Engine.DeleteAsync(result.GetValue(name)!, cancellation);
            context.Error.WriteLine($"{result.GetValue(name)} is deleted.");
            return ExitCodes.Done;
        });
        return command;
    }

    static Argument<string> StudyName() => new("study") { Description = "The study's name (study list shows them)." };
}
