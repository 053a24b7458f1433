using System.CommandLine;
using AtomSets.Studies;

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
                table.Add(study.Name, await StatusAsync(session.Engine, study, cancellation), header.Nodes, header.Finished, header.Failed, header.Blocked,
                    study.Changed, header.Description);
            }
            table.Write(context.Console, result.GetValue(format));
            if (table.Count == 0 && result.GetValue(format) == OutputFormat.Table)
                context.Error.WriteLine("No study yet. Start with: atomsets demo   or: atomsets study run examples/quick.yaml");
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>A study that is not ended but that no process works on is called interrupted: its own rows cannot know.</summary>
    static async Task<string> StatusAsync(IStudyEngine engine, StudySummary study, CancellationToken cancellation)
    {
        if (study.Header.Status == StudyStatus.Running)
        {
            await foreach (var now in engine.WatchAsync(study.Name, cancellation))
            {
                if (now.Silence is not null) return "interrupted";
                break;
            }
        }
        return study.Header.Status.ToString().ToLowerInvariant();
    }
}
