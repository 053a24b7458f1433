using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>What only the CPU kernels promise.</summary>
public sealed class CpuPathTests
{
    [Fact]
    public void The_path_is_the_one_that_was_asked_for()
    {
        var expected = Environment.GetEnvironmentVariable("ATOMSETS_EXPECT_PATH");
        if (!string.IsNullOrEmpty(expected)) Assert.Equal(Enum.Parse<CpuPath>(expected), CpuKernels.BestPath);
        foreach (var path in Enum.GetValues<CpuPath>().Where(p => p <= CpuKernels.BestPath))
        {
            using var kernels = CpuKernels.Create(path);
            Assert.Equal(path, kernels.Path);
        }
        if (CpuKernels.BestPath < CpuPath.Avx512) Assert.Throws<PlatformNotSupportedException>(() => CpuKernels.Create(CpuPath.Avx512));
    }

    [Fact]
    public void A_training_step_makes_no_garbage()
    {
        using var kernels = CpuKernels.Create();
        using var toy = new ToyMegNet(kernels, seed: 1);
        for (var i = 0; i < 40; i++) toy.Step();
        Assert.Equal(0, Garbage.LeastOf(() =>
        {
            for (var i = 0; i < 20; i++) toy.Step();
        }));
    }

    [Fact]
    public void A_row_has_the_same_bits_in_every_batch()
    {
        var layout = new ParameterLayout();
        var spec = MlpTests.Spec(layout, [6, 3], [64, 33, 32, 2], Activation.ShiftedSoftplus, Activation.Linear);
        var random = KeyedRandom.For(4);
        double[] x = [.. Enumerable.Range(0, 600).Select(i => random.Normal((ulong)i))], u = [0.5, -1, 2];
        foreach (var create in KernelsUnderTest.All)
        {
            using var kernels = create();
            using var parameters = new ParameterSet(kernels, layout);
            parameters.Initialize(1);
            using var tape = new Tape(kernels, parameters);
            double[] Predict(int from, int rows)
            {
                tape.Reset(training: false);
                var y = tape.Mlp(spec, tape.Input(x.AsSpan(6 * from, 6 * rows), rows, 6), tape.Input(u, 1, 3).At(tape.SegmentOfRow([0, rows])));
                var copy = new double[y.Length];
                tape.Read(y, copy);
                return copy;
            }
            var all = Predict(0, 100);
            foreach (var (from, rows) in new[] { (0, 1), (47, 2), (13, 7), (48, 52) })
                Assert.Equal(all[(2 * from)..(2 * (from + rows))], Predict(from, rows));
        }
    }
}
