using System.CommandLine;

namespace AtomSets.Commands;

/// <summary><c>atomsets study list</c>: one line per study.</summary>
static class StudyListVerb
{
    public static Command Create(CliContext context, Option<string?> database)
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
}
