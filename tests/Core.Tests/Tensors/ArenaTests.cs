using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

public sealed class ArenaTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(3000)]
    public void Memory_follows_the_largest_step_however_many_there_are(int steps)
    {
        const int count = 40, most = 60_000;
        using var kernels = KernelsUnderTest.Create();
        using var arena = new Arena(kernels);
        var draw = KeyedRandom.For(1, "sizes");
        for (var step = 0; step < steps; step++)
        {
            // The first step is among the largest; the others have other sizes in another order.
            arena.Reset();
            for (var i = 0; i < count; i++)
            {
                var length = step == 0 ? most : (int)(most * draw.Uniform((ulong)(step * count + i)));
                Assert.Equal(length, arena.Numbers(length).Length);
                arena.Indices(length / 2 + 1);
            }
        }
        arena.Reset();
        Assert.InRange(arena.Capacity.Numbers, count * most, 1.2 * count * most);
        Assert.InRange(arena.Capacity.Indices, count * most / 2, 1.2 * count * (most / 2 + 16));
    }

    [Fact]
    public void Spans_of_a_step_do_not_overlap()
    {
        using var kernels = KernelsUnderTest.Create();
        using var arena = new Arena(kernels);
        for (var step = 0; step < 3; step++)
        {
            arena.Reset();
            var spans = Enumerable.Range(1, 30).Select(i => arena.Numbers(i * i * 100)).ToList();
            for (var i = 0; i < spans.Count; i++) kernels.Fill(spans[i], i);
            for (var i = 0; i < spans.Count; i++)
            {
                var back = new float[spans[i].Length];
                kernels.Download(spans[i], back);
                Assert.All(back, value => Assert.Equal(i, value));
            }
        }
    }
}
