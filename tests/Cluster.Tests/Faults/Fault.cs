namespace AtomSets.Cluster.Tests;

/// <summary>What befalls a cluster.</summary>
enum FaultKind
{
    /// <summary>kill -9 of a silo that runs a trial.</summary>
    Trial,

    /// <summary>kill -9 of a silo that helps with a shard of another's trial, else of one that runs a trial of several shards.</summary>
    Shard,

    /// <summary>kill -9 of the silo that hosts the study.</summary>
    Study,

    /// <summary>kill -9 of the silo that hosts the pool.</summary>
    Pool,

    /// <summary>kill -9 of the database server's first process; whoever needs it first starts it again.</summary>
    Database,

    /// <summary>The database server is stopped in good order; whoever needs it first starts it again.</summary>
    Restart,

    /// <summary>The database server and a silo that runs a trial at once.</summary>
    DatabaseAndTrial,

    /// <summary>A silo that runs a trial stands still for 20 seconds, and then goes on.</summary>
    Stall,

    /// <summary>A silo reaches neither the database nor any other, for a while. Only where silos are on hosts of their own.</summary>
    CutOff,
}

/// <summary>One fault, as drawn.</summary>
/// <param name="Delay">How long the cluster runs undisturbed before.</param>
/// <param name="Absence">How long a killed silo is away before it is started again.</param>
sealed record Fault(FaultKind Kind, TimeSpan Delay, TimeSpan Absence);

/// <summary>Draws faults: the same sequence for the same seed. Each kind comes once before any comes again.</summary>
/// <param name="random">Seeded.</param>
/// <param name="kinds">To draw from.</param>
/// <param name="longest">Longest undisturbed time.</param>
sealed class FaultDraw(Random random, IReadOnlyList<FaultKind> kinds, TimeSpan longest)
{
    readonly Queue<FaultKind> _next = new();

    public Fault Next()
    {
        if (_next.Count == 0)
        {
            var order = kinds.ToArray();
            random.Shuffle(order);
            foreach (var kind in order) _next.Enqueue(kind);
        }
        return new Fault(_next.Dequeue(), longest * random.NextDouble(), TimeSpan.FromSeconds(1 + (3 * random.NextDouble())));
    }
}
