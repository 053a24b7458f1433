using System.CommandLine;

namespace AtomSets.Commands;

/// <summary><c>atomsets study priority</c>: whose trials come first.</summary>
static class StudyPriorityVerb
{
    public static Command Create(CliContext context, Option<string?> database)
    {
        var name = StudyVerbs.StudyName();
        var priority = new Argument<int>("priority") { Description = "Any whole number; higher first. A study has 0 unless its file says otherwise." };
        var command = new Command("priority", "Changes the priority of a study among those that share its workers, also while it runs. Trials that run go on; of those that wait, "
            + "the ones of the highest priority come first.\n\nExample: atomsets study priority quick 5") { name, priority };
        command.SetAction(async (result, cancellation) =>
        {
            var (study, number) = (result.GetValue(name)!, result.GetValue(priority));
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            await session.Engine.PrioritizeAsync(study, number, cancellation);
            context.Error.WriteLine($"{study} has priority {number} now.");
            return ExitCodes.Done;
        });
        return command;
    }
}
