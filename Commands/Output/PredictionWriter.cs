using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using AtomSets.Training;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary>Prints predictions as they come: CSV and JSON row by row, tables in blocks whose columns fit their rows.</summary>
/// <param name="console">Where to.</param>
/// <param name="format">How.</param>
/// <param name="hasIntervals">Whether there are columns for standard error and interval.</param>
/// <param name="hasDeviations">Whether there is a column for what the model itself says of its uncertainty.</param>
sealed class PredictionWriter(IAnsiConsole console, OutputFormat format, bool hasIntervals, bool hasDeviations = false)
{
    const int BlockRows = 1000;

    static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = false };

    /// <summary>Prints all of them.</summary>
    /// <returns>How many there were, and how many of them have no value.</returns>
    public (long Rows, long Failed) Write(IEnumerable<Prediction> predictions)
    {
        var (rows, failed) = (0L, 0L);
        var writer = console.Profile.Out.Writer;
        var block = Table();
        if (format == OutputFormat.Csv) writer.Write(Table().ToCsv());
        foreach (var prediction in predictions)
        {
            rows++;
            if (prediction.Error is not null) failed++;
            switch (format)
            {
                case OutputFormat.Csv:
                    var one = Table();
                    Add(one, prediction);
                    writer.Write(one.ToCsv(header: false));
                    break;
                case OutputFormat.Json:
                    writer.Write(rows == 1 ? "[\n  " : ",\n  ");
                    writer.Write(Json(prediction));
                    break;
                default:
                    Add(block, prediction);
                    if (block.Count < BlockRows) break;
                    block.Write(console, format);
                    block = Table();
                    break;
            }
        }
        if (format == OutputFormat.Json) writer.WriteLine(rows == 0 ? "[]" : "\n]");
        else if (format == OutputFormat.Table && (block.Count > 0 || rows == 0)) block.Write(console, format);
        writer.Flush();
        return (rows, failed);
    }

    RowTable Table() => new(["input", "value", .. (string[])(hasDeviations ? ["deviation"] : []), .. (string[])(hasIntervals ? ["low", "high", "standard_error"] : []), "unit", "error"]);

    void Add(RowTable table, Prediction p)
    {
        var unit = p.Error is null ? p.Unit : null;
        table.Add([p.Input, p.Value, .. (object?[])(hasDeviations ? [p.Deviation] : []), .. (object?[])(hasIntervals ? [p.Low, p.High, p.StandardError] : []), unit, p.Error]);
    }

    static string Json(Prediction p)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, s_json))
        {
            json.WriteStartObject();
            json.WriteString("input", p.Input);
            Number("value", p.Value);
            Number("deviation", p.Deviation);
            Number("low", p.Low);
            Number("high", p.High);
            Number("standard_error", p.StandardError);
            if (p.Error is null) json.WriteString("unit", p.Unit);
            else json.WriteString("error", p.Error);
            json.WriteEndObject();

            void Number(string name, double? value)
            {
                if (value is { } number) json.WriteNumber(name, number);
            }
        }
        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>What the whole took, as a sentence.</summary>
    public static string Speed(long rows, long failed, TimeSpan time, int workers, string what) => string.Create(
        CultureInfo.InvariantCulture,
        $"{rows} {what} in {Numbers.Duration(time)}: {Numbers.Short(rows / Math.Max(1e-3, time.TotalSeconds))} {what} per second with {workers} worker{(workers == 1 ? "" : "s")}{(failed > 0 ? $"; {failed} without a prediction, each with its reason" : "")}");
}
