namespace AtomSets.Models;

/// <summary>Makes tables of layers that are pooled over atoms or joined.</summary>
static class LayerTables
{
    /// <summary>One row per material, of a layer with several.</summary>
    public static FeatureTable Pool(FeatureTable table, LayerPart part)
    {
        var width = part.WidthOf(table.Width);
        var (offsets, kept) = (new int[table.Count + 1], 0);
        for (var material = 0; material < table.Count; material++) offsets[material + 1] = kept += table.RowCount(material) > 0 ? 1 : 0;
        var values = new float[kept * width];
        for (var material = 0; material < table.Count; material++)
        {
            if (table.RowCount(material) == 0) continue;
            var place = values.AsSpan(offsets[material] * width, width);
            if (part.Pooling == RowPooling.Statistics) SiteStatistics.Compute(table[material], table.Width, table.WeightsOf(material), place);
            else SiteStatistics.Mean(table[material], table.Width, table.WeightsOf(material), place);
        }
        return new FeatureTable(part.Name, width, offsets, values)
        {
            Refused = table.Refused,
            Columns = [.. part.Columns(table.Width)],
        };
    }

    /// <summary>The layers beside each other; those of one row per material are repeated where another has a row per atom.</summary>
    public static FeatureTable Join(LayerNames names, IReadOnlyList<FeatureTable> tables)
    {
        var width = tables.Sum(table => table.Width);
        var offsets = new int[tables[0].Count + 1];
        for (var material = 0; material < tables[0].Count; material++)
        {
            // A material that one layer lacks has no row.
            var rows = tables.Any(table => table.RowCount(material) == 0) ? 0 : tables.Max(table => table.RowCount(material));
            offsets[material + 1] = offsets[material] + rows;
        }
        var values = new float[(long)offsets[^1] * width];
        for (var material = 0; material < tables[0].Count; material++)
        {
            for (var row = 0; row < offsets[material + 1] - offsets[material]; row++)
            {
                var place = values.AsSpan((offsets[material] + row) * width, width);
                foreach (var table in tables)
                {
                    table[material].Slice((table.RowCount(material) == 1 ? 0 : row) * table.Width, table.Width).CopyTo(place);
                    place = place[table.Width..];
                }
            }
        }
        return new FeatureTable(names.Text, width, offsets, values)
        {
            Refused = [.. tables.SelectMany(table => table.Refused).DistinctBy(row => row.Row).OrderBy(row => row.Row)],
            Columns = [.. tables.SelectMany(table => table.Columns)],
        };
    }
}
