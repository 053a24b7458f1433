namespace AtomSets.Bench;

/// <summary>One row of the table. Its contest is prepared (data read, peer started) only when it is asked for.</summary>
interface IBenchmark
{
    string Name { get; }

    /// <summary>What is measured, in a line.</summary>
    string About { get; }

    Contest Prepare();
}

/// <summary>Two programs that do the same work, ready to run in turns. Disposes what was prepared.</summary>
sealed class Contest(params IDisposable?[] owned) : IDisposable
{
    /// <summary>Unit of <see cref="Figure"/>.</summary>
    public required string Unit { get; init; }

    /// <summary>Our side: one iteration.</summary>
    public required Action Ours { get; init; }

    /// <summary>The number to print, from the seconds of one iteration.</summary>
    public required Func<double, double> Figure { get; init; }

    public PeerProcess? Peer { get; init; }

    /// <summary>What both sides worked on, how well their values agree, or why there is no peer.</summary>
    public required string Note { get; init; }

    public void Dispose()
    {
        foreach (var part in owned) part?.Dispose();
    }
}
