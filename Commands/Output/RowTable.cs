using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AtomSets.Materials;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary>Named columns and rows of values, printed as a table, CSV or JSON.</summary>
/// <param name="columns">Column names; in JSON they are the keys.</param>
public sealed class RowTable(params string[] columns)
{
    static readonly JsonSerializerOptions JsonOptions = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly List<object?[]> _rows = [];

    public int Count => _rows.Count;

    /// <summary>In JSON, leave out the keys of empty cells.</summary>
    public bool OmitNulls { get; init; }

    /// <summary>Adds one row; values are strings, numbers, booleans, times or null (an empty cell).</summary>
    public void Add(params object?[] values)
    {
        if (values.Length != columns.Length)
            throw new ArgumentException($"a row of {values.Length} values does not fit {columns.Length} columns", nameof(values));
        _rows.Add(values);
    }

    /// <summary>Prints to <paramref name="console"/> as <paramref name="format"/>.</summary>
    public void Write(IAnsiConsole console, OutputFormat format)
    {
        switch (format)
        {
            case OutputFormat.Csv: console.Profile.Out.Writer.Write(ToCsv()); break;
            case OutputFormat.Json: console.Profile.Out.Writer.WriteLine(ToJson()); break;
            default: WriteTable(console); break;
        }
    }

    internal string ToCsv(bool header = true)
    {
        var text = new StringBuilder();
        if (header) text.AppendJoin(',', columns.Select(CsvField.Quoted)).Append('\n');
        foreach (var row in _rows) text.AppendJoin(',', row.Select(value => CsvField.Quoted(Exact(value)))).Append('\n');
        return text.ToString();
    }

    internal string ToJson() => JsonSerializer.Serialize(
        _rows.Select(row => columns.Zip(row).Where(pair => pair.Second is not null || !OmitNulls).ToDictionary(pair => pair.First, pair => Finite(pair.Second), StringComparer.Ordinal)), JsonOptions);

    void WriteTable(IAnsiConsole console)
    {
        if (!console.Profile.Out.IsTerminal)
        {
            console.Profile.Out.Writer.Write(ToText());
            return;
        }
        var table = new Table { Border = TableBorder.Simple };
        for (var column = 0; column < columns.Length; column++)
        {
            var numeric = IsNumeric(column);
            var header = new TableColumn(Markup.Escape(columns[column]));
            if (numeric) header.RightAligned();
            table.AddColumn(header.NoWrap());
        }
        foreach (var row in _rows) table.AddRow(row.Select(value => Markup.Escape(Readable(value))).ToArray());
        console.Write(table);
    }

    /// <summary>For pipes and files: aligned columns without frames; the last one is not padded.</summary>
    internal string ToText()
    {
        var cells = _rows.ConvertAll(row => Array.ConvertAll(row, Readable));
        var widths = columns.Select((name, column) => cells.Aggregate(name.Length, (width, row) => Math.Max(width, row[column].Length))).ToArray();
        var numeric = columns.Select((_, column) => IsNumeric(column)).ToArray();
        var text = new StringBuilder();
        void Line(string[] values)
        {
            var line = values.Select((value, column) => numeric[column] ? value.PadLeft(widths[column]) : value.PadRight(widths[column]));
            text.Append(string.Join("  ", line).TrimEnd()).Append('\n');
        }
        Line(columns);
        Line([.. columns.Select((name, column) => new string('-', column == columns.Length - 1 && !numeric[column] ? name.Length : widths[column]))]);
        foreach (var row in cells) Line(row);
        return text.ToString();
    }

    bool IsNumeric(int column) => _rows.Count > 0 && _rows.All(row => row[column] is null or double or float or int or long);

    // JSON has no NaN or infinity: such a value is absent.
    static object? Finite(object? value) => value switch
    {
        double number when !double.IsFinite(number) => null,
        float number when !float.IsFinite(number) => null,
        DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
        _ => value,
    };

    static string Exact(object? value) => value switch
    {
        null => "",
        double number => double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "",
        DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    static string Readable(object? value) => value switch
    {
        null => "",
        double number => double.IsFinite(number) ? Numbers.Short(number) : "-",
        DateTimeOffset time => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => PlainText.Of(value.ToString() ?? ""),
    };
}
