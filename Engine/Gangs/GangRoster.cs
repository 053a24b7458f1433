using System.Collections.Immutable;

namespace AtomSets.Engine;

/// <summary>Who computes what in a gang. The same in every process of it.</summary>
/// <param name="Members">Places in the link of the processes that take part, ascending; a process's rank is its place here.</param>
/// <param name="Workers">Workers of each.</param>
/// <param name="Rank">This process's.</param>
sealed record GangRoster(ImmutableArray<int> Members, ImmutableArray<int> Workers, int Rank)
{
    readonly int _all = Workers.Sum();

    /// <summary>Ranks of the other processes, the next one first: so all begin with another.</summary>
    public IEnumerable<int> Others => Enumerable.Range(1, Members.Length - 1).Select(i => (Rank + i) % Members.Length);

    /// <summary>The consecutive shards that a process computes: about as many as its part of all workers.</summary>
    /// <param name="rank">Which process.</param>
    /// <param name="shards">Logical shards of the batch, at least 1; with fewer shards than workers some processes may have none.</param>
    public (int First, int Count) ShardsOf(int rank, int shards)
    {
        var before = 0;
        for (var i = 0; i < rank; i++) before += Workers[i];
        var first = ShardsBefore(before, shards);
        return (first, ShardsBefore(before + Workers[rank], shards) - first);
    }

    /// <summary>Shards that this process computes at most, of batches that have at most <paramref name="shards"/>.</summary>
    public int MostShards(int shards) => Enumerable.Range(1, shards).Max(count => ShardsOf(Rank, count).Count);

    /// <summary>The process that predicts a batch of validation rows: the workers take batches in turn.</summary>
    public int RankOfBatch(int batch)
    {
        var worker = batch % _all;
        for (var rank = 0; ; rank++)
        {
            if (worker < Workers[rank]) return rank;
            worker -= Workers[rank];
        }
    }

    // Rounded up: with fewer shards than workers the leader is among those that have one.
    int ShardsBefore(int workers, int shards) => (workers * shards + _all - 1) / _all;
}
