using System.Diagnostics;
using System.Globalization;

namespace AtomSets.Bench;

/// <summary>What a contest came to: a line of the table.</summary>
/// <param name="Name">Name of the row.</param>
/// <param name="Ours">Median figure of our side.</param>
/// <param name="Peer">Median figure of the peer; null where it could not run.</param>
/// <param name="Unit">Unit of both.</param>
/// <param name="Ratio">Median over pairs of neighbouring runs of the peer's time over ours: above 1 we are faster.</param>
/// <param name="Spread">Interquartile range over median: of the pairs' ratios, or of our times where there is no peer.</param>
/// <param name="ShareOfPeak">Median over runs of the arithmetic's time at the peak, measured beside it, over ours; null where there is no arithmetic to count or no peak to measure.</param>
/// <param name="Runs">Runs of each side.</param>
/// <param name="Note">See <see cref="Contest.Note"/>.</param>
sealed record Measurement(
    string Name, double Ours, double? Peer, string Unit, double? Ratio, double Spread, double? ShareOfPeak, int Runs, string Note)
{
    /// <summary>Long enough for the clock and for what the system does in between.</summary>
    const double SecondsPerRun = 0.4;

    const double SecondsOfPeak = 0.05;

    /// <summary>Runs all sides in turns, after each has warmed up.</summary>
    /// <param name="name">Name of the row.</param>
    /// <param name="contest">The sides.</param>
    /// <param name="runs">Runs of each.</param>
    /// <param name="cores">Cores in use: the peak is that of one core times so many.</param>
    public static Measurement Take(string name, Contest contest, int runs, int cores = 1)
    {
        var peak = contest.Operations is { } operations && FmaLoop.Widest() is { } loop ? new PeakRival(loop, operations / cores) : null;
        Side[] sides =
        [
            new(count => Time(contest.Ours, count), SecondsPerRun, runs),
            .. contest.Peers.Select(peer => new Side(peer.Run, SecondsPerRun, runs)),
            .. peak is null ? Array.Empty<Side>() : [new Side(peak.Run, SecondsOfPeak, runs)],
        ];
        for (var run = 0; run < runs; run++)
        {
            // To and fro, so that a drift of the machine's speed falls on both sides alike.
            foreach (var side in run % 2 == 0 ? sides : sides.Reverse()) side.Measure(run);
        }
        var ours = sides[0].Seconds;
        var best = sides[1..(1 + contest.Peers.Count)].MinBy(side => Quantile(side.Seconds, 0.5));
        var ratios = best?.Seconds.Zip(ours, (theirs, our) => theirs / our).ToArray();
        return new(
            name,
            contest.Figure(Quantile(ours, 0.5)),
            best is null ? null : contest.Figure(Quantile(best.Seconds, 0.5)),
            contest.Unit,
            ratios is null ? null : Quantile(ratios, 0.5),
            RelativeRange(ratios ?? ours),
            contest.Peer is PeakRival ? Quantile(ratios!, 0.5) : peak is null ? null : Quantile([.. sides[^1].Seconds.Zip(ours, (atPeak, our) => atPeak / our)], 0.5),
            runs,
            contest.Peers.Count < 2 ? contest.Note : $"{Each(contest, sides)}; {contest.Note}");
    }

    /// <summary>What each of several peers came to.</summary>
    static string Each(Contest contest, Side[] sides) => string.Join(", ", contest.Peers.Select((peer, i) =>
        string.Create(CultureInfo.InvariantCulture, $"{peer.What}: {contest.Figure(Quantile(sides[i + 1].Seconds, 0.5)):G4} {contest.Unit}")));

    internal static double Time(Action iteration, int count)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++) iteration();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    static double RelativeRange(double[] values) => (Quantile(values, 0.75) - Quantile(values, 0.25)) / Quantile(values, 0.5);

    internal static double Quantile(double[] values, double share)
    {
        var sorted = values.Order().ToArray();
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        return below + 1 < sorted.Length ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }

    /// <summary>One of the sides, warmed up.</summary>
    sealed class Side
    {
        readonly Func<int, double> _run;
        readonly int _count;

        public Side(Func<int, double> run, double seconds, int runs)
        {
            _run = run;
            _count = Calibrate(run, seconds);
            Seconds = new double[runs];
        }

        /// <summary>Of one iteration, by run.</summary>
        public double[] Seconds { get; }

        public void Measure(int run) => Seconds[run] = _run(_count) / _count;

        /// <summary>Iterations of a run; the calls on the way are the warm-up (the runtime has compiled its final code after some thirty calls).</summary>
        static int Calibrate(Func<int, double> run, double wanted)
        {
            const int warmUp = 40;
            var (count, spent, done) = (1, 0.0, 0);
            while (true)
            {
                var seconds = run(count);
                spent += seconds;
                done += count;
                if (spent > 2 * wanted && (done >= warmUp || spent > 8 * wanted)) return Math.Max(1, (int)Math.Round(wanted * count / seconds));
                if (seconds < wanted / 4) count *= 2;
            }
        }
    }
}
