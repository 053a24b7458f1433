using System.Globalization;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

/// <summary>How much a searched setting decides the error.</summary>
public sealed class ImportanceTests
{
    [Fact]
    public void A_setting_that_decides_everything_has_all_and_one_without_effect_almost_nothing()
    {
        var draws = new KeyedStream(7, "importance");
        var runs = Enumerable.Range(0, 200).Select(i => (Rate: Math.Pow(10, -4 + 2 * draws.Uniform((ulong)(2 * i))), Width: draws.Uniform((ulong)(2 * i + 1)))).ToList();
        static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
        (string, double)[] By(Func<(double Rate, double Width), double> value) => [.. runs.Select(run => (Text(value(run)), Math.Sqrt(run.Rate)))];
        var rate = Importance.Of("rate", By(run => run.Rate));
        Assert.True(rate is { IsNumber: true, IsLog: true, Share: > 0.95 and <= 1 }, $"{rate.Share}");
        Assert.Equal(8, rate.Bins.Count);
        Assert.All(rate.Bins, bin => Assert.InRange(bin.Count, 24, 26));
        Assert.Equal(rate.Bins.Select(bin => bin.Mean).Order(), rate.Bins.Select(bin => bin.Mean));
        Assert.InRange(Importance.Of("width", By(run => run.Width)).Share, 0, 0.1);
    }

    [Fact]
    public void The_share_is_omega_squared()
    {
        // log10: 0, 1 and 2, 3. Between: 4 · 1 = 4, total 5, within (5 − 4) / 2 = 0.5: (4 − 0.5) / (5 + 0.5).
        var importance = Importance.Of("kind", [("a", 1), ("a", 10), ("b", 100), ("b", 1000)]);
        Assert.Equal(3.5 / 5.5, importance.Share, 12);
        Assert.Equal(("a", 2, Math.Sqrt(10)), (importance.Bins[0].Label, importance.Bins[0].Count, Math.Round(importance.Bins[0].Mean, 12) == Math.Round(Math.Sqrt(10), 12) ? Math.Sqrt(10) : double.NaN));
        Assert.False(importance.IsNumber);
    }

    [Fact]
    public void Too_few_draws_and_one_value_say_nothing()
    {
        Assert.Equal(double.NaN, Importance.Of("x", [("1", 1), ("2", 2), ("3", 3)]).Share);
        Assert.Equal(double.NaN, Importance.Of("x", [("1", 1), ("1", 2), ("1", 3), ("1", 4)]).Share);
        Assert.Equal(0, Importance.Of("x", [("1", 2), ("1", 2), ("2", 2), ("2", 2)]).Share);
    }
}
