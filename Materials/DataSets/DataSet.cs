using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace AtomSets.Materials;

/// <summary>
/// The accepted rows of a data set in file order: ids, compositions or crystals, columns. Immutable and safe to share between threads.
/// Rows that were not accepted are in <see cref="Refusals"/>.
/// </summary>
public sealed class DataSet
{
    readonly string[] _ids;
    readonly IReadOnlyList<Crystal>? _crystals;
    readonly Composition?[]? _compositions;
    readonly FrozenDictionary<string, double[]> _numbers;
    readonly FrozenDictionary<string, string[]> _texts;
    readonly Lazy<FrozenDictionary<string, int>> _rows;
    readonly Lazy<string[]> _formulas;
    readonly Lazy<SiteOccupancies?[]> _sites;

    internal DataSet(DataSetDescriptor descriptor, DataSetQuery query, string contentHash, string source, DataSetRows rows)
    {
        Descriptor = descriptor;
        Query = query;
        ContentHash = contentHash;
        Source = source;
        Refusals = rows.Refusals;
        Warnings = rows.Warnings;
        LeftOut = rows.LeftOut;
        FilterSteps = rows.Steps;
        TotalRows = rows.TotalRows;
        IsDisordered = rows.IsDisordered;
        _ids = rows.Ids;
        _crystals = rows.Crystals;
        _compositions = rows.Compositions;
        _numbers = rows.Numbers.ToFrozenDictionary(StringComparer.Ordinal);
        _texts = rows.Texts.ToFrozenDictionary(StringComparer.Ordinal);
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            $"{contentHash}\n{descriptor.IdColumn}\n{descriptor.FormulaColumn}\n{descriptor.StructureColumn}\n{descriptor.SitesColumn}\n{descriptor.StructuresFrom}\n{query.Canonical}{(IsDisordered ? "disordered sites\n" : "")}")));
        _sites = new(() => [.. Crystals.Select(crystal => crystal.Sites)]);
        _rows = new(() => _ids.Select((id, row) => KeyValuePair.Create(id, row)).ToFrozenDictionary(StringComparer.Ordinal));
        _formulas = new(() => HasCompositions
            ? [.. Enumerable.Range(0, Count).Select(row => Composition(row).ReducedFormula)]
            : throw new InputException($"{Name} has neither formulas nor structures: name the formula column"));
    }

    public string Name => Descriptor.Name;

    public DataSetDescriptor Descriptor { get; }

    public DataSetQuery Query { get; }

    /// <summary>SHA-256 of the bytes that the rows came from, lower-case hex.</summary>
    public string ContentHash { get; }

    /// <summary>SHA-256 over <see cref="ContentHash"/>, the meaning of the columns and the query: equal hash, equal rows and values.</summary>
    public string Hash { get; }

    /// <summary>File, folder or generator that the rows came from.</summary>
    public string Source { get; }

    public int Count => _ids.Length;

    /// <summary>Data rows that were read: accepted, refused and left out by the query.</summary>
    public int TotalRows { get; }

    /// <summary>Rows that the query did not want.</summary>
    public int LeftOut { get; }

    /// <summary>What the query's filter took away, step by step; part of <see cref="LeftOut"/>.</summary>
    public IReadOnlyList<FilterStep> FilterSteps { get; }

    /// <summary>Rows that the query wanted and that cannot be used, in file order.</summary>
    public IReadOnlyList<Refusal> Refusals { get; }

    /// <summary>Rows that were kept although a column that the query did not name as target holds something that is no number.</summary>
    public IReadOnlyList<Refusal> Warnings { get; }

    public IReadOnlyList<string> Ids => _ids;

    /// <summary>Reduced formula of each row: equal for equal compositions.</summary>
    /// <exception cref="InputException">The set has neither formulas nor structures.</exception>
    public IReadOnlyList<string> Formulas => _formulas.Value;

    public bool HasCrystals => _crystals is not null;

    /// <summary>Whether the rows, or others that they were chosen from, have shared or partly vacant sites. Only then is it part of <see cref="Hash"/>.</summary>
    public bool IsDisordered { get; }

    /// <summary>Who shares the sites of a row's crystal, null where it is ordered; null where all of them are, and without crystals.</summary>
    public Func<int, SiteOccupancies?>? Occupancies => IsDisordered && HasCrystals ? row => _sites.Value[row] : null;

    public bool HasCompositions => _compositions is not null || HasCrystals;

    /// <summary>The crystals in row order; those of a file are made anew at each access.</summary>
    /// <exception cref="InputException">The set has none, or they were not asked for.</exception>
    public IReadOnlyList<Crystal> Crystals => _crystals ?? throw NoCrystals();

    /// <summary>Names of the numeric columns.</summary>
    public IEnumerable<string> NumberColumns => _numbers.Keys.Order(StringComparer.Ordinal);

    /// <summary>Names of the text columns (splits, folds, origins).</summary>
    public IEnumerable<string> TextColumns => _texts.Keys.Order(StringComparer.Ordinal);

    /// <exception cref="InputException">The set has no crystals, or they were not asked for.</exception>
    public Crystal Crystal(int row) => (_crystals ?? throw NoCrystals())[row];

    public Composition Composition(int row) => _crystals?[row].Composition ?? _compositions![row]!;

    /// <summary>[Count] values of a numeric column; NaN where the row has none (never in a column that the query named as target).</summary>
    /// <exception cref="InputException">No numeric column has this name.</exception>
    public ReadOnlySpan<double> Column(string name) => _numbers.TryGetValue(name, out var values)
        ? values
        : throw new InputException($"{Name} has no numeric column '{name}'; " + NearestName.Advice(name, NumberColumns));

    /// <summary>[Count] texts of a column that is kept as text; empty where the row has none.</summary>
    /// <exception cref="InputException">No text column has this name.</exception>
    public IReadOnlyList<string> Text(string name) => _texts.TryGetValue(name, out var values)
        ? values
        : throw new InputException($"{Name} has no text column '{name}'; " + NearestName.Advice(name, TextColumns));

    /// <summary>Unit of a target column; empty where unknown.</summary>
    public string Unit(string column) => Descriptor.Targets.FirstOrDefault(target => target.Name == column)?.Unit ?? "";

    /// <summary>Row of an id, or −1.</summary>
    public int RowOf(string id) => _rows.Value.TryGetValue(id, out var row) ? row : -1;

    /// <summary>Rows of these ids, in their order.</summary>
    /// <exception cref="InputException">An id is not among the accepted rows.</exception>
    public int[] RowsOf(IReadOnlyList<string> ids)
    {
        var rows = new int[ids.Count];
        for (var i = 0; i < rows.Length; i++)
            if ((rows[i] = RowOf(ids[i])) < 0)
                throw new InputException($"{Name} has no accepted row with id '{ids[i]}': the split was made from other rows; make it anew");
        return rows;
    }

    InputException NoCrystals() => new(Descriptor.HasStructures || Descriptor.Generator is not null
        ? $"the structures of {Name} were not read: ask for them in the query"
        : $"{Name} holds compositions only; a structure model needs a set with structures (`data list` says which)");
}

/// <summary>What a reader hands over; arrays of equal length, in file order.</summary>
sealed record DataSetRows
{
    public required string[] Ids { get; init; }

    public IReadOnlyList<Crystal>? Crystals { get; init; }

    public Composition?[]? Compositions { get; init; }

    /// <summary>Whether a crystal has shared or partly vacant sites.</summary>
    public bool IsDisordered { get; init; }

    public IReadOnlyDictionary<string, double[]> Numbers { get; init; } = new Dictionary<string, double[]>(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string[]> Texts { get; init; } = new Dictionary<string, string[]>(StringComparer.Ordinal);

    public IReadOnlyList<Refusal> Refusals { get; init; } = [];

    public IReadOnlyList<Refusal> Warnings { get; init; } = [];

    public int LeftOut { get; init; }

    public IReadOnlyList<FilterStep> Steps { get; init; } = [];

    public int TotalRows { get; init; }

    /// <summary>Ids of all rows of the file, whatever became of them.</summary>
    public IReadOnlySet<string> SeenIds { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The columns as they were understood, where the file has no registered description.</summary>
    public IReadOnlyList<TargetColumn> Targets { get; init; } = [];
}
