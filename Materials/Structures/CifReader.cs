namespace AtomSets.Materials;

/// <summary>
/// Reads crystals from CIF (Crystallographic Information File, version 1.1; S. R. Hall, F. H. Allen, I. D. Brown, Acta Cryst. A47, 655 (1991)).
/// Symmetry is taken from the listed operations, never from the name of the space group. Atoms keep the order of the file; the images of
/// a site follow it in the order of the operations.
/// </summary>
public static class CifReader
{
    /// <summary>Reads the one structure of a CIF text; data blocks without atoms are passed over.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="source">Where it came from, for messages.</param>
    /// <exception cref="StructureFormatException">No structure, several, or one that cannot be read.</exception>
    public static Crystal Parse(ReadOnlySpan<char> text, string source = "CIF text")
    {
        var blocks = StructureBlocks(text, source);
        if (blocks.Count > 1)
            throw new StructureFormatException(
                source, 0, $"{blocks.Count} structures (data blocks {string.Join(", ", blocks.Take(5).Select(static b => b.Name))}{(blocks.Count > 5 ? ", …" : "")}) where one is expected; keep one block per file");
        return new CifStructure(text, source, blocks[0]).Read();
    }

    /// <summary>Reads every structure of a CIF text, named after its data block.</summary>
    /// <param name="text">The whole file.</param>
    /// <param name="source">Where it came from, for messages.</param>
    /// <exception cref="StructureFormatException">No structure, or one that cannot be read.</exception>
    public static IReadOnlyList<Crystal> ParseAll(ReadOnlySpan<char> text, string source = "CIF text")
    {
        var crystals = new List<Crystal>();
        foreach (var block in StructureBlocks(text, source)) crystals.Add(new CifStructure(text, source, block).Read());
        return crystals;
    }

    /// <summary>Reads a file that holds one structure.</summary>
    /// <exception cref="StructureFormatException">As <see cref="Parse"/>, or the file cannot be opened.</exception>
    public static Crystal ReadFile(string path) => Parse(StructureFile.ReadText(path), path);

    /// <summary>Reads every structure of a file.</summary>
    /// <exception cref="StructureFormatException">As <see cref="ParseAll"/>, or the file cannot be opened.</exception>
    public static IReadOnlyList<Crystal> ReadAll(string path) => ParseAll(StructureFile.ReadText(path), path);

    static List<CifBlock> StructureBlocks(ReadOnlySpan<char> text, string source)
    {
        StructureFile.CheckLength(text.Length, source);
        var blocks = CifBlock.ReadAll(text, source);
        if (blocks.Count == 0) throw new StructureFormatException(source, 0, "no data block ('data_name') was found; is this a CIF file?");
        var count = blocks.Count;
        blocks.RemoveAll(static block => !block.HasSites);
        return blocks.Count > 0
            ? blocks
            : throw new StructureFormatException(source, 0, $"none of its {count} data block{(count == 1 ? "" : "s")} lists atoms (_atom_site_fract_x, …)");
    }
}
