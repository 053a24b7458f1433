using System.CommandLine;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary><c>atomsets study watch</c>: follows a study that another process runs.</summary>
static class StudyWatchVerb
{
    public static Command Create(CliContext context, Option<string?> database)
    {
        var name = StudyVerbs.StudyName();
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
}
