using System.Collections.Concurrent;
using AtomSets.Models;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

/// <summary>A training on several workers: the bits of one worker, and the numbers of one shard.</summary>
public sealed class ShardedTrainingTests
{
    /// <summary>Longer than any of this takes; a training that hangs fails here.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    static readonly TrainSettings Settings = ToyTask.Quick with { Epochs = 4 };

    static ToyTask Task(int shards, bool cpu, ClipKind clip = ClipKind.Global) =>
        new(Settings with { Shards = shards, Clip = clip, ClipNorm = 0.5 }, ToyModel.Make(dropout: 0.2, width: 40), trainRows: 75, kernels: cpu ? CpuKernels.Create() : null);

    /// <summary>Options of a training on so many workers; the helpers are disposed with the scope.</summary>
    static TrainOptions On(int workers, bool cpu, ICollection<IKernels> made)
    {
        IKernels[] helpers = [.. Enumerable.Range(1, workers - 1).Select(_ => cpu ? CpuKernels.Create() : (IKernels)new ReferenceKernels())];
        foreach (var kernels in helpers) made.Add(kernels);
        return new TrainOptions { Helpers = helpers };
    }

    [Theory]
    [InlineData(2, false, ClipKind.Global)]
    [InlineData(4, false, ClipKind.Global)]
    [InlineData(4, true, ClipKind.Global)]
    [InlineData(5, true, ClipKind.None)]
    [InlineData(3, true, ClipKind.PerTensor)]
    public void The_number_of_workers_changes_no_bit(int shards, bool cpu, ClipKind clip)
    {
        var made = new List<IKernels>();
        using var alone = Task(shards, cpu, clip);
        var expected = alone.Run();
        foreach (var workers in (int[])[2, 3, 4, 8])
        {
            using var together = Task(shards, cpu, clip);
            var outcome = together.Run(On(workers, cpu, made));
            Assert.Equal(alone.Weights(), together.Weights());
            Assert.Equal(
                expected.History.Select(row => (row.TrainLoss, row.ValidationError)), outcome.History.Select(row => (row.TrainLoss, row.ValidationError)));
        }
        made.ForEach(kernels => kernels.Dispose());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Shards_change_rounding_only(int shards)
    {
        var made = new List<IKernels>();
        ToyTask Exact(int count) => new(ToyTask.Quick with { Epochs = 20, Shards = count }, trainRows: 75);
        using var whole = Exact(1);
        using var sharded = Exact(shards);
        var (a, b) = (whole.Run(), sharded.Run(On(shards, cpu: false, made)));
        Assert.All(whole.Weights().Zip(sharded.Weights()), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
        Assert.Equal(a.BestValidationError, b.BestValidationError, 1e-9);
    }

    [Fact]
    public void More_helpers_than_shards_are_left_idle()
    {
        var made = new List<IKernels>();
        using var task = Task(shards: 2, cpu: true);
        using var step = new TrainStep(task.Inputs, TargetScaler.Identity, On(5, cpu: true, made).Helpers);
        Assert.Equal(2, step.Workers);
        using var unsharded = Task(shards: 1, cpu: true);
        using var single = new TrainStep(unsharded.Inputs, TargetScaler.Identity, On(5, cpu: true, made).Helpers);
        Assert.Equal(1, single.Workers);
    }

    [Fact]
    public void Helpers_that_cannot_reach_the_parameters_are_refused()
    {
        using var task = Task(shards: 2, cpu: true);
        Assert.Contains("cannot reach", Assert.Throws<ArgumentException>(() => task.Trainer(new TrainOptions { Helpers = [new ReferenceKernels()] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_threads_may_take_part_in_an_exchange_with_other_processes()
    {
        var made = new List<IKernels>();
        using var alone = new ToyTask(ToyTask.Quick with { Epochs = 2, Shards = 5 }, ToyModel.Make(dropout: 0.3));
        using var together = new ToyTask(ToyTask.Quick with { Epochs = 2, Shards = 5 }, ToyModel.Make(dropout: 0.3));
        alone.Run();
        using var exchange = new TwoWorkers(together);
        together.Run(On(2, cpu: false, made) with { Exchange = exchange });
        Assert.True(exchange.Received > 0);
        Assert.Equal(alone.Weights(), together.Weights());
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(4, 1)]
    [InlineData(2, 3)]
    public async Task A_training_goes_on_from_a_checkpoint_on_another_number_of_workers(int before, int after)
    {
        await System.Threading.Tasks.Task.Run(() =>
        {
            var made = new List<IKernels>();
            using var straight = Task(shards: 4, cpu: true);
            var expected = straight.Run();

            using var cancelled = Task(shards: 4, cpu: true);
            using var source = new CancellationTokenSource();
            var sink = new RecordingSink();
            var observer = new RecordingObserver { OnProgress = progress => { if (progress is { Epoch: 2, Step: 3 }) source.Cancel(); } };
            using (var trainer = cancelled.Trainer(On(before, cpu: true, made) with { Checkpoints = sink, Observer = observer, ProgressSteps = 1 }))
                Assert.Equal(StopReason.Cancelled, trainer.Run(source.Token).StopReason);
            Assert.Equal((1, 3), (sink[0].Epoch, sink[0].StepInEpoch));

            using var resumed = Task(shards: 4, cpu: true);
            using (var trainer = resumed.Trainer(On(after, cpu: true, made)))
            {
                trainer.Resume(sink[0]);
                Assert.Equal(expected.BestValidationError, trainer.Run().BestValidationError);
            }
            Assert.Equal(straight.Weights(), resumed.Weights());
            made.ForEach(kernels => kernels.Dispose());
        }).WaitAsync(Patience);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task What_one_worker_cannot_compute_ends_the_training_with_its_reason(int workers)
    {
        await System.Threading.Tasks.Task.Run(() =>
        {
            var made = new List<IKernels>();
            using var task = Task(shards: 3, cpu: true);
            var source = new WatchedSource(task.Inputs.Source) { Filling = rows => { if (rows.Contains(42)) throw new ModelException("row 42: damaged"); } };
            using var trainer = new Trainer(task.Inputs with { Source = source }, On(workers, cpu: true, made));
            Assert.Equal("row 42: damaged", Assert.Throws<ModelException>(() => trainer.Run()).Message);
        }).WaitAsync(Patience);
    }

    [Fact]
    public void A_loss_that_is_not_finite_on_one_worker_applies_nothing()
    {
        var made = new List<IKernels>();
        using var task = Task(shards: 2, cpu: true);
        task.Targets[3] = 1e200;
        var before = task.Weights();
        using var step = new TrainStep(task.Inputs, TargetScaler.Identity, On(2, cpu: true, made).Helpers);
        Assert.False(double.IsFinite(step.Run([0, 1, 2, 3, 4], 0, 1e-2)));
        Assert.Equal(before, task.Weights());
        Assert.True(double.IsFinite(step.Run([0, 1, 2, 5, 4], 1, 1e-2)));
        Assert.NotEqual(before, task.Weights());
    }

    [Fact]
    public void A_step_makes_no_garbage_on_any_thread()
    {
        var made = new List<IKernels>();
        using var task = Task(shards: 3, cpu: true);
        // What a thread allocates from one fill to the next is the garbage of a whole step.
        var readings = new ConcurrentDictionary<int, List<long>>();
        var source = new WatchedSource(task.Inputs.Source)
        {
            Filling = _ =>
            {
                var own = readings.GetOrAdd(Environment.CurrentManagedThreadId, _ => new List<long>(1000));
                own.Add(GC.GetAllocatedBytesForCurrentThread());
            },
        };
        var rows = Enumerable.Range(0, 16).ToArray();
        using var step = new TrainStep(task.Inputs with { Source = source }, TargetScaler.Identity, On(3, cpu: true, made).Helpers);
        for (var i = 0; i < 200; i++) step.Run(rows, i, 1e-3);
        Assert.Equal(3, readings.Count);
        foreach (var own in readings.Values)
        {
            // The least of ten rounds, for the reason that Garbage.LeastOf gives.
            Assert.Equal(0, Enumerable.Range(0, 10).Min(round => own[100 + 10 * round + 9] - own[100 + 10 * round]));
        }
    }

    /// <summary>Tells of every fill, on the thread that does it.</summary>
    sealed class WatchedSource(IBatchSource source) : IBatchSource
    {
        static readonly int[] Damaged = [42];

        /// <summary>Gets the damaged row, if it is among those filled.</summary>
        public required Action<int[]> Filling { get; init; }

        public int Count => source.Count;

        public IReadOnlyList<RefusedRow> Refused => source.Refused;

        public IBatch Create() => source.Create();

        public void Fill(IBatch batch, ReadOnlySpan<int> rows)
        {
            Filling(rows.Contains(42) ? Damaged : []);
            source.Fill(batch, rows);
        }

        public void Dispose() { }
    }
}
