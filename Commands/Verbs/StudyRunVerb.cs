using System.CommandLine;

namespace AtomSets.Commands;

/// <summary><c>atomsets study run</c>: runs a study file, or continues or extends its study.</summary>
static class StudyRunVerb
{
    public static Command Create(CliContext context, Option<string?> database)
    {
        var file = new Argument<string>("file") { Description = "The study file (YAML)." };
        var workers = CommonOptions.Workers();
        var device = CommonOptions.Device();
        var priority = new Option<int?>("--priority") { Description = "Priority among studies that share workers, instead of the file's own; higher first.", HelpName = "number" };
        var command = new Command("run", "Runs a study file, and shows its results. Run again, it computes only what is new in the file; after a stop, it continues."
            + "\n\nExample: atomsets study run examples/quick.yaml") { file, workers, device, priority };
        command.SetAction(async (result, cancellation) =>
        {
            var path = result.GetValue(file)!;
            var study = StudyFiles.Read(path) with { Priority = result.GetValue(priority) };
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database), result.GetValue(workers), result.GetValue(device)), cancellation);
            return await new StudyRunner(context, session).RunAsync(study, cancellation);
        });
        return command;
    }
}
