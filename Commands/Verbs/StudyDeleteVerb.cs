using System.CommandLine;

namespace AtomSets.Commands;

/// <summary><c>atomsets study delete</c>: removes a study's record.</summary>
static class StudyDeleteVerb
{
    public static Command Create(CliContext context, Option<string?> database)
    {
        var name = StudyVerbs.StudyName();
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
}
