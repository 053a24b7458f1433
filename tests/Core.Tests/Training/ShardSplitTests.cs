using AtomSets.Models;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

public sealed class ShardSplitTests
{
    [Fact]
    public void Every_row_is_in_one_shard_in_the_batchs_order_and_shares_add_up()
    {
        var source = new Weighed(200, row => 1 + row * row % 37);
        var split = new ShardSplit(source, mostRows: 64, mostShards: 5);
        for (var batch = 0; batch < 20; batch++)
        {
            var rows = Rows(batch, batch < 15 ? 64 : batch);
            split.Take(rows);
            Assert.Equal(5, split.Count);
            var taken = new List<int>();
            var share = 0.0;
            for (var shard = 0; shard < split.Count; shard++)
            {
                var part = split.Rows(shard).ToArray();
                Assert.NotEmpty(part);
                Assert.Equal(part, rows.Where(part.Contains)); // in order
                Assert.Equal((double)part.Length / rows.Length, split.Share(shard));
                share += split.Share(shard);
                taken.AddRange(part);
            }
            Assert.Equal(rows.Order(), taken.Order());
            Assert.Equal(1, share, 1e-12);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Shards_differ_in_work_by_less_than_the_heaviest_row(int shards)
    {
        var source = new Weighed(200, row => 1 + (int)(1000 * KeyedRandom.For(5).Uniform((ulong)row)));
        var split = new ShardSplit(source, 64, shards);
        for (var batch = 0; batch < 20; batch++)
        {
            var rows = Rows(batch, 64);
            split.Take(rows);
            var work = Enumerable.Range(0, shards).Select(shard => split.Rows(shard).ToArray().Sum(source.WorkOf)).ToArray();
            Assert.True(work.Max() - work.Min() <= rows.Max(source.WorkOf), $"{string.Join(' ', work)}");
            // Far closer than that as a rule: the last rows that are handed out are the light ones.
            Assert.True(work.Max() - work.Min() < 0.02 * work.Sum() / shards, $"{string.Join(' ', work)}");
        }
    }

    [Fact]
    public void A_batch_of_fewer_rows_than_shards_has_a_shard_per_row()
    {
        var split = new ShardSplit(new Weighed(10, _ => 3), 8, 8);
        split.Take([4, 2, 9]);
        Assert.Equal(3, split.Count);
        Assert.Equal([4, 2, 9], Enumerable.Range(0, 3).Select(shard => Assert.Single(split.Rows(shard).ToArray())));
        split.Take([7]);
        Assert.Equal((1, 7, 1.0), (split.Count, split.Rows(0)[0], split.Share(0)));
    }

    [Fact]
    public void Work_may_be_as_large_as_a_number_can_be()
    {
        var split = new ShardSplit(new Weighed(10, row => row < 2 ? int.MaxValue : 1), 8, 2);
        split.Take([5, 0, 6, 1, 7]);
        Assert.Equal([1], split.Rows(0).ToArray().Where(row => row < 2).Select(_ => 1));
        Assert.Equal([1], split.Rows(1).ToArray().Where(row => row < 2).Select(_ => 1));
    }

    static int[] Rows(int batch, int count)
    {
        var rows = Enumerable.Range(0, 200).ToArray();
        KeyedRandom.For(9, "batch", (ulong)batch).Shuffle(rows.AsSpan());
        return rows[..count];
    }

    sealed class Weighed(int count, Func<int, int> work) : IBatchSource
    {
        public int Count => count;

        public IReadOnlyList<RefusedRow> Refused => [];

        public int WorkOf(int row) => work(row);

        public IBatch Create() => throw new NotSupportedException();

        public void Fill(IBatch batch, ReadOnlySpan<int> rows) => throw new NotSupportedException();

        public void Dispose() { }
    }
}
