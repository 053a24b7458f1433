namespace AtomSets.Materials;

/// <summary>The data names that matter here; the others are read over.</summary>
enum CifTag
{
    Unknown,
    CellA,
    CellB,
    CellC,
    CellAlpha,
    CellBeta,
    CellGamma,
    SpaceGroupName,
    SpaceGroupNumber,
    SymmetryXyz,
    SiteLabel,
    SiteType,
    SiteX,
    SiteY,
    SiteZ,
    SiteOccupancy,
    SiteCalculationFlag,
    SiteOther,
}

/// <summary>One table of a block: values row by row.</summary>
sealed class CifLoop(int line)
{
    internal int Line { get; } = line;

    internal List<CifTag> Columns { get; } = [];

    internal List<CifValue> Values { get; } = [];

    internal int Rows => Values.Count / Columns.Count;

    internal CifValue this[int row, int column] => Values[row * Columns.Count + column];
}

/// <summary>What one data block says, as slices of the text.</summary>
sealed class CifBlock(string name, int line)
{
    internal string Name { get; } = name;

    internal int Line { get; } = line;

    internal Dictionary<CifTag, CifValue> Single { get; } = [];

    internal List<CifLoop> Loops { get; } = [];

    internal CifLoop? LoopWith(CifTag tag)
    {
        foreach (var loop in Loops)
            if (loop.Columns.Contains(tag))
                return loop;
        return null;
    }

    /// <summary>Whether there is anything that means atoms.</summary>
    internal bool HasSites => LoopWith(CifTag.SiteX) is not null || LoopWith(CifTag.SiteOther) is not null || LoopWith(CifTag.SiteLabel) is not null;

    /// <exception cref="StructureFormatException">The text is not CIF.</exception>
    internal static List<CifBlock> ReadAll(ReadOnlySpan<char> text, string source)
    {
        var blocks = new List<CifBlock>();
        CifBlock? block = null;
        var tokens = new CifTokenizer(text, source);
        var token = tokens.Next();
        while (token != CifToken.End)
        {
            switch (token)
            {
                case CifToken.Data:
                    block = new CifBlock(tokens.Text.ToString(), tokens.Current.Line);
                    blocks.Add(block);
                    token = tokens.Next();
                    break;
                case CifToken.Other:
                    token = tokens.Next();
                    break;
                case CifToken.Tag or CifToken.Loop when block is null:
                    throw new StructureFormatException(source, tokens.Current.Line, "a CIF begins with a line such as 'data_name'; none was found before this one");
                case CifToken.Tag:
                    token = ReadSingle(ref tokens, block!, source);
                    break;
                case CifToken.Loop:
                    token = ReadLoop(ref tokens, block!, source);
                    break;
                default:
                    throw new StructureFormatException(
                        source, tokens.Current.Line, $"'{Shorten(tokens.Text)}' belongs to no data name; is this a CIF file, or is a quote or 'loop_' missing?");
            }
        }
        return blocks;
    }

    static CifToken ReadSingle(ref CifTokenizer tokens, CifBlock block, string source)
    {
        var tag = Recognise(tokens.Text);
        var name = tokens.Current;
        var shown = Shorten(tokens.Text);
        if (tokens.Next() != CifToken.Value) throw new StructureFormatException(source, name.Line, $"{shown} has no value");
        if (tag != CifTag.Unknown && !block.Single.TryAdd(tag, tokens.Current) && !IsSpaceGroup(tag))
            throw new StructureFormatException(source, name.Line, $"{shown} is given twice in data block '{block.Name}'");
        return tokens.Next();
    }

    static CifToken ReadLoop(ref CifTokenizer tokens, CifBlock block, string source)
    {
        var loop = new CifLoop(tokens.Current.Line);
        var token = tokens.Next();
        var known = false;
        for (; token == CifToken.Tag; token = tokens.Next())
        {
            var tag = Recognise(tokens.Text);
            known |= tag != CifTag.Unknown;
            loop.Columns.Add(tag);
        }
        if (loop.Columns.Count == 0) throw new StructureFormatException(source, loop.Line, "'loop_' without data names");
        var count = 0;
        for (; token == CifToken.Value; token = tokens.Next())
        {
            count++;
            if (known) loop.Values.Add(tokens.Current);
        }
        if (count % loop.Columns.Count != 0)
            throw new StructureFormatException(source, loop.Line, $"this loop has {loop.Columns.Count} columns and {count} values; a value is missing, surplus or unquoted");
        if (known) block.Loops.Add(loop);
        return token;
    }

    static bool IsSpaceGroup(CifTag tag) => tag is CifTag.SpaceGroupName or CifTag.SpaceGroupNumber;

    /// <summary>Data names are compared without case; the dots of newer dictionaries (<c>_cell.length_a</c>) count as underscores.</summary>
    static CifTag Recognise(ReadOnlySpan<char> tag)
    {
        if (tag.Length > 48) return CifTag.Unknown;
        Span<char> plain = stackalloc char[tag.Length];
        for (var i = 0; i < tag.Length; i++) plain[i] = tag[i] == '.' ? '_' : char.ToLowerInvariant(tag[i]);
        return (ReadOnlySpan<char>)plain switch
        {
            "_cell_length_a" => CifTag.CellA,
            "_cell_length_b" => CifTag.CellB,
            "_cell_length_c" => CifTag.CellC,
            "_cell_angle_alpha" => CifTag.CellAlpha,
            "_cell_angle_beta" => CifTag.CellBeta,
            "_cell_angle_gamma" => CifTag.CellGamma,
            "_symmetry_space_group_name_h-m" or "_space_group_name_h-m_alt" or "_space_group_name_h-m" => CifTag.SpaceGroupName,
            "_symmetry_int_tables_number" or "_space_group_it_number" => CifTag.SpaceGroupNumber,
            "_symmetry_equiv_pos_as_xyz" or "_space_group_symop_operation_xyz" => CifTag.SymmetryXyz,
            "_atom_site_label" => CifTag.SiteLabel,
            "_atom_site_type_symbol" => CifTag.SiteType,
            "_atom_site_fract_x" => CifTag.SiteX,
            "_atom_site_fract_y" => CifTag.SiteY,
            "_atom_site_fract_z" => CifTag.SiteZ,
            "_atom_site_occupancy" => CifTag.SiteOccupancy,
            "_atom_site_calc_flag" => CifTag.SiteCalculationFlag,
            "_atom_site_cartn_x" => CifTag.SiteOther,
            _ => CifTag.Unknown,
        };
    }

    internal static string Shorten(ReadOnlySpan<char> text) => text.Length <= 60 ? text.ToString() : string.Concat(text[..57], "…");
}
