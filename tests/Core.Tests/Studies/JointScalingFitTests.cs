using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

public sealed class JointScalingFitTests
{
    static readonly (double Target, double Source)[] Sizes =
        [.. from target in new[] { 50.0, 100, 200, 400 } from source in new[] { 1000.0, 4000, 16_000 } select (target, source)];

    [Fact]
    public void Exact_law_gives_both_exponents()
    {
        var fit = JointScalingFit.Fit([.. Sizes.Select(s => (s.Target, s.Source, 30 * Math.Pow(s.Target, -0.4) * Math.Pow(s.Source, -0.15)))]);
        Assert.Equal(0.4, fit.TargetSlope, 12);
        Assert.Equal(0.15, fit.SourceSlope, 12);
        Assert.Equal(Math.Log10(30), fit.Intercept, 11);
        Assert.Equal(1, fit.RSquared, 12);
        Assert.Equal((0.4, 0.4), (Math.Round(fit.TargetInterval.Low, 10), Math.Round(fit.TargetInterval.High, 10)));
        Assert.Equal(0.15, fit.SourceInterval.Low, 10);
        Assert.Equal(30 * Math.Pow(80, -0.4) * Math.Pow(2000, -0.15), fit.ErrorAt(80, 2000), 10);
    }

    [Fact]
    public void Standard_errors_are_those_of_repeated_experiments()
    {
        const int Experiments = 300;
        double[] targets = new double[Experiments], sources = new double[Experiments];
        double saidTarget = 0, saidSource = 0;
        var (coveredTarget, coveredSource) = (0, 0);
        for (var i = 0; i < Experiments; i++)
        {
            var noise = new KeyedStream((ulong)i, "noise");
            var fit = JointScalingFit.Fit([.. Sizes.Select((s, k) => (s.Target, s.Source, Math.Pow(s.Target, -0.4) * Math.Pow(s.Source, -0.15) * Math.Pow(10, 0.05 * noise.Normal((ulong)k))))], resamples: 200);
            if (fit.TargetInterval.Low <= 0.4 && 0.4 <= fit.TargetInterval.High) coveredTarget++;
            if (fit.SourceInterval.Low <= 0.15 && 0.15 <= fit.SourceInterval.High) coveredSource++;
            (targets[i], sources[i]) = (fit.TargetSlope, fit.SourceSlope);
            saidTarget += fit.TargetSlopeError / Experiments;
            saidSource += fit.SourceSlopeError / Experiments;
        }
        // A standard deviation of 300 values is known to 4 %; five of these.
        Assert.InRange(saidTarget / Spread(targets), 0.8, 1.2);
        Assert.InRange(saidSource / Spread(sources), 0.8, 1.2);
        // Of twelve points the percentile bootstrap is known to be narrow.
        Assert.InRange(coveredTarget, 0.8 * Experiments, 0.99 * Experiments);
        Assert.InRange(coveredSource, 0.8 * Experiments, 0.99 * Experiments);
        Assert.InRange(targets.Average(), 0.4 - (5 * saidTarget / Math.Sqrt(Experiments)), 0.4 + (5 * saidTarget / Math.Sqrt(Experiments)));
    }

    [Fact]
    public void Sizes_that_vary_together_are_refused()
    {
        Assert.Contains("independently", Assert.Throws<ArgumentException>(() => JointScalingFit.Fit([(10, 100, 1), (20, 200, 0.8), (40, 400, 0.7), (80, 800, 0.5)])).Message, StringComparison.Ordinal);
        Assert.Contains("independently", Assert.Throws<ArgumentException>(() => JointScalingFit.Fit([(10, 100, 1), (20, 100, 0.8), (40, 100, 0.7)])).Message, StringComparison.Ordinal);
        Assert.Contains("at least three", Assert.Throws<ArgumentException>(() => JointScalingFit.Fit([(10, 100, 1)])).Message, StringComparison.Ordinal);
    }

    static double Spread(double[] values) => Math.Sqrt(values.Sum(v => (v - values.Average()) * (v - values.Average())) / (values.Length - 1));
}
