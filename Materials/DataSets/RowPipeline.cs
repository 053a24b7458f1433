namespace AtomSets.Materials;

/// <summary>
/// Prepares rows (structures, formulas) on all cores while the file is being read. With a limit, only the rows of lowest rank are held and
/// prepared, at the end.
/// </summary>
sealed class RowPipeline(int batchRows, DataSetQuery query, CancellationToken cancel)
{
    readonly List<TableRow> _rows = [];
    readonly PriorityQueue<TableRow, ulong> _lowest = new();
    readonly SemaphoreSlim _places = new(2 * Environment.ProcessorCount);
    readonly List<Task> _running = [];
    List<TableRow> _batch = [];

    /// <summary>Rows that the limit left out.</summary>
    public int Dropped { get; private set; }

    public void Add(TableRow row)
    {
        if (query.Limit is { } most)
        {
            // The queue gives its smallest first: complemented ranks make that the row to drop.
            _lowest.Enqueue(row, ~KeyedOrder.Rank(query.LimitSeed, "limit", row.Id));
            if (_lowest.Count <= most) return;
            _lowest.Dequeue();
            Dropped++;
            return;
        }
        Submit(row);
    }

    /// <summary>All rows, prepared, in file order.</summary>
    public List<TableRow> Finish()
    {
        foreach (var (row, _) in _lowest.UnorderedItems.OrderBy(item => item.Element.Number)) Submit(row);
        Flush();
        Task.WaitAll([.. _running], cancel);
        return _rows;
    }

    void Submit(TableRow row)
    {
        _rows.Add(row);
        _batch.Add(row);
        if (_batch.Count == batchRows) Flush();
    }

    void Flush()
    {
        if (_batch.Count == 0) return;
        var batch = _batch;
        _batch = new List<TableRow>(batchRows);
        _places.Wait(cancel);
        _running.Add(Task.Run(
            () =>
            {
                try
                {
                    foreach (var row in batch) row.Prepare(query.MaxSites, query.OrderedOnly);
                }
                finally
                {
                    _places.Release();
                }
            },
            cancel));
    }
}
