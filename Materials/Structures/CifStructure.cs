using System.Globalization;

namespace AtomSets.Materials;

/// <summary>Turns one CIF data block into a crystal.</summary>
readonly ref struct CifStructure(ReadOnlySpan<char> text, string source, CifBlock block)
{
    const int MaxOperations = 1024;
    readonly ReadOnlySpan<char> _text = text;
    readonly string _source = source;
    readonly CifBlock _block = block;

    internal Crystal Read()
    {
        var loop = _block.LoopWith(CifTag.SiteX)
            ?? throw Error(_block.Line, $"data block '{_block.Name}' gives no fractional coordinates (_atom_site_fract_x, _y, _z); Cartesian ones are not read");
        var lattice = Cell();
        var expansion = new SymmetryExpansion(lattice, Operations(), _source);
        var (x, y, z) = (Column(loop, CifTag.SiteX), Column(loop, CifTag.SiteY), Column(loop, CifTag.SiteZ));
        if (y < 0 || z < 0) throw Error(loop.Line, "_atom_site_fract_x, _y and _z stand together in one loop; one is missing");
        var (type, label) = (Column(loop, CifTag.SiteType), Column(loop, CifTag.SiteLabel));
        var (occupancy, flag) = (Column(loop, CifTag.SiteOccupancy), Column(loop, CifTag.SiteCalculationFlag));
        if (type < 0 && label < 0) throw Error(loop.Line, "sites have neither _atom_site_type_symbol nor _atom_site_label: their elements are unknown");
        Span<double> position = stackalloc double[3];
        for (var row = 0; row < loop.Rows; row++)
        {
            if (flag >= 0 && Text(loop[row, flag]).Equals("dum", StringComparison.OrdinalIgnoreCase)) continue;
            var name = Text(loop[row, label >= 0 ? label : type]);
            var line = loop[row, x].Line;
            var amount = occupancy >= 0 ? Occupancy(loop[row, occupancy], name) : 1;
            if (amount == 0) continue; // listed, and not there
            var element = SiteElement(loop, row, type, label, line);
            position[0] = Number(loop[row, x], "_atom_site_fract_x", name);
            position[1] = Number(loop[row, y], "_atom_site_fract_y", name);
            position[2] = Number(loop[row, z], "_atom_site_fract_z", name);
            expansion.Add(element, position, name, line, amount);
        }
        if (expansion.Count == 0) throw Error(loop.Line, "the list of atoms is empty");
        return expansion.Finish(_block.Name);
    }

    double[] Cell()
    {
        var a = CellNumber(CifTag.CellA, "_cell_length_a");
        var b = CellNumber(CifTag.CellB, "_cell_length_b");
        var c = CellNumber(CifTag.CellC, "_cell_length_c");
        var alpha = CellNumber(CifTag.CellAlpha, "_cell_angle_alpha");
        var beta = CellNumber(CifTag.CellBeta, "_cell_angle_beta");
        var gamma = CellNumber(CifTag.CellGamma, "_cell_angle_gamma");
        try
        {
            return Crystal.LatticeFromParameters(a, b, c, alpha, beta, gamma);
        }
        catch (ArgumentException failure)
        {
            throw new StructureFormatException($"{_source}, line {_block.Single[CifTag.CellA].Line}: {StructureFile.WithoutParameter(failure)}", failure);
        }
    }

    double CellNumber(CifTag tag, string name) =>
        _block.Single.TryGetValue(tag, out var value)
            ? Number(value, name, default)
            : throw Error(_block.Line, $"data block '{_block.Name}' has no {name}");

    SymmetryOperation[] Operations()
    {
        if (_block.Single.TryGetValue(CifTag.SymmetryXyz, out var single)) return WithIdentity([Operation(single)]);
        if (_block.LoopWith(CifTag.SymmetryXyz) is { } loop)
        {
            if (loop.Rows > MaxOperations) throw Error(loop.Line, $"{loop.Rows} symmetry operations; no space group has more than 192");
            var column = loop.Columns.IndexOf(CifTag.SymmetryXyz);
            var operations = new List<SymmetryOperation>(loop.Rows);
            for (var row = 0; row < loop.Rows; row++) operations.Add(Operation(loop[row, column]));
            return WithIdentity(operations);
        }
        if (_block.Single.TryGetValue(CifTag.SpaceGroupName, out var name) && !IsUnknown(name) && !IsP1(Text(name)))
            throw Error(name.Line, $"space group '{Text(name).Trim()}' without a list of symmetry operations (_symmetry_equiv_pos_as_xyz): the other atoms of the cell cannot be generated");
        if (_block.Single.TryGetValue(CifTag.SpaceGroupNumber, out var number) && !IsUnknown(number) && !Text(number).Trim().SequenceEqual("1"))
            throw Error(number.Line, $"space group number {Text(number).Trim()} without a list of symmetry operations (_symmetry_equiv_pos_as_xyz): the other atoms of the cell cannot be generated");
        return [SymmetryOperation.Identity];
    }

    SymmetryOperation Operation(CifValue value) =>
        SymmetryOperation.TryParse(Text(value), out var operation, out var reason)
            ? operation
            : throw Error(value.Line, $"the symmetry operation '{CifBlock.Shorten(Text(value))}' cannot be read: {reason}");

    // The identity belongs to every group; files that leave it out mean it. It goes first, so that listed atoms come before their images.
    static SymmetryOperation[] WithIdentity(List<SymmetryOperation> operations)
    {
        operations.RemoveAll(static operation => operation.IsIdentity);
        return [SymmetryOperation.Identity, .. operations];
    }

    static bool IsP1(ReadOnlySpan<char> name)
    {
        name = name.Trim();
        return name.Length >= 2 && name[0] is 'P' or 'p' && name[1..].Trim().Trim('_').SequenceEqual("1");
    }

    Element SiteElement(CifLoop loop, int row, int type, int label, int line)
    {
        if (type >= 0 && !IsUnknown(loop[row, type]))
        {
            var symbol = LeadingLetters(Text(loop[row, type]));
            return Element.TryParseIgnoringCase(symbol, out var element)
                ? element
                : throw Error(line, $"site '{Text(loop[row, label >= 0 ? label : type])}': {Element.Unknown(symbol)} (_atom_site_type_symbol '{CifBlock.Shorten(Text(loop[row, type]))}')");
        }
        if (label >= 0)
        {
            // Labels are free text ("Wat", "CA", "HO1"): only those that spell an element exactly say which it is.
            var letters = LeadingLetters(Text(loop[row, label]));
            if (Element.TryParse(letters, out var element)) return element;
            throw Error(line, $"the element of site '{CifBlock.Shorten(Text(loop[row, label]))}' cannot be told from its label: {Element.Unknown(letters)} Add _atom_site_type_symbol");
        }
        throw Error(line, "a site without _atom_site_type_symbol");
    }

    static ReadOnlySpan<char> LeadingLetters(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        var end = 0;
        while (end < text.Length && char.IsAsciiLetter(text[end])) end++;
        return text[..end];
    }

    double Occupancy(CifValue value, ReadOnlySpan<char> site)
    {
        if (IsUnknown(value)) return 1;
        var occupancy = Number(value, "_atom_site_occupancy", site);
        if (Math.Abs(occupancy - 1) <= SharedSites.WholeTolerance) return 1;
        if (occupancy is >= 0 and < SharedSites.WholeTolerance) return 0;
        return occupancy is >= 0 and < 1
            ? occupancy
            : throw Error(value.Line, string.Create(CultureInfo.InvariantCulture, $"site '{site}' has the occupancy {occupancy}; occupancies lie between 0 and 1"));
    }

    double Number(CifValue value, string name, ReadOnlySpan<char> site)
    {
        var written = Text(value).Trim();
        var number = written;
        var bracket = number.IndexOf('(');
        var wellFormed = true;
        if (bracket > 0)
        {
            var uncertainty = number[(bracket + 1)..];
            wellFormed = uncertainty.Length >= 2 && uncertainty[^1] == ')' && !uncertainty[..^1].ContainsAnyExceptInRange('0', '9');
            number = number[..bracket];
        }
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (wellFormed && double.TryParse(number, style, CultureInfo.InvariantCulture, out var result) && double.IsFinite(result)) return result;
        var where = site.IsEmpty ? "" : $" of site '{site}'";
        throw Error(value.Line, IsUnknown(value) ? $"{name}{where} is unknown ('{written}')" : $"{name}{where} is '{CifBlock.Shorten(written)}', not a number");
    }

    ReadOnlySpan<char> Text(CifValue value) => _text.Slice(value.Start, value.Length);

    bool IsUnknown(CifValue value) => !value.Quoted && value.Length == 1 && _text[value.Start] is '?' or '.';

    static int Column(CifLoop loop, CifTag tag) => loop.Columns.IndexOf(tag);

    StructureFormatException Error(int line, string reason) => new(_source, line, reason);
}
