using System.CommandLine;
using AtomSets.Studies;

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
            var study = result.GetValue(name)!;
            await session.Engine.CancelAsync(study, cancellation);
            var status = (await session.Engine.ListAsync(cancellation)).FirstOrDefault(one => one.Name == study)?.Header.Status;
            context.Error.WriteLine(status is StudyStatus.Finished or StudyStatus.Failed
                ? $"{study} has ended already: nothing is left to cancel."
                : $"{study} is cancelled. Continue it with: atomsets study resume {study}");
            return ExitCodes.Done;
        });
        return command;
    }
}
