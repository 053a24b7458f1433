namespace AtomSets.Bench;

/// <summary>Programs that do the same work, ready to run in turns. Disposes what was prepared.</summary>
sealed class Contest(params IDisposable?[] owned) : IDisposable
{
    /// <summary>Unit of <see cref="Figure"/>.</summary>
    public required string Unit { get; init; }

    /// <summary>Our side: one iteration.</summary>
    public required Action Ours { get; init; }

    /// <summary>The number to print, from the seconds of one iteration.</summary>
    public required Func<double, double> Figure { get; init; }

    /// <summary>The peer; null where there is none.</summary>
    public IRival? Peer
    {
        get => Peers.Count == 0 ? null : Peers[0];
        init => Peers = value is null ? [] : [value];
    }

    /// <summary>Several ways to run the peer: the fastest of them counts.</summary>
    public IReadOnlyList<IRival> Peers { get; init; } = [];

    /// <summary>
    /// Floating-point operations that one iteration of our formulation asks for (a multiply-add is two), each product counted once and nothing
    /// for what is computed again; null where there is no arithmetic to count. With it the row shows its share of the peak.
    /// </summary>
    public double? Operations { get; init; }

    /// <summary>What both sides worked on, how well their values agree, or why there is no peer.</summary>
    public required string Note { get; init; }

    public void Dispose()
    {
        foreach (var part in owned) part?.Dispose();
    }
}
