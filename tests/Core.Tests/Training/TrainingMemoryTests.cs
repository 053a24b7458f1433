using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Training;

/// <summary>What training holds depends on the batch, not on how much data there is.</summary>
public sealed class TrainingMemoryTests
{
    const int BatchSize = 8;

    static readonly MegNetSettings Small = new() { Embedding = 8, Hidden = 16, Width = 8, Readout = 8, Blocks = 2, GaussianCentres = 16, CutoffAngstrom = 4, GaussianStopAngstrom = 5 };

    [Fact]
    public void Sixteen_times_the_data_takes_no_more_memory()
    {
        var (few, fewGarbage) = Epochs(64);
        var (many, manyGarbage) = Epochs(1024);
        Assert.Equal((0, 0), (fewGarbage, manyGarbage));
        // The largest of 128 batches is a little larger than the largest of 8.
        Assert.InRange((double)many.Numbers / few.Numbers, 0.5, 2);
        Assert.InRange((double)many.Indices / few.Indices, 0.5, 2);
    }

    /// <summary>Trains epochs; the tape's memory after them and the garbage of one more.</summary>
    static ((long Numbers, long Indices) Held, long Garbage) Epochs(int crystals)
    {
        var set = IonicGenerator.Generate(crystals, seed: 5);
        using var prepared = PreparedData.FromCrystals("ionic", set.Crystals, () => CpuKernels.Create());
        var model = new MegNetModel(Small.ToSpec());
        using var source = ModelRegistry.Default["megnet"].OpenSource(model.Spec, prepared);
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        using var tape = new Tape(kernels, parameters);
        var batch = source.Create();
        var rows = Enumerable.Range(0, crystals).ToArray();
        var targets = new float[BatchSize];
        var adam = new Adam(1e-3);
        void Epoch()
        {
            for (var start = 0; start < crystals; start += BatchSize)
            {
                parameters.ZeroGradients();
                tape.Reset(training: true);
                source.Fill(batch, rows.AsSpan(start, BatchSize));
                tape.Backward(tape.MeanSquaredError(model.Forward(tape, batch), tape.Input(targets, BatchSize, 1)));
                adam.Step(parameters);
            }
        }

        Epoch();
        Epoch();
        return (tape.Capacity, Garbage.LeastOf(Epoch));
    }
}
