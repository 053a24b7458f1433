namespace AtomSets.Models;

/// <summary>A source whose model has one element for each site: rows with shared or partly vacant sites are refused, with the reason.</summary>
sealed class OrderedSource : IBatchSource
{
    readonly IBatchSource _source;
    readonly HashSet<int> _disordered;

    OrderedSource(IBatchSource source, RefusedRow[] disordered)
    {
        _source = source;
        _disordered = [.. disordered.Select(row => row.Row)];
        Refused = [.. source.Refused.Concat(disordered).DistinctBy(row => row.Row).OrderBy(row => row.Row)];
    }

    public int Count => _source.Count;

    public IReadOnlyList<RefusedRow> Refused { get; }

    /// <summary>The source itself where every row of the data is ordered.</summary>
    /// <param name="source">Owned by the result.</param>
    /// <param name="data">What it was opened from.</param>
    /// <param name="model">For the reason.</param>
    public static IBatchSource Over(IBatchSource source, PreparedData data, string model)
    {
        var disordered = Disordered(data, model);
        return disordered.Length == 0 ? source : new OrderedSource(source, disordered);
    }

    /// <summary>Rows that are refused, with the reason.</summary>
    public static RefusedRow[] Disordered(PreparedData data, string model) => data.Occupancies is not { } occupancies
        ? []
        : [.. Enumerable.Range(0, data.Count).Select(row => (row, Sites: occupancies(row))).Where(one => one.Sites is not null)
            .Select(one => new RefusedRow(one.row, $"a site is disordered ({one.Sites!.FirstShared}), and a {model} takes one element for each site: use a megnet, a model on its layers, or a model of formulas"))];

    public IBatch Create() => _source.Create();

    public void Fill(IBatch batch, ReadOnlySpan<int> rows)
    {
        foreach (var row in rows)
            if (_disordered.Contains(row)) throw new ModelException($"row {row}: {Refused.First(entry => entry.Row == row).Reason}");
        _source.Fill(batch, rows);
    }

    public int WorkOf(int row) => _source.WorkOf(row);

    public void Dispose() => _source.Dispose();
}
