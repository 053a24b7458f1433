using System.Globalization;
using System.IO.Compression;
using CsvHelper;

namespace AtomSets.Materials;

/// <summary>A row of a table of materials whose structure or formula is still a text.</summary>
/// <param name="Id">Cell of the id column; the row's number where there is none.</param>
/// <param name="Structure">Text of a structure file; null where the table has no column of structures.</param>
/// <param name="Formula">Null where the table has structures, or no column of formulas.</param>
/// <param name="Problem">Why the row cannot be read; null where it can.</param>
public sealed record InputTableRow(string Id, string? Structure, string? Formula, string? Problem);

/// <summary>Reads tables of materials (CSV or TSV, also gzipped) row by row, whatever their length. Columns are found by their names, as in <c>data check</c>.</summary>
public static class InputTable
{
    static readonly string[] s_ends = [".csv", ".csv.gz", ".tsv", ".tsv.gz"];

    /// <summary>Whether a file is such a table, by its name.</summary>
    public static bool IsOne(string path) => s_ends.Any(end => path.EndsWith(end, StringComparison.OrdinalIgnoreCase));

    /// <exception cref="InputException">The file cannot be read, or has neither a column of structures nor one of formulas.</exception>
    public static IEnumerable<InputTableRow> Read(string path)
    {
        using var file = Open(path);
        using var stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : (Stream)file;
        var broken = new HashSet<long>();
        using var parser = CsvReader.Create(stream, new CsvReaderOptions
        {
            BufferSize = 1 << 18,
            MaxRecordSize = 2 * StructureFile.MaxBytes,
            OnMalformedRecord = record => broken.Add(record.RecordNumber),
        });
        if (parser.Headers is not { Count: > 0 } header) throw new InputException($"{path} is empty: a table needs a header line and at least one row");
        var layout = TableLayout.Of([.. header], parser.Separator, null, null, new DataSetQuery(), path);
        for (var number = 1; Next(parser, path); number++)
        {
            var name = number.ToString(CultureInfo.InvariantCulture);
            if (broken.Contains(number + 1)) yield return new InputTableRow(name, null, null, "broken quoting");
            else if (parser.FieldCount != layout.Width)
                yield return new InputTableRow(name, null, null, string.Create(CultureInfo.InvariantCulture, $"{parser.FieldCount} fields where the header has {layout.Width}"));
            else
                yield return new InputTableRow(
                    layout.Id >= 0 && parser.GetString(layout.Id) is { Length: > 0 } id ? id : name, layout.Structure < 0 ? null : parser.GetString(layout.Structure),
                    layout.Structure >= 0 || layout.Formula < 0 ? null : parser.GetString(layout.Formula), null);
        }
    }

    static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {failure.Message}", failure);
        }
    }

    static bool Next(CsvReader parser, string path)
    {
        try
        {
            return parser.Read();
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or CsvFormatException)
        {
            throw new InputException($"{path} cannot be read: {failure.Message}; the file is damaged or incomplete", failure);
        }
    }
}
