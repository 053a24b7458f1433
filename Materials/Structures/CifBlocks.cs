using System.IO.Compression;
using System.Text;

namespace AtomSets.Materials;

/// <summary>Takes a CIF file of many data blocks apart as it is read, so that its length is no matter: the candidates of a screening are one such file.</summary>
public static class CifBlocks
{
    const string Begin = "data_", Atoms = "_atom_site_";

    /// <summary>The blocks that list atoms, in the order of the file.</summary>
    /// <param name="path">A file; a final <c>.gz</c> is unpacked.</param>
    /// <returns>Name and text of each, the <c>data_</c> line included.</returns>
    /// <exception cref="StructureFormatException">The file cannot be read, or a block is too large.</exception>
    public static IEnumerable<(string Name, string Text)> Read(string path)
    {
        using var reader = Open(path);
        foreach (var block in Read(reader, path)) yield return block;
    }

    /// <summary>As the other overload, from a text.</summary>
    /// <param name="reader">Left open.</param>
    /// <param name="source">Where it came from, for messages.</param>
    /// <exception cref="StructureFormatException">A block is too large, or the text cannot be read on.</exception>
    public static IEnumerable<(string Name, string Text)> Read(TextReader reader, string source)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var (name, text, isText, hasAtoms) = ((string?)null, new StringBuilder(), false, false);
        while (Line(reader, source) is { } line)
        {
            // Between lines that begin with a semicolon everything is one value.
            if (line.StartsWith(';')) isText = !isText;
            else if (!isText && line.AsSpan().TrimStart().StartsWith(Begin, StringComparison.OrdinalIgnoreCase))
            {
                if (name is not null && hasAtoms) yield return (name, text.ToString());
                (name, hasAtoms) = (line.AsSpan().Trim()[Begin.Length..].ToString().Split([' ', '\t', '#'])[0], false);
                text.Clear();
            }
            else if (!isText) hasAtoms |= line.Contains(Atoms, StringComparison.OrdinalIgnoreCase);
            text.Append(line).Append('\n');
            StructureFile.CheckLength(text.Length, source);
        }
        if (name is not null && hasAtoms) yield return (name, text.ToString());
    }

    static StreamReader Open(string path)
    {
        try
        {
            Stream stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return new StreamReader(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(stream, CompressionMode.Decompress) : stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StructureFormatException($"{path}: {e.Message}", e);
        }
    }

    static string? Line(TextReader reader, string source)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new StructureFormatException($"{source}: {e.Message}", e);
        }
    }
}
