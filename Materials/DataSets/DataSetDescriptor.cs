namespace AtomSets.Materials;

/// <summary>A column that can be a target. <see cref="Property"/> names the physical quantity and level of theory, equal across sets.</summary>
public sealed record TargetColumn(string Name, string Unit, string Property, string About);

/// <summary>A column whose values say to which part of a published split a row belongs.</summary>
public sealed record SplitColumn(string Name, IReadOnlyList<string> Train, IReadOnlyList<string> Validation, IReadOnlyList<string> Test)
{
    /// <summary>A column with the usual words.</summary>
    internal static SplitColumn Usual(string name) => new(name, ["train", "training"], ["val", "valid", "validation"], ["test", "testing"]);

    /// <summary>True if every filled cell is one of the usual words and at least one says train.</summary>
    internal static bool LooksLikeOne(IReadOnlyList<string> cells)
    {
        var usual = Usual("");
        return cells.Any(usual.Train.Contains) && cells.All(cell => cell.Length == 0 || usual.Train.Contains(cell) || usual.Validation.Contains(cell) || usual.Test.Contains(cell));
    }
}

/// <summary>A published (or baseline) error; <see cref="Note"/> says where it was not obtained on these very rows.</summary>
/// <param name="Column">Target column.</param>
/// <param name="Method">What was measured.</param>
/// <param name="Metric">MAE in the column's unit, "ROC-AUC (probabilities)", or "ROC-AUC (labels)", which is the balanced accuracy.</param>
/// <param name="Value">The figure.</param>
/// <param name="Input">composition, structure, none or unstated.</param>
/// <param name="Note">Other rows or another split, if so.</param>
public sealed record PublishedFigure(string Column, string Method, string Metric, double Value, string Input, string? Note);

/// <summary>A raw file whose bytes were checked: only such an entry can be downloaded.</summary>
public sealed record RawFile(Uri Address, string Sha256);

/// <summary>What is known about a data set: where its rows are, what its columns mean, what may be done with it.</summary>
public sealed record DataSetDescriptor
{
    public required string Name { get; init; }

    public string Title { get; init; } = "";

    /// <summary>File relative to the data folder; empty for a generated set.</summary>
    public string File { get; init; } = "";

    /// <summary>What stands between the file's columns; null: its header line shows it.</summary>
    public char? Separator { get; init; } = ',';

    /// <summary>Data rows in the file; 0 where unknown.</summary>
    public int Rows { get; init; }

    /// <summary>SHA-256 of the file that this entry describes; null where none is recorded.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Column of the ids; null: the 1-based number of the data row is the id.</summary>
    public string? IdColumn { get; init; }

    public string? FormulaColumn { get; init; }

    /// <summary>Column with the text of a structure file.</summary>
    public string? StructureColumn { get; init; }

    /// <summary>Column with the number of atoms per cell.</summary>
    public string? SitesColumn { get; init; }

    /// <summary>Set whose structures and formulas belong to the rows with the same id.</summary>
    public string? StructuresFrom { get; init; }

    /// <summary>Name of a built-in generator instead of a file.</summary>
    public string? Generator { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    public IReadOnlyList<TargetColumn> Targets { get; init; } = [];

    public IReadOnlyList<SplitColumn> Splits { get; init; } = [];

    /// <summary>Columns with the number of the official test fold of each row.</summary>
    public IReadOnlyList<string> FoldColumns { get; init; } = [];

    /// <summary>Further columns that are kept as text.</summary>
    public IReadOnlyList<string> TextColumns { get; init; } = [];

    /// <summary>Repository and pinned commit of each source.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    public string Licence { get; init; } = "";

    /// <summary>Licence texts in the folder <c>licenses</c> beside the data.</summary>
    public IReadOnlyList<string> LicenceFiles { get; init; } = [];

    public IReadOnlyList<string> Citations { get; init; } = [];

    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>The split under which the published figures hold.</summary>
    public string Protocol { get; init; } = "";

    public IReadOnlyList<PublishedFigure> Published { get; init; } = [];

    public RawFile? Raw { get; init; }

    public bool HasStructures => StructureColumn is not null || StructuresFrom is not null;

    /// <summary>The target column, or an error with the nearest known one.</summary>
    /// <exception cref="InputException">The set has no such target.</exception>
    public TargetColumn Target(string column) =>
        Targets.FirstOrDefault(target => target.Name == column)
        ?? throw new InputException($"'{column}' is no target column of {Name}; " + NearestName.Advice(column, Targets.Select(target => target.Name)));

    /// <summary>The split column, or an error with the nearest known one.</summary>
    /// <exception cref="InputException">The set has no such split.</exception>
    public SplitColumn Split(string column) =>
        Splits.FirstOrDefault(split => split.Name == column)
        ?? throw new InputException($"'{column}' is no split column of {Name}; " + NearestName.Advice(column, Splits.Select(split => split.Name)));
}
