using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>Segment operations, attention, LSTM and set2set; every offsets list has empty segments at the start, inside and at the end.</summary>
public sealed class SegmentTests
{
    static readonly int[] Offsets = [0, 0, 3, 4, 4, 4, 21, 30, 30];
    const int Rows = 30, Count = 8;

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(50)]
    public void Reductions_and_expansion(int columns)
    {
        OpCheck Rowwise() => new OpCheck().Input(Rows, columns);
        Rowwise().Run((tape, x) => tape.SegmentSum(x[0], tape.Segments(Offsets)));
        Rowwise().Run((tape, x) => tape.SegmentMean(x[0], tape.Segments(Offsets)));
        Rowwise().Run((tape, x) => tape.SegmentMax(x[0], tape.Segments(Offsets)));
        Rowwise().Run((tape, x) => tape.SegmentSoftmax(x[0], tape.Segments(Offsets)));
        Rowwise().Run((tape, x) => tape.SegmentSoftmax(x[0], tape.Segments(Offsets), Weights(tape)));
        Rowwise().Run((tape, x) => tape.SegmentWeightedMean(x[0], Weights(tape), tape.Segments(Offsets)));
        foreach (var wide in (int[])[columns, 1])
        {
            new OpCheck().Input(Rows, wide).Input(Rows, columns).Run((tape, x) => tape.SegmentSoftmaxSum(x[0], x[1], tape.Segments(Offsets)));
            new OpCheck().Input(Rows, wide).Input(Rows, columns).Run((tape, x) => tape.SegmentSoftmaxSum(x[0], x[1], tape.Segments(Offsets), Weights(tape)));
        }
        new OpCheck().Input(Count, columns).Run((tape, x) => tape.SegmentExpand(x[0], tape.Segments(Offsets)));
        new OpCheck().Input(Rows, columns).Input(Count, columns).Run((tape, x) => tape.SegmentAttention(x[0], x[1], tape.Segments(Offsets)));
        new OpCheck().Input(Rows, columns).Input(Count, columns).Run((tape, x) => tape.SegmentAttention(x[0], x[1], tape.Segments(Offsets), Weights(tape)));
    }

    [Fact]
    public void No_rows_at_all()
    {
        new OpCheck().Input(0, 3).Run((tape, x) => tape.SegmentMean(x[0], tape.Segments([0, 0, 0])));
        new OpCheck().Input(0, 3).Run((tape, x) => tape.SegmentSoftmax(x[0], tape.Segments([0])));
        new OpCheck().Input(0, 3).Input(0, 3).Run((tape, x) => tape.SegmentSoftmaxSum(x[0], x[1], tape.Segments([0, 0])));
    }

    [Fact]
    public void Values_of_a_small_case_by_hand()
    {
        using var kernels = KernelsUnderTest.Create();
        using var tape = new Tape(kernels);
        tape.Reset(training: false);
        var x = tape.Input([1.0, 10, 3, 20, -5, 7], 3, 2);
        var segments = tape.Segments([0, 2, 2, 3]);
        double[] Read(Tensor t)
        {
            var y = new double[t.Length];
            tape.Read(t, y);
            return y;
        }
        Assert.Equal([4, 30, 0, 0, -5, 7], Read(tape.SegmentSum(x, segments)));
        Assert.Equal([2, 15, 0, 0, -5, 7], Read(tape.SegmentMean(x, segments)));
        Assert.Equal([3, 20, 0, 0, -5, 7], Read(tape.SegmentMax(x, segments)));
        Assert.Equal([2.5, 17.5, 0, 0, -5, 7], Read(tape.SegmentWeightedMean(x, tape.Input([1.0, 3, 0.5], 3, 1), segments)));
        Assert.Equal([0, 0, 0, 0, 0, 0], Read(tape.SegmentWeightedMean(x, tape.Input([0.0, 0, 0], 3, 1), segments)));
        Assert.Equal(1 / (1 + Math.Exp(2)), Read(tape.SegmentSoftmax(x, segments))[0], 1e-6);
        // Shares 1/4 and 3/4 in the first segment, all in the last; weights turn them into 1/2 each.
        var scores = tape.Input([0, Math.Log(3), 5], 3, 1);
        double[] Sums(Tensor? weights) => [.. Read(tape.SegmentSoftmaxSum(scores, x, segments, weights)).Select(v => Math.Round(v, 5))];
        Assert.Equal([2.5, 17.5, 0, 0, -5, 7], Sums(null));
        Assert.Equal([2, 15, 0, 0, -5, 7], Sums(tape.Input([3.0, 1, 2], 3, 1)));
    }

    [Theory]
    [InlineData(Activation.HardSigmoid, false)]
    [InlineData(Activation.HardSigmoid, true)]
    [InlineData(Activation.Sigmoid, false)]
    [InlineData(Activation.Sigmoid, true)]
    public void Lstm_steps(Activation gate, bool carries)
    {
        foreach (var width in new[] { 1, 3, 16 })
        {
            var check = new OpCheck().Input(5, 4 * width, scale: 2).Input(5, width);
            check.Run((tape, x) =>
            {
                var (h, c) = tape.Lstm(x[0], carries ? x[1] : null, gate);
                return tape.Concat(h, c);
            });
        }
    }

    [Fact]
    public void Lstm_gates_come_in_the_order_input_forget_candidate_output()
    {
        using var kernels = new ReferenceKernels();
        using var tape = new Tape(kernels);
        tape.Reset(training: false);
        var (h, c) = tape.Lstm(tape.Input([100.0, -100, 0.5, 100], 1, 4), tape.Input([9.0], 1, 1), Activation.Sigmoid);
        Assert.Equal(Math.Tanh(0.5), tape.Scalar(c), 1e-12);
        Assert.Equal(Math.Tanh(Math.Tanh(0.5)), tape.Scalar(h), 1e-12);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Set2set_in_both_forms(bool weighted)
    {
        // Attention through T LSTM steps amplifies rounding: the tolerances are ten times the defaults.
        var megnet = new OpCheck { ForwardTolerance = 3e-5, GradientTolerance = 1e-4, DifferenceTolerance = 1e-6 }.Input(Rows, 6);
        var published = Set2SetSpec.MegNet(megnet.Layout, "pool", 6, 4, 3);
        megnet.Run((tape, x) => tape.Set2Set(x[0], tape.Segments(Offsets), published, weighted ? Weights(tape) : null));

        var ordinary = new OpCheck { ForwardTolerance = 3e-5, GradientTolerance = 1e-4, DifferenceTolerance = 1e-6 }.Input(Rows, 5);
        var full = Set2SetSpec.Full(ordinary.Layout, "pool", 5, 2);
        ordinary.Run((tape, x) => tape.Set2Set(x[0], tape.Segments(Offsets), full, weighted ? Weights(tape) : null));
    }

    [Fact]
    public void Set2set_of_megnet_step_by_step()
    {
        // Written out from the definition: zero incoming cell state, hard sigmoid, attention over the projected rows.
        double[] x = [0.3, -1.2, 0.7, 0.1, 0.9, -0.4];
        var layout = new ParameterLayout();
        var spec = Set2SetSpec.MegNet(layout, "s", 2, 1, 2);
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, layout);
        parameters.Initialize(8);
        parameters.Import("s.recurrent.bias", [0.1, 0.2, 0.3, 0.4]);
        using var tape = new Tape(kernels, parameters);
        tape.Reset(training: false);
        var got = new double[2];
        tape.Read(tape.Set2Set(tape.Input(x, 3, 2), tape.Segments([0, 3]), spec), got);

        float[] wm = parameters.Export("s.projection.weight"), wr = parameters.Export("s.recurrent.weight");
        double[] b = [.. parameters.Export("s.recurrent.bias").Select(v => (double)v)];
        var m = Enumerable.Range(0, 3).Select(i => x[2 * i] * wm[0] + x[2 * i + 1] * wm[1]).ToArray();
        double h = 0, r = 0;
        for (var t = 0; t < 2; t++)
        {
            double Gate(int g) => h * wr[g] + r * wr[4 + g] + b[g];
            double Hard(double z) => Math.Clamp(0.2 * z + 0.5, 0, 1);
            var c = Hard(Gate(0)) * Math.Tanh(Gate(2));
            h = Hard(Gate(3)) * Math.Tanh(c);
            var e = m.Select(v => Math.Exp(v * h)).ToArray();
            r = m.Zip(e).Sum(p => p.First * p.Second) / e.Sum();
        }
        Assert.Equal(h, got[0], 1e-7); // the bias went through float32
        Assert.Equal(r, got[1], 1e-7);
    }

    static Tensor Weights(Tape tape) =>
        tape.Input([.. Enumerable.Range(0, Rows).Select(i => i % 7 == 0 ? 0 : 0.25 * (i % 5 + 1))], Rows, 1);
}
