using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>A sweep that writes gradients gives those that zeroing and adding gives, whatever lay there before.</summary>
public sealed class FreshGradientTests
{
    [Fact]
    public void Fresh_gradients_are_those_of_zeroed_ones()
    {
        foreach (var create in KernelsUnderTest.All.Prepend(() => new ReferenceKernels()))
        {
            using var kernels = create();
            Compare(kernels);
        }
    }

    static void Compare(IKernels kernels)
    {
        var layout = new ParameterLayout();
        var wide = MlpSpec.Dense(layout, "wide", [128], 128, Activation.Relu);
        var twice = MlpSpec.Dense(layout, "twice", [128], 128, Activation.Tanh);
        var narrow = MlpSpec.Build(layout, "narrow", [128, 128], [7, 3], Activation.Relu, Activation.Linear);
        var tied = MlpSpec.Dense(layout, "tied", [128], 5);
        var unused = MlpSpec.Dense(layout, "unused", [128], 128);
        var frozen = MlpSpec.Dense(layout, "frozen", [128], 128);
        using var parameters = new ParameterSet(kernels, layout);
        parameters.Initialize(1);
        parameters.Freeze("frozen");
        using var tape = new Tape(kernels, parameters);
        var draw = KeyedRandom.For(2, "fresh");
        var x = Enumerable.Range(0, 20 * 128).Select(i => draw.Normal((ulong)i)).ToArray();

        double[] Gradients(bool fresh)
        {
            kernels.Fill(parameters.Gradients, fresh ? 7 : 0);
            tape.Reset(training: true);
            var input = tape.Mlp(frozen, tape.Input(x, 20, 128));
            var h = tape.Mlp(wide, input);
            h = tape.Mlp(twice, tape.Mlp(twice, h));
            tape.Mlp(unused, h); // nothing depends on it
            var y = tape.Mlp(narrow, h, input);
            var z = tape.Mlp(tied, h);
            // The same weight by another way, which the sweep meets first.
            var w = tape.Parameter(layout.Find("tied.weight"));
            var loss = tape.Add(tape.MeanSquaredError(y, tape.Constant(1, 20, 3)), tape.MeanSquaredError(z, tape.Constant(2, 20, 5)));
            loss = tape.Add(loss, tape.MeanSquaredError(w, tape.Constant(0.5, 128, 5)));
            tape.Backward(loss, fresh: fresh);
            var gradients = new double[layout.TotalLength];
            foreach (var p in layout.Parameters) kernels.Download(parameters.Gradient(layout.Find(p.Name)), gradients.AsSpan(p.Offset, p.Length));
            return gradients;
        }

        var expected = Gradients(fresh: false);
        Assert.Equal(expected, Gradients(fresh: true));
        Assert.Equal(expected, Gradients(fresh: true));
        foreach (var name in (string[])["wide.weight", "twice.weight", "narrow.0.weight", "tied.weight", "tied.bias"])
            Assert.Contains(expected.AsSpan(layout[layout.Find(name)].Offset, 5).ToArray(), slope => slope != 0);
    }
}
