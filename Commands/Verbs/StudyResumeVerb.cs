using System.CommandLine;

namespace AtomSets.Commands;

/// <summary><c>atomsets study resume</c>: continues a study.</summary>
static class StudyResumeVerb
{
    public static Command Create(CliContext context, Option<string?> database)
    {
        var name = StudyVerbs.StudyName();
        var workers = CommonOptions.Workers();
        var device = CommonOptions.Device();
        var command = new Command("resume", "Continues a study after a crash, a stop or a cancellation: finished trials stay, interrupted ones go on from their "
            + "checkpoint, failed ones are tried again.\n\nExample: atomsets study resume quick") { name, workers, device };
        command.SetAction(async (result, cancellation) =>
        {
            var study = result.GetValue(name)!;
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database), result.GetValue(workers), result.GetValue(device)), cancellation);
            return await new StudyRunner(context, session).ResumeAsync(study, cancellation);
        });
        return command;
    }
}
