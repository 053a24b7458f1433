using System.Globalization;
using System.IO.Compression;
using CsvHelper;

namespace AtomSets.Materials;

/// <summary>
/// Streams a CSV or CSV.gz file once: cheap checks and the query in the reading thread, structures and formulas in parallel batches,
/// of which only a bounded number waits at any time.
/// </summary>
sealed class TableReader
{
    const int BatchRows = 128;

    readonly string _file;
    readonly DataSetQuery _query;
    readonly DataSet? _structures;
    readonly IReadOnlySet<string> _structureIds;
    readonly TableLayout _layout;
    readonly RowPipeline _pipeline;
    readonly List<Refusal> _refusals = [];
    readonly List<Refusal> _warnings = [];
    readonly Dictionary<string, string> _pool = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> _seen = new(StringComparer.Ordinal);
    int _leftOut;

    TableReader(string path, DataSetQuery query, TableLayout layout, DataSet? structures, IReadOnlySet<string> structureIds, CancellationToken cancel)
    {
        _file = Path.GetFileName(path);
        _query = query;
        _layout = layout;
        _structures = structures;
        _structureIds = structureIds;
        _pipeline = new RowPipeline(BatchRows, query, cancel);
    }

    /// <param name="path">CSV, or gzipped CSV with the extension <c>.gz</c>.</param>
    /// <param name="set">Meaning of the columns; null: guessed from the header.</param>
    /// <param name="hints">Columns that the user named, where there is no description.</param>
    /// <param name="query">Wanted rows.</param>
    /// <param name="structures">Set whose structures and compositions belong to the rows with the same id.</param>
    /// <param name="structureIds">All ids of that set's file.</param>
    /// <param name="cancel">Stops the reading.</param>
    public static (DataSetRows Rows, TableLayout Layout) Read(
        string path, DataSetDescriptor? set, ImportOptions? hints, DataSetQuery query, DataSet? structures, IReadOnlySet<string>? structureIds, CancellationToken cancel)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            using var stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : (Stream)file;
            var broken = new HashSet<long>();
            using var parser = CsvReader.Create(stream, new CsvReaderOptions
            {
                Separator = set is null ? null : set.Separator,
                BufferSize = 1 << 18,
                MaxRecordSize = 2 * StructureFile.MaxBytes,
                OnMalformedRecord = record => broken.Add(record.RecordNumber),
            });
            if (parser.Headers is not { Count: > 0 } header) throw new InputException($"{path} is empty: a table needs a header line and at least one row");
            var layout = TableLayout.Of([.. header], parser.Separator, set, hints, query, path);
            var reader = new TableReader(path, query, layout, structures, structureIds ?? new HashSet<string>(StringComparer.Ordinal), cancel);
            var number = 0;
            while (parser.Read())
            {
                number++;
                if ((number & 1023) == 0) cancel.ThrowIfCancellationRequested();
                reader.Take(parser, number, broken.Count > 0 && broken.Contains(number + 1));
            }
            return (reader.Finish(number), layout);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or UnauthorizedAccessException or CsvFormatException)
        {
            var advice = failure is InvalidDataException or EndOfStreamException ? "; the file is damaged or incomplete: obtain it again" : "";
            throw new InputException($"{path} cannot be read: {failure.Message}{advice}", failure);
        }
    }

    /// <summary>Also where only compositions are wanted, if nothing else tells them.</summary>
    bool ReadsStructures => _layout.Structure >= 0 && (_query.Structures || _layout.Formula < 0);

    void Take(CsvReader parser, int number, bool broken)
    {
        if (broken || parser.FieldCount != _layout.Width)
        {
            var what = broken ? "broken quoting" : string.Create(CultureInfo.InvariantCulture, $"{parser.FieldCount} fields where the header has {_layout.Width}");
            Refuse(number, "", what);
            return;
        }
        var id = _layout.Id < 0 ? number.ToString(CultureInfo.InvariantCulture) : parser.GetString(_layout.Id);
        if (string.IsNullOrWhiteSpace(id))
        {
            Refuse(number, "", $"no id in column {_layout.IdName}");
            return;
        }
        if (!_seen.TryAdd(id, number))
        {
            Refuse(number, id, $"the id repeats row {_seen[id].ToString(CultureInfo.InvariantCulture)}, which is kept");
            return;
        }
        if (!Wanted(parser)) return;
        var row = new TableRow
        {
            Number = number,
            Id = id,
            Numbers = new double[_layout.Numbers.Count],
            Texts = new string[_layout.Texts.Count],
            FormulaText = _layout.Formula < 0 ? null : parser.GetString(_layout.Formula),
            StructureText = !ReadsStructures ? null : parser.GetString(_layout.Structure),
        };
        for (var i = 0; i < row.Numbers.Length; i++)
        {
            var column = _layout.Numbers[i];
            var text = parser.GetString(column.Index);
            var problem = Numbers.Problem(text, column.Name, _layout.HasDecimalCommas, out row.Numbers[i]);
            if (problem is null) continue;
            if (column.Required)
            {
                Refuse(number, id, problem);
                return;
            }
            if (!string.IsNullOrWhiteSpace(text)) _warnings.Add(new Refusal(_file, number, id, problem));
        }
        for (var i = 0; i < row.Texts.Length; i++) row.Texts[i] = Pooled(parser.GetString(_layout.Texts[i].Index));
        if (_structures is null || Join(row)) _pipeline.Add(row);
    }

    bool Wanted(CsvReader parser)
    {
        var wanted = true;
        if (_query.MaxSites is { } most && _layout.Sites >= 0 && Numbers.TryParse(parser.GetString(_layout.Sites), out var sites)) wanted = sites <= most;
        foreach (var (condition, index) in _layout.Conditions)
            wanted = wanted && condition.Accepts(_layout.HasDecimalCommas ? Numbers.WithPoint(parser.GetString(index)) : parser.GetString(index));
        if (!wanted) _leftOut++;
        return wanted;
    }

    /// <summary>Gives the row the structure of its id in the other set.</summary>
    bool Join(TableRow row)
    {
        var other = _structures!.RowOf(row.Id);
        if (other >= 0)
        {
            row.Composition = _structures.Composition(other);
            if (_structures.HasCrystals) row.Crystal = _structures.Crystal(other);
            return true;
        }
        if (!_structureIds.Contains(row.Id)) Refuse(row.Number, row.Id, $"no structure with this id in {_structures.Name}");
        else if (_structures.Refusals.FirstOrDefault(refusal => refusal.Id == row.Id) is { } refused) Refuse(row.Number, row.Id, $"its structure in {_structures.Name} was refused: {refused.Reason}");
        else _leftOut++;
        return false;
    }

    DataSetRows Finish(int total)
    {
        var rows = _pipeline.Finish();
        foreach (var row in rows)
            if (row.Reason is { } reason) Refuse(row.Number, row.Id, reason);
        var kept = rows.Where(row => row.Reason is null && !row.LeftOut).ToList();
        _refusals.Sort(static (a, b) => a.Row.CompareTo(b.Row));
        var withCrystals = ReadsStructures || (_query.Structures && _structures is { HasCrystals: true });
        var texts = _layout.Texts.Select((column, i) => (column.Name, Values: kept.Select(row => row.Texts[i]).ToArray())).ToDictionary(c => c.Name, c => c.Values, StringComparer.Ordinal);
        var numbers = _layout.Numbers.Select((column, i) => (column.Name, Values: kept.Select(row => row.Numbers[i]).ToArray())).ToDictionary(c => c.Name, c => c.Values, StringComparer.Ordinal);
        if (_layout.Guessed) _layout.MoveNumericTexts(texts, numbers, (row, problem) => _warnings.Add(new Refusal(_file, kept[row].Number, kept[row].Id, problem)));
        string[] ids = [.. kept.Select(row => row.Id)];
        return new DataSetRows
        {
            Ids = ids,
            IsDisordered = withCrystals && kept.Any(row => row.Crystal!.Sites is not null),
            Crystals = withCrystals ? CrystalFile.Write(ids, kept.Select(row => row.Crystal!)) : null,
            Compositions = withCrystals || (_layout.Formula < 0 && _structures is null) ? null : [.. kept.Select(row => row.Composition)],
            Numbers = numbers,
            Texts = texts,
            Refusals = _refusals,
            Warnings = _warnings,
            LeftOut = _leftOut + rows.Count(row => row.LeftOut) + _pipeline.Dropped,
            TotalRows = total,
            SeenIds = _seen.Keys.ToHashSet(StringComparer.Ordinal),
        };
    }

    void Refuse(int number, string id, string reason) => _refusals.Add(new Refusal(_file, number, id, reason));

    string Pooled(string text)
    {
        if (_pool.TryGetValue(text, out var known)) return known;
        if (_pool.Count < 4096) _pool.Add(text, text);
        return text;
    }
}
