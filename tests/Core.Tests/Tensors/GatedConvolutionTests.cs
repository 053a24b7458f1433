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
        // The gradient of fc_full's bias is zero, since batch norm takes every shift away.
        var check = new OpCheck { DifferenceTolerance = 1e-6 }.Input(Offsets.Length - 1, width, scale: 0.8);
        var spec = Spec(check.Layout, width);
        check.Run((tape, x) => tape.GatedConvolution(spec, x[0], Edges(tape)));
        check.Run((tape, x) => tape.GatedConvolution(spec, x[0], Edges(tape, Counts)));
    }

    [Fact]
    public void Its_products_are_counted_once_per_atom_and_length()
    {
        using var kernels = new ReferenceKernels();
        var layout = new ParameterLayout();
        var spec = Spec(layout, 4);
        using var parameters = new ParameterSet(kernels, layout);
        using var tape = new Tape(kernels, parameters);
        tape.Reset(training: true);
        tape.GatedConvolution(spec, tape.Input(new double[20], 5, 4, gradient: true), Edges(tape));
        // Two products of 5 atoms, 4 → 8; one of 6 lengths, all 9 Gaussians → 8.
        const int atoms = 2 * 2 * 5 * 4 * 8, lengths = 2 * 6 * 9 * 8;
        Assert.Equal((atoms + lengths, atoms + lengths + atoms), tape.ProductFlops());
    }

    [Fact]
    public void Edges_listed_once_with_their_number_count_as_written_out()
    {
        var copies = Enumerable.Range(0, Counts.Length).SelectMany(e => Enumerable.Repeat(e, (int)Counts[e])).ToArray();
        int[] offsets = [.. Offsets.Select(o => (int)Counts[..o].Sum())];
        foreach (var kernels in KernelsUnderTest.All.Select(create => create()).Prepend(new ReferenceKernels()))
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

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_large_batch_agrees_with_single_operations(bool frozen, bool crystals)
    {
        const int atoms = 150, width = 24, lengths = 90;
        var random = KeyedRandom.For(5, "graph");
        // Crystals of some atoms each (the last has no edges), with lengths of their own; or everything beside everything.
        (int Atom, int Length)[] starts = crystals ? [(0, 0), (10, 3), (27, 20), (67, 21), (70, 40), (100, 80), (140, lengths)] : [(0, 0)];
        int[] offsets = [0, .. Enumerable.Range(1, atoms).Select(i => crystals ? 11 * Math.Min(i, 140) : 11 * i - i % 3)];
        int[] centres = [.. Enumerable.Range(0, atoms).SelectMany(i => Enumerable.Repeat(i, offsets[i + 1] - offsets[i]))];
        int[] neighbours = Draw(random, c => c.Atom, atoms), places = Draw(random.Split(1), c => c.Length, lengths);
        int[] Draw(KeyedRandom draw, Func<(int Atom, int Length), int> start, int end) => [.. centres.Select((centre, e) =>
        {
            var crystal = Array.FindLastIndex(starts, c => c.Atom <= centre);
            var (from, to) = (start(starts[crystal]), crystal + 1 < starts.Length ? start(starts[crystal + 1]) : end);
            return from + (int)(draw.Uniform((ulong)e) * (to - from));
        })];
        // of a basis of which a length is near to a few centres only; some lie outside
        double[] distances = [.. Enumerable.Range(0, lengths).Select(d => 9 * random.Split(2).Uniform((ulong)d))];
        double[] counts = [.. Enumerable.Range(0, offsets[^1]).Select(e => 1 + (double)(e % 4))];
        double[] values = [.. Enumerable.Range(0, atoms * width).Select(i => random.Split(3).Normal((ulong)i))];
        var layout = new ParameterLayout();
        var spec = GatedConvolutionSpec.Build(layout, "conv", width, GaussianBasis.OfWidth(0, 8, 41, 0.2));
        double[] Run(IKernels kernels, Func<Tape, Tensor, GatedEdges, Tensor> op)
        {
            using var parameters = new ParameterSet(kernels, layout);
            parameters.Initialize(3);
            if (frozen) parameters.Freeze("conv.bn1");
            using var tape = new Tape(kernels, parameters);
            tape.Reset(training: true);
            parameters.ZeroGradients();
            var x = tape.Input(values, atoms, width, gradient: true);
            var edges = new GatedEdges(tape.Segments(offsets), tape.Index(neighbours, atoms), tape.Input(distances, lengths, 1),
                tape.Index(places, lengths), tape.Input(counts, counts.Length, 1));
            var y = op(tape, x, edges);
            tape.Backward(tape.Multiply(y, y));
            var result = new double[2 * values.Length + layout.TotalLength];
            tape.Read(y, result.AsSpan(0, values.Length));
            tape.ReadGradient(x, result.AsSpan(values.Length, values.Length));
            kernels.Download(parameters.Gradients, result.AsSpan(2 * values.Length));
            return result;
        }
        using var reference = new ReferenceKernels();
        var expected = Run(reference, (tape, x, edges) => Composed(tape, spec, x, edges));
        OpCheck.Close(expected, Run(reference, (tape, x, edges) => tape.GatedConvolution(spec, x, edges)), 1e-12, reference.Name);
        foreach (var create in KernelsUnderTest.All)
        {
            using var kernels = create();
            var got = Run(kernels, (tape, x, edges) => tape.GatedConvolution(spec, x, edges));
            Parts(expected, got, kernels.Name);
            Assert.Equal(got, Run(kernels, (tape, x, edges) => tape.GatedConvolution(spec, x, edges)));
        }

        void Parts(double[] a, double[] b, string what)
        {
            OpCheck.Close(a[..values.Length], b[..values.Length], 3e-6, $"{what}: value");
            OpCheck.Close(a[values.Length..(2 * values.Length)], b[values.Length..(2 * values.Length)], 2e-5, $"{what}: gradient of the atoms");
            foreach (var p in layout.Parameters)
            {
                var at = (2 * values.Length + p.Offset)..(2 * values.Length + p.Offset + p.Length);
                // dL/ds sums to zero over the atoms, and so nearly do its products.
                OpCheck.Close(a[at], b[at], 1e-4, $"{what}: {p.Name}");
            }
        }
    }

    [Fact]
    public void Outside_training_the_running_statistics_are_used()
    {
        var layout = new ParameterLayout();
        var spec = Spec(layout, 8);
        double[] values = [.. Enumerable.Range(0, 40).Select(i => Math.Sin(i))];
        double[] Run(IKernels kernels, Func<Tape, Tensor, GatedEdges, Tensor> op)
        {
            using var parameters = new ParameterSet(kernels, layout);
            parameters.Initialize(3);
            parameters.Import("conv.bn1.running_mean", [.. Enumerable.Range(0, 16).Select(i => 0.1f * i - 0.5f)]);
            parameters.Import("conv.bn2.running_var", [.. Enumerable.Range(0, 8).Select(i => 0.5f + i)]);
            using var tape = new Tape(kernels, parameters);
            tape.Reset(training: false);
            var y = op(tape, tape.Input(values, 5, 8), Edges(tape));
            var result = new double[40];
            tape.Read(y, result);
            return result;
        }
        using var reference = new ReferenceKernels();
        var expected = Run(reference, (tape, x, edges) => Composed(tape, spec, x, edges));
        OpCheck.Close(expected, Run(reference, (tape, x, edges) => tape.GatedConvolution(spec, x, edges)), 1e-12, reference.Name);
        foreach (var create in KernelsUnderTest.All)
        {
            using var kernels = create();
            OpCheck.Close(expected, Run(kernels, (tape, x, edges) => tape.GatedConvolution(spec, x, edges)), 3e-6, kernels.Name);
        }
    }

    /// <summary>The definition, in single operations.</summary>
    static Tensor Composed(Tape tape, GatedConvolutionSpec spec, Tensor atoms, GatedEdges edges)
    {
        var distances = MlpSource.Gaussian(tape.Gather(edges.Distances, edges.Lengths), spec.Basis);
        var z = tape.Mlp(spec.Full, tape.SegmentExpand(atoms, edges.ByAtom), atoms.At(edges.Neighbours), distances);
        z = tape.BatchNorm(z, spec.EdgeNorm, edges.Multiplicities);
        var filter = tape.Activate(tape.Columns(z, 0, spec.Width), Activation.Sigmoid);
        var gated = tape.Multiply(filter, tape.Activate(tape.Columns(z, spec.Width, spec.Width), Activation.Softplus));
        if (edges.Multiplicities is { } multiplicities) gated = tape.ScaleRows(gated, multiplicities);
        var sum = tape.BatchNorm(tape.SegmentSum(gated, edges.ByAtom), spec.AtomNorm);
        return tape.Activate(tape.Add(atoms, sum), Activation.Softplus);
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
