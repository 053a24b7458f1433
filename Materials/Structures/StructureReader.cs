namespace AtomSets.Materials;

/// <summary>The structure formats read here.</summary>
public enum StructureFormat
{
    Cif,
    Poscar,
    PymatgenJson,
}

/// <summary>Reads a structure in whichever known format it comes, told by the file's name or else by its content. A final <c>.gz</c> is unpacked.</summary>
public static class StructureReader
{
    /// <summary>Reads a file that holds one structure.</summary>
    /// <exception cref="StructureFormatException">The file cannot be opened, is too large, in no known format, or wrong in its format.</exception>
    public static Crystal ReadFile(string path)
    {
        var text = StructureFile.ReadText(path);
        return ReadText(text, FormatOfName(path) ?? FormatOfContent(text, path), path);
    }

    /// <summary>Reads every structure of a file (several data blocks, or a JSON array).</summary>
    /// <exception cref="StructureFormatException">As <see cref="ReadFile"/>.</exception>
    public static IReadOnlyList<Crystal> ReadAll(string path)
    {
        var text = StructureFile.ReadText(path);
        return (FormatOfName(path) ?? FormatOfContent(text, path)) switch
        {
            StructureFormat.Cif => CifReader.ParseAll(text, path),
            StructureFormat.PymatgenJson => StructureJsonReader.ParseAll(text, path),
            _ => [PoscarReader.Parse(text, path)],
        };
    }

    /// <summary>Reads a text that holds one structure.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="format">Null to tell the format from the content.</param>
    /// <param name="source">Where it came from, for messages.</param>
    /// <exception cref="StructureFormatException">The text is in no known format, or wrong in its format.</exception>
    public static Crystal ReadText(string text, StructureFormat? format = null, string source = "structure text")
    {
        ArgumentNullException.ThrowIfNull(text);
        return (format ?? FormatOfContent(text, source)) switch
        {
            StructureFormat.Cif => CifReader.Parse(text, source),
            StructureFormat.PymatgenJson => StructureJsonReader.Parse(text, source),
            _ => PoscarReader.Parse(text, source),
        };
    }

    /// <summary>The format that a file's name promises, or null.</summary>
    public static StructureFormat? FormatOfName(string path)
    {
        var name = Path.GetFileName(path);
        if (name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)) name = name[..^3];
        if (name.EndsWith(".cif", StringComparison.OrdinalIgnoreCase)) return StructureFormat.Cif;
        if (name.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) return StructureFormat.PymatgenJson;
        if (name.EndsWith(".vasp", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".poscar", StringComparison.OrdinalIgnoreCase)) return StructureFormat.Poscar;
        return name.StartsWith("POSCAR", StringComparison.OrdinalIgnoreCase) || name.StartsWith("CONTCAR", StringComparison.OrdinalIgnoreCase)
            ? StructureFormat.Poscar
            : null;
    }

    static StructureFormat FormatOfContent(string text, string source)
    {
        var start = text.AsSpan().TrimStart("\uFEFF \t\r\n");
        if (start.IsEmpty) throw new StructureFormatException(source, 0, "it is empty");
        if (start[0] is '{' or '[') return StructureFormat.PymatgenJson;
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var trimmed = line.TrimStart();
            if (trimmed.StartsWith("data_", StringComparison.OrdinalIgnoreCase)) return StructureFormat.Cif;
            if (++number == 2 && !trimmed.IsEmpty && (char.IsAsciiDigit(trimmed[0]) || trimmed[0] is '-' or '.')) return StructureFormat.Poscar;
            if (number > 1000) break;
        }
        throw new StructureFormatException(source, 0, "this is none of the structure formats that are read: CIF (*.cif), POSCAR (POSCAR*, *.vasp), pymatgen JSON (*.json)");
    }
}
