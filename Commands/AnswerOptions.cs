using System.CommandLine;
using System.Globalization;
using AtomSets.Storage;

namespace AtomSets.Commands;

/// <summary>The options of verbs that answer with rows: how to print, how many, from which on.</summary>
/// <param name="limit">Rows that are printed when nothing is said.</param>
/// <param name="rows">What they are called.</param>
/// <param name="none">What is said on standard error where there is none.</param>
sealed class AnswerOptions(int limit, string rows = "rows", string none = "No row: nothing that is finished meets the filters.")
{
    readonly Option<OutputFormat> _format = CommonOptions.Format();
    readonly Option<int> _limit = Count("--limit", $"How many {rows} at most; 0 for all.", limit);
    readonly Option<int> _offset = Count("--offset", $"How many {rows} to pass over first.", 0);

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_limit, _offset, _format]) command.Add(option);
    }

    public OutputFormat Format(ParseResult result) => result.GetValue(_format);

    public AnswerPage Page(ParseResult result) => new(result.GetValue(_limit), result.GetValue(_offset));

    /// <summary>Prints the rows, and on standard error whether there are more. People are spared the columns that say nothing.</summary>
    public void Write(CliContext context, ParseResult result, AnswerTable answer)
    {
        var format = Format(result);
        var shown = Enumerable.Range(0, answer.Columns.Count).Where(i => format != OutputFormat.Table || answer.Rows.Count == 0 || answer.Rows.Any(row => row[i] is not null)).ToArray();
        var table = new RowTable([.. shown.Select(i => answer.Columns[i])]);
        foreach (var row in answer.Rows) table.Add([.. shown.Select(i => row[i])]);
        table.Write(context.Console, format);
        if (answer.Rows.Count == 0) context.Error.WriteLine(none);
        if (!answer.More) return;
        var page = Page(result);
        context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"More {rows} exist than the {page.Limit} shown{(page.Offset > 0 ? $" from {page.Offset} on" : "")}: restrict them, raise --limit (0 for all), or go on with --offset {page.Offset + page.Limit}."));
    }

    static Option<int> Count(string name, string description, int value)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "n", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) && count < 0)
                result.AddError($"{name} {count}: must not be negative");
        });
        return option;
    }
}
