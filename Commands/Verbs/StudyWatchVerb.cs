using System.CommandLine;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary><c>atomsets study watch</c>: follows a study that another process runs.</summary>
static class StudyWatchVerb
{
    /// <summary>Long enough for a restart of the study's process; a script that waits for the study must not wait for ever.</summary>
    static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(2);

    public static Command Create(CliContext context, Option<string?> database)
    {
        var name = StudyVerbs.StudyName();
        var once = new Option<bool>("--once") { Description = "Print where the study stands in one line, and leave." };
        var command = new Command("watch", "Follows a study that another process runs, to its end; a failed, cancelled or abandoned study is exit code 1. Ctrl-C ends the watching, not the study."
            + "\n\nExample: atomsets study watch quick") { name, once };
        command.SetAction(async (result, cancellation) =>
        {
            var study = result.GetValue(name)!;
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var progress = session.Engine.WatchAsync(study, cancellation);
            if (result.GetValue(once))
            {
                await foreach (var now in progress)
                {
                    context.Console.Profile.Out.Writer.WriteLine(StudyProgressView.Line(now));
                    return Exit(now);
                }
            }
            StudyProgress end;
            try
            {
                end = await new StudyProgressView(context).FollowAsync(progress, SilenceLimit, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                context.Error.WriteLine($"No longer watching; the study goes on. Look again with: atomsets study watch {study}");
                return ExitCodes.Interrupted;
            }
            if (ProgressText.Silence(end) is { } silence) context.Error.WriteLine($"{study}: {silence}");
            else context.Error.WriteLine($"{study}: {end.Status.ToString().ToLowerInvariant()}, {string.Join(", ", ProgressText.Counts(end).Prepend(ProgressText.Done(end)))}. Its results: atomsets results {study}");
            return Exit(end);
        });
        return command;
    }

    static int Exit(StudyProgress item) => item.Status == StudyStatus.Finished || (item.Status == StudyStatus.Running && item.Silence is null) ? ExitCodes.Done : ExitCodes.FailedWork;
}
