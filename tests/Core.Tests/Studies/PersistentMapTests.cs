using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

public sealed class PersistentMapTests
{
    /// <summary>Few different hashes, so that leaves at the end of the trie hold many keys.</summary>
    sealed class Colliding(int hashes) : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => x == y;

        public int GetHashCode(int obj) => obj % hashes;
    }

    [Theory]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(int.MaxValue)]
    public void Holds_what_a_dictionary_holds_and_older_ones_stay_as_they_were(int hashes)
    {
        var random = new KeyedStream(7, $"map/{hashes}");
        var position = 0UL;
        var (map, expected) = (PersistentMap<int, int>.Empty(new Colliding(hashes)), new Dictionary<int, int>());
        var older = new List<(PersistentMap<int, int> Map, Dictionary<int, int> Expected)>();
        for (var round = 0; round < 60; round++)
        {
            older.Add((map, new Dictionary<int, int>(expected)));
            var builder = map.ToBuilder();
            // Rounds that mostly add, then rounds that mostly take away, down to nothing.
            for (var change = 0; change < 40; change++)
            {
                var (key, value) = ((int)random.Below(position++, 300), (int)random.Below(position++, 1000));
                if (random.Below(position++, 10) < (round < 30 ? 3UL : 8UL)) Assert.Equal(expected.Remove(key), builder.Remove(key));
                else if (change % 2 == 0) Assert.Equal(expected.TryAdd(key, value), builder.TryAdd(key, value));
                else builder[key] = expected[key] = value;
                Assert.Equal(expected.Count, builder.Count);
            }
            AssertHolds(expected, builder);
            map = builder.ToImmutable();
            var later = builder.ToImmutable();
            Assert.Same(map, later);
            builder[1000] = 1;
            Assert.False(map.ContainsKey(1000));
        }
        older.Add((map, expected));
        foreach (var (then, held) in older) AssertHolds(held, then);
        var emptied = map.ToBuilder();
        foreach (var key in expected.Keys) Assert.True(emptied.Remove(key));
        Assert.Empty(emptied.ToImmutable());
        AssertHolds(expected, map);
    }

    [Fact]
    public void Nothing_changed_is_the_same_map()
    {
        var map = PersistentMap<int, int>.Of([KeyValuePair.Create(1, 2), KeyValuePair.Create(1, 3)]);
        Assert.Equal(3, map[1]);
        var builder = map.ToBuilder();
        Assert.False(builder.Remove(2));
        Assert.Same(map, builder.ToImmutable());
        Assert.Throws<KeyNotFoundException>(() => map[2]);
    }

    static void AssertHolds(Dictionary<int, int> expected, IReadOnlyDictionary<int, int> map)
    {
        Assert.Equal(expected.Count, map.Count);
        Assert.Equal(expected.OrderBy(entry => entry.Key), map.OrderBy(entry => entry.Key));
        for (var key = 0; key < 300; key++)
        {
            Assert.Equal(expected.TryGetValue(key, out var value), map.TryGetValue(key, out var found));
            Assert.Equal(value, found);
        }
    }
}
