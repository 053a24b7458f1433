using System.Globalization;

namespace AtomSets.Engine;

/// <summary>What a key's value looks like.</summary>
public enum StudyKeyForm
{
    /// <summary>A single text.</summary>
    Text,

    /// <summary>One of <see cref="StudyKey.Words"/>.</summary>
    Word,

    /// <summary>A whole number of at least <see cref="StudyKey.Least"/>.</summary>
    Whole,

    /// <summary>A number above 0.</summary>
    Number,

    /// <summary>true or false.</summary>
    Flag,

    /// <summary>A share below 1, a number of rows, or a label of the split's column.</summary>
    Part,

    /// <summary>Two numbers, one of which may be left open.</summary>
    Range,

    /// <summary>Columns by name, each with a range.</summary>
    Ranges,

    /// <summary>The number of replicates, or a list of seeds.</summary>
    Seeds,

    /// <summary>A list of training sizes.</summary>
    Sizes,

    /// <summary>A number of folds, all, or a list of a column's folds.</summary>
    Folds,

    /// <summary>A name or a list of names.</summary>
    Names,

    /// <summary>A name, or a choice of names that is searched.</summary>
    NameOrChoice,

    /// <summary>A name, a list of names, or a choice of names (or all) that is searched.</summary>
    NamesOrChoice,

    /// <summary>A word, or the keys of <see cref="StudyKey.Section"/>.</summary>
    WordOrSection,

    /// <summary>The keys of <see cref="StudyKey.Section"/>.</summary>
    Section,

    /// <summary>Names of the user's choice, each with the keys of <see cref="StudyKey.Section"/>.</summary>
    NamedSections,

    /// <summary>A list of transfer modes and of entries with the keys of <see cref="StudyKey.Section"/>.</summary>
    Entries,

    /// <summary>Training settings.</summary>
    Settings,
}

/// <summary>A key of a study file. The reader takes allowed words, least values and the keys below from here; so do the reference and the editors' schema.</summary>
/// <param name="Name">The key.</param>
/// <param name="Form">What its value looks like.</param>
/// <param name="Summary">What it means, for users.</param>
public sealed record StudyKey(string Name, StudyKeyForm Form, string Summary)
{
    /// <summary>Allowed words; the first is the default where <see cref="Default"/> says none.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Least value of a whole number.</summary>
    public int Least { get; init; } = 1;

    /// <summary>What holds where the key is missing, as one would write it; null: nothing in particular.</summary>
    public string? Default { get; init; }

    /// <summary>What holds where the key is missing, in words.</summary>
    public string? Otherwise { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>The keys of a mapping below this one.</summary>
    public StudySection? Section { get; init; }

    /// <summary>A value as one would write it.</summary>
    public required string Example { get; init; }

    /// <summary>Which values are allowed, in words.</summary>
    public string Values => Form switch
    {
        StudyKeyForm.Text => "text",
        StudyKeyForm.Word => string.Join(", ", Words),
        StudyKeyForm.Whole => Least == int.MinValue ? "whole number" : string.Create(CultureInfo.InvariantCulture, $"whole number, at least {Least}"),
        StudyKeyForm.Number => "number above 0",
        StudyKeyForm.Flag => "true, false",
        StudyKeyForm.Part => "share below 1, or number of rows",
        StudyKeyForm.Range => "[low, high], either side may be ~",
        StudyKeyForm.Ranges => "columns, each with a range",
        StudyKeyForm.Seeds => "number of replicates (1 to 1000), or list of seeds",
        StudyKeyForm.Sizes => "list of numbers of rows (at least 2), shares below 1, all, or { rows, training }",
        StudyKeyForm.Folds => "number of folds (2 to 1000); with column: all, or list of its folds",
        StudyKeyForm.Names => "name, or list of names",
        StudyKeyForm.NameOrChoice => "name, or { choice: [a, b] }",
        StudyKeyForm.NamesOrChoice => "name, list of names, { choice: [a, b] } or { choice: all }",
        StudyKeyForm.WordOrSection => string.Join(", ", Words) + ", or keys",
        StudyKeyForm.Section => "keys",
        StudyKeyForm.NamedSections => "names, each with keys",
        StudyKeyForm.Entries => "list of modes and of entries with keys",
        StudyKeyForm.Settings => "settings of a training",
        _ => throw new InvalidOperationException($"form {Form}"),
    };
}

/// <summary>The keys of one kind of mapping in a study file.</summary>
/// <param name="Title">What it describes, such as <c>source</c>.</param>
/// <param name="Place">Where it stands, such as <c>sources.&lt;name&gt;</c>.</param>
/// <param name="Summary">What it is for.</param>
/// <param name="Keys">In the order in which to show them.</param>
public sealed record StudySection(string Title, string Place, string Summary, params IReadOnlyList<StudyKey> Keys)
{
    /// <summary>Whether there are other keys besides, which a schema elsewhere knows: the settings of a model's kind.</summary>
    public bool IsOpen { get; init; }

    public StudyKey? Find(string name) => Keys.FirstOrDefault(key => key.Name == name);
}
