namespace AtomSets.Studies;

/// <summary>Learning curves in memory, for tests and simulations.</summary>
/// <param name="ledger">Knows which leases are the newest.</param>
public sealed class InMemoryMetricSink(InMemoryTrialLedger ledger) : IMetricSink
{
    readonly Lock _gate = new();
    readonly Dictionary<TrialKey, SortedDictionary<int, EpochRow>> _curves = [];

    public Task<bool> AppendAsync(TrialLease lease, IReadOnlyList<EpochRow> rows, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!ledger.IsNewest(lease)) return Task.FromResult(false);
            if (rows.Count == 0) return Task.FromResult(true);
            Cut(lease.Key, rows[0].Epoch - 1);
            if (!_curves.TryGetValue(lease.Key, out var curve)) _curves.Add(lease.Key, curve = []);
            foreach (var row in rows) curve.Add(row.Epoch, row);
            return Task.FromResult(true);
        }
    }

    public Task<bool> TruncateAsync(TrialLease lease, int lastEpoch, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!ledger.IsNewest(lease)) return Task.FromResult(false);
            Cut(lease.Key, lastEpoch);
            return Task.FromResult(true);
        }
    }

    public Task<IReadOnlyList<EpochRow>> ReadAsync(TrialKey key, CancellationToken cancellation)
    {
        lock (_gate) return Task.FromResult<IReadOnlyList<EpochRow>>(_curves.TryGetValue(key, out var curve) ? [.. curve.Values] : []);
    }

    public Task<IReadOnlyDictionary<TrialKey, EpochRow>> LastAsync(IReadOnlyCollection<TrialKey> keys, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyDictionary<TrialKey, EpochRow>>(keys.Distinct()
                .Where(key => _curves.TryGetValue(key, out var curve) && curve.Count > 0).ToDictionary(key => key, key => _curves[key].Last().Value));
        }
    }

    void Cut(TrialKey key, int lastEpoch)
    {
        if (!_curves.TryGetValue(key, out var curve)) return;
        foreach (var epoch in curve.Keys.Where(epoch => epoch > lastEpoch).ToArray()) curve.Remove(epoch);
    }
}
