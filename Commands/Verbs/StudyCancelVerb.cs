using System.CommandLine;

namespace AtomSets.Commands;

/// <summary><c>atomsets study cancel</c>: stops a study.</summary>
static class StudyCancelVerb
{
    public static Command Create(CliContext context, Option<string?> database)
    {
        var name = StudyVerbs.StudyName();
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
}
