using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>Everything <see cref="PoolMachine"/> knows. Immutable.</summary>
public sealed class PoolState
{
    internal PoolState() { }

    /// <param name="maxGang">Over how many workers a sharded trial may be spread; 1 runs all shards in one worker.</param>
    public static PoolState Empty(int maxGang = 1) => new()
    {
        MaxGang = maxGang >= 1 ? maxGang : throw new ArgumentOutOfRangeException(nameof(maxGang), maxGang, "A gang has at least one worker."),
    };

    internal int MaxGang { get; init; }

    internal PersistentMap<string, PoolWorker> Workers { get; init; } = PersistentMap<string, PoolWorker>.Empty(StringComparer.Ordinal);

    internal ImmutableSortedSet<(long Joined, string Worker)> Free { get; init; } = [];

    internal PersistentMap<TrialKey, PoolJob> Jobs { get; init; } = PersistentMap<TrialKey, PoolJob>.Empty();

    internal ImmutableSortedDictionary<string, PoolStudy> Studies { get; init; } =
        ImmutableSortedDictionary.Create<string, PoolStudy>(StringComparer.Ordinal);

    /// <summary>Numbers joins, tickets and turns.</summary>
    internal long Clock { get; init; }

    public int WorkerCount => Workers.Count;

    public int FreeCount => Free.Count;

    /// <summary>Trials that wait, run or are held elsewhere.</summary>
    public int TrialCount => Jobs.Count;

    public bool Has(TrialKey key) => Jobs.ContainsKey(key);

    /// <summary>Whether a trial is wanted and no worker, here or elsewhere, has begun it.</summary>
    public bool IsWaiting(TrialKey key) => Jobs.GetValueOrDefault(key)?.Standing == JobStanding.Queued;

    /// <summary>What a worker runs, or null when it is free or unknown.</summary>
    public (TrialKey Key, long Ticket)? RunningOn(string worker) => Workers.GetValueOrDefault(worker)?.Running;

    /// <summary>Of a study that waits for or runs something, else null.</summary>
    public int? PriorityOf(string study) => Studies.GetValueOrDefault(study)?.Priority;

    /// <summary>Trials that wait for a worker.</summary>
    public int WaitingCount => Studies.Sum(study => study.Value.Queue.Count);

    /// <summary>Trials of a study that wait for a worker.</summary>
    public int WaitingOf(string study) => Studies.GetValueOrDefault(study)?.Queue.Count ?? 0;
}

sealed record PoolWorker(long Joined, string Place, (TrialKey Key, long Ticket)? Running);

enum JobStanding
{
    Queued,
    Running,

    /// <summary>Another pool has it.</summary>
    Parked,
}

/// <param name="Wanted">Who waits for it, with the trial's order there.</param>
/// <param name="Ticket">Of the running attempt.</param>
/// <param name="Payer">The study on whose turn it runs.</param>
sealed record PoolJob(
    ImmutableSortedDictionary<string, long> Wanted, int Shards, JobStanding Standing, long Ticket, ImmutableArray<string> Gang, string? Payer)
{
    /// <summary>Places that lack what it needs.</summary>
    public ImmutableHashSet<string> Lacking { get; init; } = [];
}

/// <param name="Running">Workers that run trials on this study's turn.</param>
/// <param name="Served">When it last had a turn.</param>
/// <param name="Trials">How many jobs it waits for.</param>
sealed record PoolStudy(int Priority, ImmutableSortedSet<(long Order, TrialKey Key)> Queue, int Running, long Served, int Trials);
