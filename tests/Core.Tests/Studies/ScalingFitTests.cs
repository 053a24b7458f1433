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
    public void Means_over_replicates_lie_on_a_line_from_which_single_points_scatter()
    {
        // log10: at x = 0, 1, 2 means of 0, −1, −2 with ±0.5 around each: residual sum 1.5, spread 4 + 1.5; of the means nothing is left.
        var scattered = ScalingFit.Fit([1, 1, 10, 10, 100, 100], [.. new[] { 0.5, -0.5, -0.5, -1.5, -1.5, -2.5 }.Select(y => Math.Pow(10, y))], seed: 1, resamples: 0);
        Assert.Equal(1 - (1.5 / 5.5), scattered.RSquared, 12);
        Assert.Equal(1, scattered.RSquaredOfMeans, 12);
        // Two points at one size weigh twice: y = 0, (−1, −1), −4 → the same as four single points.
        var uneven = ScalingFit.Fit([1, 10, 10, 100], [1, 0.1, 0.1, 1e-4], seed: 1, resamples: 0);
        Assert.Equal(uneven.RSquared, uneven.RSquaredOfMeans, 12);
        Assert.True(uneven.RSquared < 0.95);
        // A line meets two means, however the points scatter: nothing to report.
        Assert.True(double.IsNaN(ScalingFit.Fit([1, 1, 10, 10], [1, 2, 0.1, 0.3], seed: 1, resamples: 0).RSquaredOfMeans));
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
    public void Size_and_factor_are_found_again_in_noisy_laws_of_known_exponents()
    {
        // 20·N^-0.4 reaches 1 at N = 20^2.5 = 1789; 12·N^-0.4 at 800 has the error that the other has at 800·(20/12)^2.5 = 2869: 3.59 times as many.
        const int Trials = 200;
        var (sizeCovered, factorCovered) = (0, 0);
        var (trueSize, trueFactor) = (Math.Pow(20, 2.5), Math.Pow(20.0 / 12, 2.5));
        List<double> foundSizes = [], foundFactors = [];
        double[] sizes = [.. Sizes.SelectMany(n => Enumerable.Repeat(n, 6))];
        for (ulong trial = 0; trial < Trials; trial++)
        {
            var noise = new KeyedStream(trial, "noise");
            double[] Errors(double factor, int offset) => [.. sizes.Select((n, i) => factor * Math.Pow(n, -0.4) * Math.Pow(10, 0.04 * noise.Normal((ulong)(offset + i))))];
            var (scratch, transfer) = (Errors(20, 0), Errors(12, 1000));
            var (scratchFit, transferFit) = (ScalingFit.Fit(sizes, scratch, trial, resamples: 0), ScalingFit.Fit(sizes, transfer, trial, resamples: 0));
            foundSizes.Add(Math.Log(scratchFit.SizeFor(1) / trueSize));
            foundFactors.Add(Math.Log(transferFit.EquivalentDataFactor(scratchFit, 800) / trueFactor));
            var size = ScalingFit.SizeInterval(sizes, scratch, 1, trial, resamples: 400);
            var factor = ScalingFit.FactorInterval((sizes, transfer), (sizes, scratch), 800, trial, resamples: 400);
            if (size.Low <= trueSize && trueSize <= size.High) sizeCovered++;
            if (factor.Low <= trueFactor && trueFactor <= factor.High) factorCovered++;
        }
        // Unbiased in the logarithm to a few hundredths, and 95 % intervals that cover about as often as they say. Keyed noise: always the same counts.
        Assert.InRange(foundSizes.Average(), -0.03, 0.03);
        Assert.InRange(foundFactors.Average(), -0.03, 0.03);
        Assert.InRange(sizeCovered, 0.88 * Trials, 0.99 * Trials);
        Assert.InRange(factorCovered, 0.88 * Trials, 0.99 * Trials);
    }

    [Fact]
    public void A_law_of_another_exponent_saves_more_the_more_rows_there_are()
    {
        // 10·N^-0.5 against 10·N^-0.25: the other needs N² rows for the error at N.
        var (steep, shallow) = (Exact(10, 0.5), Exact(10, 0.25));
        Assert.Equal(100, ScalingFit.Fit(steep.Sizes, steep.Errors, 1, 0).EquivalentDataFactor(ScalingFit.Fit(shallow.Sizes, shallow.Errors, 1, 0), 100), 6);
        Assert.Equal(400, ScalingFit.FactorInterval(steep, shallow, 400, seed: 1, resamples: 20).Low, 5);

        static (double[] Sizes, double[] Errors) Exact(double factor, double exponent) => (Sizes, [.. Sizes.Select(n => factor * Math.Pow(n, -exponent))]);
    }

    [Fact]
    public void An_error_that_may_not_fall_needs_rows_without_end()
    {
        // Two of three points rise: some resampled lines do not fall.
        var (low, high) = ScalingFit.SizeInterval([10, 100, 1000], [1, 0.4, 0.5], 0.1, seed: 1, resamples: 200);
        Assert.True(double.IsFinite(low) && double.IsPositiveInfinity(high), $"{low} … {high}");
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
