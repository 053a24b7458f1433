using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

public sealed class ScalingFitTests
{
    static readonly double[] Sizes = [50, 100, 200, 400, 800];

    [Fact]
    public void Exact_power_law_gives_its_exponent_and_no_doubt()
    {
        // error = 20·N^-0.35
        var fit = ScalingFit.Fit(Sizes, [.. Sizes.Select(n => 20 * Math.Pow(n, -0.35))], seed: 1);
        Assert.Equal(0.35, fit.Slope, 12);
        Assert.Equal(Math.Log10(20), fit.Intercept, 12);
        Assert.Equal(0, fit.SlopeError, 7);
        Assert.Equal(0.35, fit.SlopeLow, 12);
        Assert.Equal(0.35, fit.SlopeHigh, 12);
        Assert.Equal(1, fit.RSquared, 12);
        Assert.Equal(20 * Math.Pow(1000, -0.35), fit.ErrorAt(1000), 10);
        Assert.Equal(1000, fit.SizeFor(fit.ErrorAt(1000)), 8);
    }

    [Fact]
    public void Textbook_points_give_textbook_numbers()
    {
        // log10: x = 0, 1, 2, 3 and y = 0, −1, −1, −2 → slope −0.6, intercept −0.1; residual sum 0.2, spread 5 → SE = √(0.1/5); R² = 1 − 0.2/2.
        var fit = ScalingFit.Fit([1, 10, 100, 1000], [1, 0.1, 0.1, 0.01], seed: 1, resamples: 0);
        Assert.Equal(0.6, fit.Slope, 12);
        Assert.Equal(-0.1, fit.Intercept, 12);
        Assert.Equal(Math.Sqrt(0.02), fit.SlopeError, 12);
        Assert.Equal(0.9, fit.RSquared, 12);
        Assert.True(double.IsNaN(fit.SlopeLow));
    }

    [Fact]
    public void Equivalent_data_factor_compares_two_curves()
    {
        var scratch = ScalingFit.Fit(Sizes, [.. Sizes.Select(n => 20 * Math.Pow(n, -0.5))], seed: 1, resamples: 0);
        var transfer = ScalingFit.Fit(Sizes, [.. Sizes.Select(n => 10 * Math.Pow(n, -0.5))], seed: 1, resamples: 0);
        Assert.Equal(4, transfer.EquivalentDataFactor(scratch, 200), 9); // half the error at slope ½: four times the data
        Assert.Equal(0.25, scratch.EquivalentDataFactor(transfer, 200), 9);
    }

    [Fact]
    public void Interval_covers_the_true_exponent_about_as_often_as_it_says()
    {
        const double Exponent = 0.4;
        const int Trials = 200;
        var covered = 0;
        for (ulong trial = 0; trial < Trials; trial++)
        {
            var noise = new KeyedStream(trial, "noise");
            double[] sizes = [.. Sizes.SelectMany(n => Enumerable.Repeat(n, 6))];
            double[] errors = [.. sizes.Select((n, i) => 20 * Math.Pow(n, -Exponent) * Math.Pow(10, 0.05 * noise.Normal((ulong)i)))];
            var fit = ScalingFit.Fit(sizes, errors, trial, resamples: 400);
            if (fit.SlopeLow <= Exponent && Exponent <= fit.SlopeHigh) covered++;
            Assert.InRange(fit.Slope, Exponent - (5 * fit.SlopeError), Exponent + (5 * fit.SlopeError));
        }
        // 95 % nominal; the percentile bootstrap on 30 points is a little narrow. Keyed noise: the count is always the same.
        Assert.InRange(covered, 0.88 * Trials, 0.99 * Trials);
    }

    [Fact]
    public void Same_seed_gives_the_same_interval_and_another_seed_another()
    {
        double[] errors = [5, 3.5, 3, 2, 1.6];
        var fit = ScalingFit.Fit(Sizes, errors, seed: 1, resamples: 50);
        Assert.Equal(fit, ScalingFit.Fit(Sizes, errors, seed: 1, resamples: 50));
        var other = ScalingFit.Fit(Sizes, errors, seed: 2, resamples: 50);
        Assert.NotEqual((fit.SlopeLow, fit.SlopeHigh), (other.SlopeLow, other.SlopeHigh));
        Assert.InRange(fit.Slope, fit.SlopeLow, fit.SlopeHigh);
    }

    [Fact]
    public void Error_that_does_not_fall_has_no_size_for_a_wanted_error()
    {
        var flat = ScalingFit.Fit([10, 100], [2, 2], seed: 1, resamples: 10);
        Assert.Equal(0, flat.Slope);
        Assert.True(double.IsNaN(flat.SizeFor(1)));
        Assert.True(double.IsNaN(flat.SlopeError));
        Assert.True(double.IsNaN(flat.RSquared));
    }

    [Theory]
    [InlineData(new double[] { 10, 10 }, new double[] { 1, 2 }, "two different sizes")]
    [InlineData(new double[] { 10, 100 }, new double[] { 1, 0 }, "0 has no logarithm")]
    [InlineData(new double[] { 10, 100 }, new double[] { 1, double.NaN }, "NaN has no logarithm")]
    [InlineData(new double[] { 10, 100 }, new double[] { 1 }, "2 sizes but 1 errors")]
    public void Points_without_a_law_are_refused(double[] sizes, double[] errors, string reason) =>
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => ScalingFit.Fit(sizes, errors, 1)).Message, StringComparison.Ordinal);
}
