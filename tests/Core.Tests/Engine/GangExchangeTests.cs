using System.Collections.Immutable;
using AtomSets.Core.Tests.Training;
using AtomSets.Engine;
using AtomSets.Studies;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Trainings that share their shards by messages: the bits of one that computes all of them.</summary>
public sealed class GangExchangeTests
{
    static readonly TrainSettings Settings = ToyTask.Quick with { Epochs = 4, ClipNorm = 0.5 };

    [Theory]
    [InlineData(2, new[] { 1, 1 }, 40, ClipKind.Global)]
    [InlineData(3, new[] { 2, 1 }, 40, ClipKind.Global)]
    [InlineData(4, new[] { 1, 1, 1 }, 40, ClipKind.PerTensor)]
    [InlineData(5, new[] { 1, 3, 1 }, 40, ClipKind.None)]
    [InlineData(16, new[] { 9, 7 }, 40, ClipKind.Global)] // the last batch has fewer rows than there are workers
    [InlineData(2, new[] { 1, 1 }, 400, ClipKind.Global)] // several parts, all shards to both
    [InlineData(2, new[] { 1, 1 }, 700, ClipKind.Global)] // several parts of each
    [InlineData(3, new[] { 2, 1 }, 700, ClipKind.Global)]
    [InlineData(3, new[] { 1, 1, 1 }, 700, ClipKind.PerTensor)]
    [InlineData(4, new[] { 3, 2, 1 }, 700, ClipKind.None)] // fewer shards than workers
    public void Who_computes_which_shard_changes_no_bit(int shards, int[] workers, int width, ClipKind clip)
    {
        using var alone = Toy(shards, width, clip);
        var expected = alone.Run();
        var wire = new Wire(workers);
        Parallel.For(0, workers.Length, new ParallelOptions { MaxDegreeOfParallelism = workers.Length }, self =>
        {
            using var task = Toy(shards, width, clip);
            var roster = new GangRoster([.. Enumerable.Range(0, workers.Length)], [.. workers], self);
            using var exchange = new GangExchange(wire.LinkOf(self), roster, task.Parameters, shards, CancellationToken.None);
            IKernels[] helpers = [.. Enumerable.Range(1, workers[self] - 1).Select(_ => CpuKernels.Create())];
            var outcome = task.Run(new TrainOptions { Exchange = exchange, Helpers = helpers });
            foreach (var helper in helpers) helper.Dispose();
            Assert.Equal(alone.Weights(), task.Weights());
            Assert.Equal(expected.History.Select(row => (row.TrainLoss, row.ValidationError)), outcome.History.Select(row => (row.TrainLoss, row.ValidationError)));
        });
        Assert.Equal(0, wire.LeftOver);
    }

    [Fact]
    public void Shards_are_dealt_out_to_all_workers_and_each_once()
    {
        foreach (var workers in (int[][])[[1], [1, 1], [3, 1], [1, 4, 2]])
        {
            for (var shards = 1; shards <= 20; shards++)
            {
                var dealt = new List<int>();
                for (var rank = 0; rank < workers.Length; rank++)
                {
                    var (first, count) = new GangRoster([.. Enumerable.Range(0, workers.Length)], [.. workers], rank).ShardsOf(rank, shards);
                    dealt.AddRange(Enumerable.Range(first, count));
                    if (shards % workers.Sum() == 0) Assert.Equal(shards / workers.Sum() * workers[rank], count);
                }
                Assert.Equal(Enumerable.Range(0, shards), dealt);
            }
        }
    }

    [Fact]
    public void Parts_cover_what_is_trained_and_nothing_else()
    {
        (int, int)[] trainable = [(32, 160), (256, 16), (1024, 4096)];
        var parts = new GangParts(trainable, processes: 3, partLength: 512, alignment: 16);
        var covered = new List<int>();
        for (var rank = 0; rank < 3; rank++)
        {
            Assert.InRange(parts.LengthOf(rank), 1408, 1440);
            for (var part = 0; part < parts.CountOf(rank); part++)
            {
                foreach (var (offset, length) in parts.Ranges(rank, part))
                {
                    Assert.Equal((0, 0), (offset % 16, length % 16));
                    covered.AddRange(Enumerable.Range(offset, length));
                }
            }
        }
        Assert.Equal(trainable.SelectMany(range => Enumerable.Range(range.Item1, range.Item2)), covered);
    }

    [Fact]
    public async Task An_interrupted_step_leaves_a_checkpoint_of_the_steps_before_it()
    {
        using var alone = Toy(2, 40, ClipKind.Global);
        alone.Run();
        // The other process vanishes in the middle of the second epoch.
        var wire = new Wire([1, 1]) { LastStep = 7 };
        var kept = new RecordingSink();
        using var broken = Toy(2, 40, ClipKind.Global);
        var other = Task.Run(() =>
        {
            using var task = Toy(2, 40, ClipKind.Global);
            using var exchange = new GangExchange(wire.LinkOf(1), new GangRoster([0, 1], [1, 1], 1), task.Parameters, 2, CancellationToken.None);
            return task.Run(new TrainOptions { Exchange = exchange }).StopReason;
        });
        using (var exchange = new GangExchange(wire.LinkOf(0), new GangRoster([0, 1], [1, 1], 0), broken.Parameters, 2, CancellationToken.None))
            Assert.Equal(AtomSets.Training.StopReason.Cancelled, broken.Run(new TrainOptions { Exchange = exchange, Checkpoints = kept }).StopReason);
        Assert.Equal(AtomSets.Training.StopReason.Cancelled, await other);
        var checkpoint = kept[kept.Saved.Count - 1];
        Assert.Equal((1, 2), (checkpoint.Epoch, checkpoint.StepInEpoch));

        using var resumed = Toy(2, 40, ClipKind.Global);
        using (var trainer = resumed.Trainer())
        {
            trainer.Resume(checkpoint);
            trainer.Run();
        }
        Assert.Equal(alone.Weights(), resumed.Weights());
    }

    [Fact]
    public async Task Who_cannot_take_part_or_computes_other_bits_is_left_out()
    {
        var wire = new Wire([1, 1, 2, 1]);
        GangCall Call(int self) => new(wire.LinkOf(self), CancellationToken.None);
        Call(1).Refuse("no data here");
        var (fit, unfit) = (Task.Run(() => Call(2).Join("cpu-avx512")), Task.Run(() => Call(3).Join("cpu-avx2")));
        var roster = Call(0).Gather("cpu-avx512");
        Assert.Equal([0, 2], roster.Members.ToArray());
        Assert.Equal([1, 2], roster.Workers.ToArray());
        Assert.Equal((0, 1), (roster.Rank, (await fit)!.Rank));
        Assert.Null(await unfit);
    }

    [Theory]
    [InlineData(40, 0)] // all shards to both
    [InlineData(40, 7)]
    [InlineData(700, 1 << 20)] // several parts of each
    public void A_message_of_another_length_than_both_worked_out_ends_the_attempt(int width, int bytes)
    {
        using var task = Toy(2, width, ClipKind.Global);
        using var exchange = new GangExchange(new OneLength(bytes), new GangRoster([0, 1], [1, 1], 0), task.Parameters, 2, CancellationToken.None);
        var refused = Assert.Throws<TrialFailedException>(() => task.Run(new TrainOptions { Exchange = exchange }));
        Assert.True(refused.Transient);
        Assert.Contains($"has {bytes} bytes, expected", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>A process whose messages all have one length.</summary>
    sealed class OneLength(int bytes) : IGangLink
    {
        public ImmutableArray<int> Workers => [1, 1];

        public int Self => 0;

        public string? Problem => null;

        public void Send(int to, GangPlace place, byte[] payload)
        {
        }

        public byte[] Receive(int from, GangPlace place, CancellationToken cancellation) => new byte[bytes];

        public void End(string? problem)
        {
        }
    }

    static ToyTask Toy(int shards, int width, ClipKind clip) =>
        new(Settings with { Shards = shards, Clip = clip }, ToyModel.Make(dropout: 0.2, width: width), trainRows: 73, kernels: CpuKernels.Create());

    /// <summary>Links of processes that are threads.</summary>
    sealed class Wire(int[] workers)
    {
        readonly Dictionary<(int From, int To, GangPlace Place), byte[]> _pieces = [];

        /// <summary>From this step on nothing arrives any more.</summary>
        public long LastStep { get; init; } = long.MaxValue;

        public int LeftOver => _pieces.Count;

        public IGangLink LinkOf(int self) => new Link(this, self);

        sealed class Link(Wire wire, int self) : IGangLink
        {
            public ImmutableArray<int> Workers => [.. wire.Workers];

            public int Self => self;

            public string? Problem => null;

            public void Send(int to, GangPlace place, byte[] payload)
            {
                lock (wire._pieces)
                {
                    wire._pieces.Add((self, to, place), payload);
                    Monitor.PulseAll(wire._pieces);
                }
            }

            public byte[] Receive(int from, GangPlace place, CancellationToken cancellation)
            {
                if (place.Step >= wire.LastStep) throw new GangEndedException(null);
                lock (wire._pieces)
                {
                    byte[]? payload;
                    while (!wire._pieces.Remove((from, self, place), out payload)) Monitor.Wait(wire._pieces);
                    return payload;
                }
            }

            public void End(string? problem) => throw new NotSupportedException();
        }

        int[] Workers => workers;
    }
}
