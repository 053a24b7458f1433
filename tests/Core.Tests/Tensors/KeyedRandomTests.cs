using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

public sealed class KeyedRandomTests
{
    [Fact]
    public void Bits_are_the_published_splitmix64_sequence()
    {
        // The reference output of splitmix64.c for seed 1234567.
        ulong[] expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        var random = new KeyedRandom(1234567);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], random.Bits((ulong)i));
    }

    [Fact]
    public void Streams_are_pinned_because_results_are_keyed_by_them()
    {
        Assert.Equal(KeyedRandom.For(1, "a", 2, 3), KeyedRandom.For(1, "a").Split(2).Split(3));
        Assert.NotEqual(KeyedRandom.For(1, "a", 2, 3), KeyedRandom.For(1, "a", 3, 2));
        Assert.NotEqual(KeyedRandom.For(1, "a"), KeyedRandom.For(1, "b"));
        Assert.NotEqual(KeyedRandom.For(1), KeyedRandom.For(2));
    }

    [Fact]
    public void Uniform_and_normal_have_their_moments()
    {
        var random = KeyedRandom.For(7, "moments");
        double u = 0, n = 0, nn = 0;
        const int count = 100_000;
        for (ulong i = 0; i < count; i++)
        {
            u += random.Uniform(i);
            n += random.Normal(i);
            nn += random.Normal(i) * random.Normal(i);
        }
        Assert.Equal(0.5, u / count, 0.005);
        Assert.Equal(0, n / count, 0.015);
        Assert.Equal(1, nn / count, 0.02);
    }

    [Fact]
    public void A_permutation_holds_every_number_once_and_moves_them()
    {
        var order = KeyedRandom.For(3).Permutation(1000);
        Assert.Equal(Enumerable.Range(0, 1000), order.Order());
        Assert.True(order.Where((v, i) => v == i).Count() < 10);
        Assert.Equal(order, KeyedRandom.For(3).Permutation(1000));
    }
}
