namespace AtomSets.Materials;

/// <summary>A row on its way from the file into a data set; <see cref="Reason"/> is set when it is refused.</summary>
sealed class TableRow
{
    public required int Number { get; init; }

    public required string Id { get; init; }

    public required double[] Numbers { get; init; }

    public required string[] Texts { get; init; }

    public string? FormulaText { get; set; }

    public string? StructureText { get; set; }

    public Crystal? Crystal { get; set; }

    public Composition? Composition { get; set; }

    public string? Reason { get; set; }

    /// <summary>Larger than the query's max_sites, as only the structure told.</summary>
    public bool LeftOut { get; set; }

    /// <summary>Reads structure and formula; the texts are dropped.</summary>
    /// <param name="maxSites">Most atoms per cell.</param>
    /// <param name="orderedOnly">Refuses disordered sites.</param>
    public void Prepare(int? maxSites, bool orderedOnly)
    {
        try
        {
            if (StructureText is { } structure)
            {
                Crystal = StructureText.Length == 0 ? null : StructureReader.ReadText(structure, source: "structure").WithId(Id);
                if (Crystal is null) Reason = "no structure";
                else if (orderedOnly && StructureFolder.DisorderOf(Crystal) is { } disorder) Reason = disorder;
                else if (Crystal.AtomCount > maxSites) LeftOut = true;
            }
            else if (Crystal is null && FormulaText is { } formula)
            {
                if (Materials.Composition.TryParse(formula, out var composition, out var reason)) Composition = composition;
                else Reason = $"formula '{AtomSets.Materials.Numbers.Shorten(formula)}': {reason}";
            }
        }
        catch (InputException failure)
        {
            Reason = failure.Message;
        }
        StructureText = null;
        FormulaText = null;
    }
}
