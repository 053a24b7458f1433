using AtomSets.Models;

namespace AtomSets.Training;

/// <summary>
/// Splits a batch into logical shards of about equal work: rows in falling order of work, each to the shard with the least so far (R. L. Graham,
/// SIAM J. Appl. Math. 17, 416 (1969)). Depends on the rows alone, never on who computes; within a shard rows keep the batch's order.
/// </summary>
sealed class ShardSplit(IBatchSource source, int mostRows, int mostShards)
{
    readonly long[] _heaviestFirst = new long[mostRows];
    readonly int[] _shardOf = new int[mostRows], _rows = new int[mostRows];
    readonly int[] _starts = new int[mostShards + 1];
    readonly long[] _loads = new long[mostShards];
    int _count;

    /// <summary>Shards of the present batch: at most as many as it has rows.</summary>
    public int Count { get; private set; }

    /// <summary>Takes a new batch.</summary>
    public void Take(ReadOnlySpan<int> rows)
    {
        _count = rows.Length;
        Count = Math.Min(mostShards, rows.Length);
        if (Count == 1)
        {
            rows.CopyTo(_rows);
            (_starts[0], _starts[1]) = (0, rows.Length);
            return;
        }
        // Work in the upper half, descending; place in the batch in the lower, ascending: no two are equal.
        for (var i = 0; i < rows.Length; i++) _heaviestFirst[i] = -((long)source.WorkOf(rows[i]) << 32) + i;
        _heaviestFirst.AsSpan(0, rows.Length).Sort();
        _loads.AsSpan().Clear();
        _starts.AsSpan().Clear();
        foreach (var entry in _heaviestFirst.AsSpan(0, rows.Length))
        {
            var (place, work) = ((int)(uint)entry, -(entry - (uint)entry) >> 32);
            var shard = 0;
            for (var s = 1; s < Count; s++)
                if (_loads[s] < _loads[shard]) shard = s;
            _loads[shard] += Math.Max(1, work);
            _shardOf[place] = shard;
            _starts[shard + 1]++;
        }
        for (var s = 0; s < Count; s++) _starts[s + 1] += _starts[s];
        // The loads are done with: they now say where each shard's next row goes.
        for (var s = 0; s < Count; s++) _loads[s] = _starts[s];
        for (var i = 0; i < rows.Length; i++) _rows[_loads[_shardOf[i]]++] = rows[i];
    }

    /// <summary>Rows of a shard, never none.</summary>
    public ReadOnlySpan<int> Rows(int shard) => _rows.AsSpan(_starts[shard], _starts[shard + 1] - _starts[shard]);

    /// <summary>The shard's part of the batch's rows.</summary>
    public double Share(int shard) => (double)(_starts[shard + 1] - _starts[shard]) / _count;
}
