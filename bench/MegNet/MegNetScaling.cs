namespace AtomSets.Bench;

/// <summary>What a second worker brings: our step on two workers against our step on one, and pure arithmetic on two cores against one, all in turns.</summary>
sealed class MegNetScaling : IRow
{
    const int WarmUp = 40;
    const double SecondsPerRun = 0.4;

    public string Name => "megnet-2w-scaling";

    public string About => "MEGNet training step on two workers; peer: our own single worker; with it the same for fused multiply-adds on both cores";

    public int Cores => 2;

    public IReadOnlyList<Measurement> Measure(int runs)
    {
        var loops = new[] { FmaLoop.Widest(), FmaLoop.Widest() };
        if (loops is not [{ } loop, { } otherLoop]) throw new BenchException("pure arithmetic is measured with AVX2 and FMA, which this processor has not");
        using var side = new MegNetSide(mergesEqualBonds: true);
        using var both = new MegNetTeam(side, workers: 2);
        using var alone = new MegNetTeam(side, workers: 1);
        Side[] sides = [new(count => Measurement.Time(both.Step, count)), new(count => Measurement.Time(alone.Step, count)), new(Arithmetic(loop, otherLoop)), new(Arithmetic(loop, null))];
        for (var run = 0; run < runs; run++)
        {
            foreach (var each in run % 2 == 0 ? sides : sides.Reverse()) each.Measure();
        }
        var note = $"{side.What}; {side.KernelName}";
        return
        [
            Line(Name, "ms", sides[0].Seconds, sides[1].Seconds, 1, seconds => 1000 * seconds, $"{note}; ours: two workers, peer: our own single worker"),
            // Two loops on two cores are twice the work.
            Line("fma-2w-scaling", "GFLOP/s", sides[2].Seconds, sides[3].Seconds, 2, seconds => loop.Operations / seconds * 1e-9, "multiply-adds in registers; ours: both cores at once, peer: one core"),
        ];
    }

    /// <summary>So many turns of the loop on this thread, and on a second one where there is a second loop.</summary>
    static Func<int, double> Arithmetic(FmaLoop loop, FmaLoop? other) => count => Measurement.Time(() =>
    {
        var second = other is null ? null : new Thread(() => Measurement.Time(other.Run, count));
        second?.Start();
        Measurement.Time(loop.Run, count);
        second?.Join();
    }, 1);

    static Measurement Line(string name, string unit, List<double> ours, List<double> peer, int work, Func<double, double> figure, string note)
    {
        var ratios = peer.Zip(ours, (theirs, our) => work * theirs / our).ToArray();
        var median = Measurement.Quantile(ratios, 0.5);
        return new Measurement(
            name, figure(Measurement.Quantile([.. ours], 0.5) / work), figure(Measurement.Quantile([.. peer], 0.5)), unit, median,
            (Measurement.Quantile(ratios, 0.75) - Measurement.Quantile(ratios, 0.25)) / median, null, ratios.Length, note);
    }

    sealed class Side
    {
        readonly Func<int, double> _run;
        readonly int _count;

        public Side(Func<int, double> run)
        {
            _run = run;
            run(WarmUp);
            _count = Math.Max(1, (int)Math.Round(SecondsPerRun * WarmUp / run(WarmUp)));
        }

        /// <summary>Of one iteration, by run.</summary>
        public List<double> Seconds { get; } = [];

        public void Measure() => Seconds.Add(_run(_count) / _count);
    }
}
