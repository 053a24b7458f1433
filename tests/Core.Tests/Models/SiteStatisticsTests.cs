using AtomSets.Models;
using Xunit;

namespace AtomSets.Core.Tests.Models;

public sealed class SiteStatisticsTests
{
    /// <summary>min, max, range, mean, mean absolute deviation, mode by hand.</summary>
    [Theory]
    [InlineData(new float[] { 1, 2, 2, 5 }, new float[0], new[] { 1, 5, 4, 2.5f, 1.25f, 2 })]
    [InlineData(new float[] { 7 }, new float[0], new float[] { 7, 7, 0, 7, 0, 7 })]
    [InlineData(new float[] { 3, -1 }, new float[0], new float[] { -1, 3, 4, 1, 2, -1 })] // both once: the smaller is the mode
    [InlineData(new float[] { 10, 20 }, new float[] { 2, 3 }, new[] { 10, 20, 10, 16, 4.8f, 20 })] // as Al2O3: two of one, three of the other
    [InlineData(new float[] { 4, 8 }, new float[] { 0, 0 }, new float[] { 4, 8, 4, 6, 2, 4 })] // no weight at all: equal ones
    [InlineData(new[] { 0.30000f, 0.50001f, 0.50002f, 0.9f }, new float[0], new[] { 0.3f, 0.9f, 0.6f, 0.5500075f, 0.17499625f, 0.500015f })] // equal up to rounding
    public void They_are_those_of_the_definition(float[] rows, float[] weights, float[] expected)
    {
        var got = new float[6];
        SiteStatistics.Compute(rows, 1, weights, got);
        for (var i = 0; i < 6; i++) Assert.Equal(expected[i], got[i], 2e-6f);
        var mean = new float[1];
        SiteStatistics.Mean(rows, 1, weights, mean);
        Assert.Equal(expected[3], mean[0], 2e-6f);
    }

    [Fact]
    public void Columns_do_not_mix_and_order_of_rows_does_not_matter()
    {
        float[] rows = [1, -5, 2, -6, 2, -7], other = [2, -7, 1, -5, 2, -6];
        var (first, second) = (new float[12], new float[12]);
        SiteStatistics.Compute(rows, 2, [], first);
        SiteStatistics.Compute(other, 2, [], second);
        Assert.Equal(first, second);
        Assert.Equal([1, -7, 2, -5, 1, 2, 5f / 3, -6, 4f / 9, 2f / 3, 2, -7], first.Select(x => x));
    }
}
