using System.CommandLine;
using System.Globalization;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary><c>atomsets study show</c>: the steps of a study, or its decisions.</summary>
static class StudyShowVerb
{
    /// <summary>A person reads the newest; what a program reads is complete.</summary>
    const int LinesForPeople = 100;

    public static Command Create(CliContext context, Option<string?> database)
    {
        var name = StudyVerbs.StudyName();
        var log = new Option<bool>("--log") { Description = "Print the decisions and their reasons, oldest first." };
        var limit = Number("--limit", $"With --log: at most so many of the newest decisions; default: {LinesForPeople} in a table, all in csv and json.", least: 1);
        var skip = Number("--skip", "With --log: leave out so many of the newest decisions.", least: 0);
        var find = new Option<string?>("--find") { Description = "With --log: only decisions with this in their node or text.", HelpName = "text" };
        var format = CommonOptions.Format();
        var command = new Command("show", "Shows one study: its steps, what became of them and why.\n\nExample: atomsets study show quick --log --find pruned")
        {
            name, log, limit, skip, find, format,
        };
        command.SetAction(async (result, cancellation) =>
        {
            await using var session = await context.Sessions.OpenAsync(new(result.GetValue(database)), cancellation);
            var chosen = result.GetValue(format);
            if (!result.GetValue(log))
            {
                var details = await session.Engine.ShowAsync(result.GetValue(name)!, cancellation);
                if (chosen == OutputFormat.Table) Introduce(context, details);
                Nodes(details).Write(context.Console, chosen);
                return ExitCodes.Done;
            }
            var filter = new DecisionFilter(result.GetValue(find), result.GetValue(skip) ?? 0, result.GetValue(limit) ?? (chosen == OutputFormat.Table ? LinesForPeople : int.MaxValue));
            var page = await session.Engine.DecisionsAsync(result.GetValue(name)!, filter, cancellation);
            if (chosen == OutputFormat.Table) WriteDecisions(context, page);
            else Decisions(page).Write(context.Console, chosen);
            if (chosen == OutputFormat.Table && page.Decisions.Length < page.Total) context.Error.WriteLine(Where(page, filter));
            return ExitCodes.Done;
        });
        return command;
    }

    static void Introduce(CliContext context, StudyDetails details)
    {
        var header = details.Summary.Header;
        context.Console.WriteLine($"{details.Summary.Name}: {header.Status.ToString().ToLowerInvariant()}, "
            + $"{header.Finished} of {header.Nodes} steps finished, {header.Failed} failed, {header.Blocked} blocked");
        if (header.Description.Length > 0) context.Console.WriteLine(header.Description);
        foreach (var fact in details.Study.Facts) context.Console.WriteLine($"- {fact.Text}");
    }

    /// <summary>Reasons are sentences: a line each, which a terminal may fold, rather than a column.</summary>
    static void WriteDecisions(CliContext context, DecisionPage page)
    {
        foreach (var stored in page.Decisions)
        {
            context.Console.Profile.Out.Writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{stored.Sequence,5}  {stored.At.ToLocalTime():yyyy-MM-dd HH:mm:ss}  {(stored.Decision.Node is { } node ? $"{node}: " : "")}{stored.Decision.Text}"));
        }
    }

    static string Where(DecisionPage page, DecisionFilter filter)
    {
        var last = page.Total - filter.Skip;
        if (page.Decisions.Length == 0) return $"none left: there are {page.Total} decisions";
        var earlier = last > page.Decisions.Length ? $"; earlier ones with --skip {filter.Skip + page.Decisions.Length}, all with --format csv" : "";
        return $"decisions {last - page.Decisions.Length + 1} to {last} of {page.Total}{earlier}";
    }

    static RowTable Decisions(DecisionPage page)
    {
        var table = new RowTable("event", "at", "node", "decision");
        foreach (var stored in page.Decisions) table.Add(stored.Sequence, stored.At, stored.Decision.Node, stored.Decision.Text);
        return table;
    }

    static RowTable Nodes(StudyDetails details)
    {
        var table = new RowTable("node", "kind", "status", "trial", "reason");
        foreach (var node in details.Nodes) table.Add(node.Node, node.Kind, node.Status.ToString().ToLowerInvariant(), node.Key?.Short, node.Reason);
        return table;
    }

    static Option<int?> Number(string name, string description, int least) => new(name)
    {
        Description = description,
        HelpName = "n",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least) return number;
            result.AddError($"{name} {text}: must be a whole number, at least {least}");
            return null;
        },
    };
}
