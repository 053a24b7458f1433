using AtomSets.Core.Tests.Tensors;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Tensors;
using AtomSets.Training;
using TorchSharp;
using Xunit;
using Xunit.Abstractions;

namespace AtomSets.Torch.Tests;

/// <summary>Whole trainings on TorchSharp are those of the CPU engine, step by step, and give the same bits when run again.</summary>
public sealed class TrainingAgreementTests(ITestOutputHelper output) : IDisposable
{
    readonly DataSet _data = IonicGenerator.Generate(60, seed: 5);
    PreparedData? _prepared;

    [Fact]
    public void MEGNet_pre_training_for_fifty_steps() =>
        // The published network. Rounding grows along a training: 6e-6 of the first loss after fifty steps where this was written.
        Compare("megnet", [new("dropout", 0.05)], new TrainSettings { BatchSize = 24, LearningRate = 1e-3 }, steps: 50, tolerance: 5e-5);

    [Theory]
    [InlineData("global")]
    [InlineData("per_tensor")]
    public void MEGNet_with_clipped_gradients_and_other_optimisers(string clip) =>
        Compare("megnet", [], TrainSettings.Resolve([new("batch_size", 16L), new("optimizer", clip == "global" ? "adamw" : "sgd"), new("learning_rate", 1e-3),
            new("weight_decay", 1e-2), new("clip", clip), new("clip_norm", 0.1)]), steps: 12, tolerance: 1e-5);

    [Fact]
    public void CGCNN() => Compare("cgcnn", [new("dropout", 0.1)], new TrainSettings { BatchSize = 24, LearningRate = 3e-3 }, steps: 20, tolerance: 1e-4);

    [Theory]
    [InlineData("centre", "attention")]
    [InlineData("neighbour", "mlp")]
    public void CGAT(string direction, string edge) =>
        // By plain gradient descent: Adam would take slopes of 1e-9, which are rounding, for slopes like others.
        Compare("cgat", [new("preset", "small"), new("width", 32L), new("direction", direction), new("edge_update", edge)],
            TrainSettings.Resolve([new("batch_size", 24L), new("optimizer", "sgd"), new("learning_rate", 3e-3), new("clip", "global"), new("clip_norm", 0.5)]), steps: 15, tolerance: 1e-4);

    [Fact]
    public void ElemNet() =>
        Compare("elemnet", [new("architecture", "256x1D-128x1D-64x1D-1"), new("dropout", "train")], new TrainSettings { BatchSize = 32, LearningRate = 1e-3 },
            steps: 30, tolerance: 1e-5);

    [Theory]
    [InlineData("V1", "mean")]
    [InlineData("embedding", "both")]
    public void AtomSets(string features, string pooling)
    {
        var family = ModelRegistry.Default.Network("megnet");
        var model = family.Create(ModelRegistry.Default.Resolve("megnet", []));
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 4);
        var weights = model.Parameters.Parameters.ToDictionary(p => p.Name, p => parameters.Export(p.Name));
        Compare("atomsets", [new("features", features), new("pooling", pooling), new("set2set_hidden", 64L)], new TrainSettings { BatchSize = 24, LearningRate = 2e-3 }, steps: 20,
            tolerance: 1e-5, new ParentModel("parent", model, weights, "hash"));
    }

    [Fact]
    public void The_collector_may_come_at_any_moment()
    {
        // Native objects whose managed side is dropped during a call would be freed under libtorch's hands.
        double[] Losses()
        {
            using var kernels = KernelsUnderTest.Create();
            using var toy = new ToyMegNet(kernels, seed: 1);
            return [.. Enumerable.Range(0, 30).Select(_ => toy.Step())];
        }
        var expected = Losses();
        using var end = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!end.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        var got = Losses();
        end.Cancel();
        collector.Join();
        Assert.Equal(expected, got);
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        using var kernels = KernelsUnderTest.Create();
        using var toy = new ToyMegNet(kernels, seed: 1);
        for (var i = 0; i < 5; i++) toy.Step();
        var (tensors, bytes) = (DisposeScopeManager.Statistics.ThreadTotalLiveCount, GC.GetAllocatedBytesForCurrentThread());
        for (var i = 0; i < 20; i++) toy.Step();
        output.WriteLine($"{(GC.GetAllocatedBytesForCurrentThread() - bytes) / 20} bytes of managed handles a step");
        Assert.Equal(tensors, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    public void Dispose() => _prepared?.Dispose();

    void Compare(
        string family, KeyValuePair<string, object?>[] settings, TrainSettings training, int steps, double tolerance, ParentModel? parent = null)
    {
        _prepared = PreparedData.FromCrystals("ionic", _data.Crystals, () => CpuKernels.Create(), parent);
        var rows = Enumerable.Range(0, 60).ToArray();
        var spec = ModelRegistry.Default.Network(family).Bind(ModelRegistry.Default.Resolve(family, settings), _prepared, rows);
        using var source = ModelRegistry.Default[family].OpenSource(spec, _prepared);
        var run = new Training(ModelRegistry.Default.Create(spec), source, _data.Column("lattice_energy_ev_atom").ToArray(), rows, training);
        using var cpu = CpuKernels.Create();
        using var torch = KernelsUnderTest.Create();
        var expected = run.Run(cpu, steps);
        var got = run.Run(torch, steps);
        var scale = Math.Max(1e-3, expected.Losses[0]);
        var differences = expected.Losses.Zip(got.Losses, (a, b) => Math.Abs(a - b) / scale).ToArray();
        output.WriteLine(FormattableString.Invariant($"{torch.Name}: losses {expected.Losses[0]:g5} to {expected.Losses[^1]:g5}, largest difference {differences.Max():g3} of the first loss"));
        Assert.Equal(expected.Losses[0], got.Losses[0], 2e-5 * scale);
        Assert.All(differences, difference => Assert.InRange(difference, 0, tolerance));
        Assert.NotEqual(expected.Losses[0], expected.Losses[^1]);
        var again = run.Run(torch, steps);
        Assert.Equal(got.Losses, again.Losses);
        Assert.Equal(got.Weights, again.Weights);
    }
}
