using System.CommandLine;
using AtomSets.Dashboard;

namespace AtomSets.Commands;

/// <summary><c>atomsets study report</c>: a study's charts and numbers in one HTML file.</summary>
static class StudyReportVerb
{
    public static Command Create(CliContext context, Option<string?> database)
    {
        var name = StudyVerbs.StudyName();
        var output = new Option<string>("--output") { Description = "The file to write; an older one is replaced.", HelpName = "file", DefaultValueFactory = _ => "report.html" };
        var command = new Command("report", "Writes one HTML file with the study's charts and numbers, which opens from disk: to send, to keep, to print.\n\nExample: atomsets study report quick --output quick.html") { name, output };
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            await using var api = new DashboardApi(session.DashboardSources(context));
            var path = result.GetValue(output)!;
            var text = await api.ReportAsync(result.GetValue(name)!, cancellation);
            OutputFile.Write(path, text);
            context.Console.Profile.Out.Writer.WriteLine($"{path}: {Numbers.Bytes(new FileInfo(path).Length)}");
            if (!api.HasPages) context.Error.WriteLine("The program was built without its pages, so the report has no charts: install Node.js with npm and start ./atomsets again.");
            return ExitCodes.Done;
        });
        return command;
    }
}
