using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>Parameters, optimiser, clipping, and a small MEGNet-like network that trains.</summary>
public sealed class TrainingTests
{
    [Fact]
    public void Initial_values_depend_on_seed_and_name_only()
    {
        var one = new ParameterLayout();
        one.Add("a.weight", 3, 5, Initializer.GlorotUniform);
        one.Add("b.weight", 4, 4, Initializer.HeNormal);
        var other = new ParameterLayout();
        other.Add("b.weight", 4, 4, Initializer.HeNormal);
        other.Add("a.weight", 3, 5, Initializer.GlorotUniform);
        using var kernels = new ReferenceKernels();
        using var cpu = KernelsUnderTest.Create();
        using var p = new ParameterSet(kernels, one);
        using var q = new ParameterSet(cpu, other);
        p.Initialize(4);
        q.Initialize(4);
        Assert.Equal(p.Export("a.weight"), q.Export("a.weight"));
        Assert.Equal(p.Export("b.weight"), q.Export("b.weight"));
        Assert.All(p.Export("a.weight"), v => Assert.InRange(v, -Math.Sqrt(6.0 / 8), Math.Sqrt(6.0 / 8)));
        q.Initialize(5, "a");
        Assert.NotEqual(p.Export("a.weight"), q.Export("a.weight"));
        Assert.Equal(p.Export("b.weight"), q.Export("b.weight"));
    }

    [Fact]
    public void Layout_aligns_names_and_refuses()
    {
        var layout = new ParameterLayout();
        layout.Add("block.a", 3, 3, Initializer.Zeros);
        layout.Add("block2", 1, 1, Initializer.Ones);
        Assert.Equal([0, 16], layout.Parameters.Select(p => p.Offset));
        Assert.Equal(10, layout.ParameterCount);
        Assert.Single(layout.Under("block"));
        Assert.Throws<ArgumentException>(() => layout.Add("block2", 1, 1, Initializer.Zeros));
        Assert.Contains("block.a", Assert.Throws<KeyNotFoundException>(() => layout.Find("blok")).Message, StringComparison.Ordinal);
        using var kernels = KernelsUnderTest.Create();
        using var parameters = new ParameterSet(kernels, layout);
        Assert.Contains("3 × 3", Assert.Throws<ArgumentException>(() => parameters.Import("block.a", new float[4])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => parameters.Freeze("nothing"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void Adam_follows_its_formula_and_skips_what_is_frozen(double decay)
    {
        var layout = new ParameterLayout();
        layout.Add("x", 5, 7, Initializer.Ones);
        layout.Add("frozen", 2, 2, Initializer.Ones);
        layout.Add("y", 1, 1, Initializer.Ones);
        foreach (var kernels in AllKernels())
        {
            using var parameters = new ParameterSet(kernels, layout);
            parameters.Initialize(0);
            parameters.Freeze("frozen");
            var adam = new Adam(0.01, weightDecay: decay);
            double w = 1, m = 0, v = 0;
            for (var t = 1; t <= 5; t++)
            {
                double g = 0.3 * t - 0.7;
                kernels.Fill(parameters.Gradients, g);
                adam.Step(parameters);
                m = 0.9 * m + 0.1 * g;
                v = 0.999 * v + 0.001 * g * g;
                w -= 0.01 * (m / (1 - Math.Pow(0.9, t)) / (Math.Sqrt(v / (1 - Math.Pow(0.999, t))) + 1e-7) + decay * w);
            }
            Assert.All(parameters.Export("x"), value => Assert.Equal(w, value, 2e-6));
            Assert.All(parameters.Export("y"), value => Assert.Equal(w, value, 2e-6));
            Assert.All(parameters.Export("frozen"), value => Assert.Equal(1, value));
            Assert.Equal(5, parameters.Steps);
            kernels.Dispose();
        }
    }

    [Fact]
    public void Clipping_by_global_and_by_tensor_norm()
    {
        var layout = new ParameterLayout();
        var a = layout.Add("a", 1, 4, Initializer.Zeros);
        var b = layout.Add("b", 1, 1, Initializer.Zeros);
        var c = layout.Add("c", 1, 1, Initializer.Zeros);
        foreach (var kernels in AllKernels())
        {
            using var parameters = new ParameterSet(kernels, layout);
            parameters.Freeze("c");
            void Set()
            {
                parameters.ZeroGradients();
                kernels.Fill(parameters.Gradient(a), 3);   // norm 6
                kernels.Fill(parameters.Gradient(b), -2.5); // norm 2.5, both 6.5
                kernels.Fill(parameters.Gradient(c), 100);
            }
            double First(ParameterRef p)
            {
                Span<double> one = stackalloc double[1];
                kernels.Download(parameters.Gradient(p).Slice(0, 1), one);
                return one[0];
            }
            Set();
            Assert.Equal(6.5, GradientClipping.ByGlobalNorm(parameters, 100), 1e-5);
            Assert.Equal(3, First(a), 1e-6);
            Assert.Equal(6.5, GradientClipping.ByGlobalNorm(parameters, 1.3), 1e-5);
            Assert.Equal(0.6, First(a), 1e-6);
            Assert.Equal(-0.5, First(b), 1e-6);
            Assert.Equal(100, First(c));
            Set();
            Assert.Equal(6, GradientClipping.ByTensorNorm(parameters, 3), 1e-5);
            Assert.Equal(1.5, First(a), 1e-6);
            Assert.Equal(-2.5, First(b), 1e-6);
            kernels.Dispose();
        }
    }

    [Fact]
    public void A_small_MEGNet_trains_alike_on_every_device()
    {
        double[] Curve(IKernels kernels)
        {
            using var toy = new ToyMegNet(kernels, seed: 1);
            return [.. Enumerable.Range(0, 60).Select(_ => toy.Step())];
        }
        using var reference = new ReferenceKernels();
        var expected = Curve(reference);
        Assert.True(expected[^1] < 0.2 * expected[0], $"the loss went from {expected[0]} to {expected[^1]}");
        foreach (var create in KernelsUnderTest.All)
        {
            using var kernels = create();
            var got = Curve(kernels);
            // Rounding differences grow along a training run; 60 steps at rate 1e-2 stay within a thousandth of the first loss.
            for (var i = 0; i < got.Length; i++) Assert.Equal(expected[i], got[i], 1e-3 * expected[0]);
            Assert.Equal(got, Curve(kernels));
        }
    }

    [Fact]
    public void Backward_needs_something_to_differentiate()
    {
        using var kernels = new ReferenceKernels();
        using var tape = new Tape(kernels);
        tape.Reset(training: true);
        Assert.Throws<InvalidOperationException>(() => tape.Backward(tape.Constant(1, 1, 1)));
    }

    static IEnumerable<IKernels> AllKernels() => KernelsUnderTest.All.Select(create => create()).Prepend(new ReferenceKernels());
}
