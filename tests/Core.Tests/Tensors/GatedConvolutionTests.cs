using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>One CGCNN convolution against finite differences and against its definition in single operations.</summary>
public sealed class GatedConvolutionTests
{
    static readonly GaussianBasis Basis = GaussianBasis.OfWidth(0, 4, 9, 0.5);

    // 5 atoms, one without edges; edges unsorted within an atom, one atom its own neighbour.
    static readonly int[] Offsets = [0, 3, 3, 7, 8, 12];
    static readonly int[] Neighbours = [2, 4, 0, 0, 3, 2, 4, 2, 1, 0, 2, 3];
    static readonly int[] Lengths = [0, 1, 2, 0, 3, 4, 4, 3, 5, 1, 4, 0];
    static readonly double[] Distances = [1.1, 2.35, 0.7, 3.1, 1.9, 3.6];
    static readonly double[] Counts = [1, 2, 1, 1, 1, 3, 1, 4, 1, 1, 2, 1];

    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    [InlineData(19)]
    public void Values_and_gradients(int width)
    {
        // The gradient of fc_full's bias is zero, since batch norm takes every shift away: what is left there is rounding.
        var check = new OpCheck { DifferenceTolerance = 1e-6, GradientTolerance = 2e-3 }.Input(Offsets.Length - 1, width, scale: 0.8);
        var spec = Spec(check.Layout, width);
        check.Run((tape, x) => tape.GatedConvolution(spec, x[0], Edges(tape)));
        check.Run((tape, x) => tape.GatedConvolution(spec, x[0], Edges(tape, Counts)));
    }

    [Fact]
    public void Edges_listed_once_with_their_number_count_as_written_out()
    {
        var copies = Enumerable.Range(0, Counts.Length).SelectMany(e => Enumerable.Repeat(e, (int)Counts[e])).ToArray();
        int[] offsets = [.. Offsets.Select(o => (int)Counts[..o].Sum())];
        foreach (var kernels in OpCheck.Paths.Select(p => (IKernels)CpuKernels.Create(p)).Prepend(new ReferenceKernels()))
        {
            var layout = new ParameterLayout();
            var spec = Spec(layout, 8);
            using var parameters = new ParameterSet(kernels, layout);
            parameters.Initialize(3);
            using var tape = new Tape(kernels, parameters);
            double[] Run(Func<GatedEdges> edges)
            {
                tape.Reset(training: true);
                parameters.ZeroGradients();
                var x = tape.Input([.. Enumerable.Range(0, 40).Select(i => Math.Sin(i))], 5, 8, gradient: true);
                var y = tape.GatedConvolution(spec, x, edges());
                tape.Backward(tape.Multiply(y, y));
                var result = new double[40 + layout.TotalLength];
                tape.ReadGradient(x, result.AsSpan(0, 40));
                kernels.Download(parameters.Gradients, result.AsSpan(40));
                return result;
            }
            var expected = Run(() => new(tape.Segments(offsets), tape.Index([.. copies.Select(e => Neighbours[e])], 5), tape.Input(Distances, 6, 1),
                tape.Index([.. copies.Select(e => Lengths[e])], 6)));
            OpCheck.Close(expected, Run(() => Edges(tape, Counts)), 1e-5, kernels.Name);
            kernels.Dispose();
        }
    }

    [Fact]
    public void Names_and_shapes_are_those_of_the_published_weights()
    {
        var layout = new ParameterLayout();
        GatedConvolutionSpec.Build(layout, "convs.0", 64, GaussianBasis.OfWidth(0, 8, 41, 0.2));
        Assert.Equal(
            ["convs.0.fc_full.weight 169x128", "convs.0.fc_full.bias 1x128", "convs.0.bn1.weight 1x128", "convs.0.bn1.bias 1x128",
             "convs.0.bn1.running_mean 1x128", "convs.0.bn1.running_var 1x128", "convs.0.bn2.weight 1x64", "convs.0.bn2.bias 1x64",
             "convs.0.bn2.running_mean 1x64", "convs.0.bn2.running_var 1x64"],
            layout.Parameters.Select(p => $"{p.Name} {p.Rows}x{p.Columns}"));
    }

    static GatedEdges Edges(Tape tape, double[]? counts = null) =>
        new(tape.Segments(Offsets), tape.Index(Neighbours, Offsets.Length - 1), tape.Input(Distances, Distances.Length, 1),
            tape.Index(Lengths, Distances.Length), counts is null ? null : tape.Input(counts, counts.Length, 1));

    static GatedConvolutionSpec Spec(ParameterLayout layout, int width) => GatedConvolutionSpec.Build(layout, "conv", width, Basis);
}
