using System.Diagnostics;

namespace AtomSets.Bench;

/// <summary>What a contest came to.</summary>
/// <param name="Name">Name of the benchmark.</param>
/// <param name="Ours">Median figure of our side.</param>
/// <param name="Peer">Median figure of the peer; null where it could not run.</param>
/// <param name="Unit">Unit of both.</param>
/// <param name="Ratio">Median over pairs of neighbouring runs of the peer's time over ours: above 1 we are faster.</param>
/// <param name="Spread">Interquartile range over median: of the pairs' ratios, or of our times where there is no peer.</param>
/// <param name="Runs">Runs of each side.</param>
/// <param name="Note">See <see cref="Contest.Note"/>.</param>
sealed record Measurement(string Name, double Ours, double? Peer, string Unit, double? Ratio, double Spread, int Runs, string Note)
{
    /// <summary>Long enough for the clock and for what the system does in between.</summary>
    const double SecondsPerRun = 0.4;

    /// <summary>Runs both sides in turns, ours first, after each has warmed up.</summary>
    public static Measurement Take(string name, Contest contest, int runs)
    {
        var ourCount = Calibrate(count => Time(contest.Ours, count));
        var peerCount = contest.Peer is { } peer ? Calibrate(peer.Run) : 0;
        var ours = new double[runs];
        var peers = new double[runs];
        for (var run = 0; run < runs; run++)
        {
            ours[run] = Time(contest.Ours, ourCount) / ourCount;
            if (contest.Peer is not null) peers[run] = contest.Peer.Run(peerCount) / peerCount;
        }
        if (contest.Peer is null) return new(name, contest.Figure(Quantile(ours, 0.5)), null, contest.Unit, null, RelativeRange(ours), runs, contest.Note);
        var ratios = peers.Zip(ours, (theirs, our) => theirs / our).ToArray();
        return new(name, contest.Figure(Quantile(ours, 0.5)), contest.Figure(Quantile(peers, 0.5)), contest.Unit, Quantile(ratios, 0.5), RelativeRange(ratios), runs, contest.Note);
    }

    internal static double Time(Action iteration, int count)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++) iteration();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Iterations of a run; the calls on the way are the warm-up (the runtime has compiled its final code after some thirty calls).</summary>
    static int Calibrate(Func<int, double> run)
    {
        const int warmUp = 40;
        var (count, spent, done) = (1, 0.0, 0);
        while (true)
        {
            var seconds = run(count);
            spent += seconds;
            done += count;
            if (spent > 2 * SecondsPerRun && (done >= warmUp || spent > 8 * SecondsPerRun))
                return Math.Max(1, (int)Math.Round(SecondsPerRun * count / seconds));
            if (seconds < SecondsPerRun / 4) count *= 2;
        }
    }

    static double RelativeRange(double[] values) => (Quantile(values, 0.75) - Quantile(values, 0.25)) / Quantile(values, 0.5);

    static double Quantile(double[] values, double share)
    {
        var sorted = values.Order().ToArray();
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        return below + 1 < sorted.Length ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
