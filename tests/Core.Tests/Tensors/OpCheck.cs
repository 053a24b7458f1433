using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>What one run of an operation gave: its value, and the gradient of Σ c ⊙ y for every input and parameter.</summary>
sealed record OpResult(double[] Value, double[][] InputGradients, double[] ParameterGradients);

/// <summary>
/// Checks one operation as a function of its inputs and parameters: the float64 reference against central finite differences, and
/// the kernels under test against the reference. Errors are measured against the largest element of the tensor compared,
/// since sums of products lose digits relative to their largest term.
/// </summary>
sealed class OpCheck
{
    readonly List<(int Rows, int Columns, double[] Values)> inputs = [];

    public ParameterLayout Layout { get; } = new();

    /// <summary>Float32 arithmetic over sums of tens to hundreds of terms: some 1e-7 × √terms; single steps reach 1e-6.</summary>
    public double ForwardTolerance { get; set; } = 3e-6;

    /// <summary>Gradients pass through the layers twice.</summary>
    public double GradientTolerance { get; set; } = 1e-5;

    /// <summary>Central differences with h = 1e-5 in float64: h² truncation and 1e-16/h rounding, both near 1e-10 for functions of order one.</summary>
    public double DifferenceTolerance { get; set; } = 2e-7;

    /// <summary>Normal numbers, rounded to float32 so that both sides see the same.</summary>
    public OpCheck Input(int rows, int columns, double scale = 1, double shift = 0)
    {
        var random = KeyedRandom.For(11, "input", (ulong)inputs.Count);
        return Input(rows, columns, [.. Enumerable.Range(0, rows * columns).Select(i => shift + scale * random.Normal((ulong)i))]);
    }

    public OpCheck Input(int rows, int columns, double[] values)
    {
        inputs.Add((rows, columns, [.. values.Select(v => (double)(float)v)]));
        return this;
    }

    public void Run(Func<Tape, Tensor[], Tensor> op)
    {
        using var reference = new ReferenceKernels();
        var expected = Evaluate(reference, op);
        CompareWithDifferences(reference, op, expected);
        foreach (var create in KernelsUnderTest.All)
        {
            using var kernels = create();
            var got = Evaluate(kernels, op);
            Close(expected.Value, got.Value, ForwardTolerance, $"{kernels.Name}: value");
            for (var i = 0; i < inputs.Count; i++) Close(expected.InputGradients[i], got.InputGradients[i], GradientTolerance, $"{kernels.Name}: gradient of input {i}");
            foreach (var p in Layout.Parameters)
            {
                Close(expected.ParameterGradients.AsSpan(p.Offset, p.Length).ToArray(), got.ParameterGradients.AsSpan(p.Offset, p.Length).ToArray(),
                    GradientTolerance, $"{kernels.Name}: gradient of {p.Name}");
            }
            CheckGaps(got.ParameterGradients, kernels.Name);
            var again = Evaluate(kernels, op);
            Assert.Equal(got.Value, again.Value);
            Assert.Equal(got.ParameterGradients, again.ParameterGradients);
        }
    }

    public static void Close(double[] expected, double[] got, double tolerance, string what)
    {
        Assert.Equal(expected.Length, got.Length);
        var scale = expected.Length == 0 ? 1 : Math.Max(expected.Max(Math.Abs), 1e-3);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - got[i]) <= tolerance * scale,
                $"{what}, element {i}: expected {expected[i]:R}, got {got[i]:R}, tolerance {tolerance} × {scale}");
        }
    }

    /// <summary>Between parameters the flat buffer holds zeros, on which norms and sums over the whole of it rely.</summary>
    void CheckGaps(double[] flat, string what)
    {
        foreach (var p in Layout.Parameters)
        {
            for (var i = p.Offset + p.Length; i < flat.Length && i % 16 != 0; i++) Assert.True(flat[i] == 0, $"{what}: the gradient of {p.Name} is {flat[i]:R} behind its end");
        }
    }

    OpResult Evaluate(IKernels kernels, Func<Tape, Tensor[], Tensor> op)
    {
        using var parameters = new ParameterSet(kernels, Layout);
        parameters.Initialize(5);
        using var tape = new Tape(kernels, parameters);
        tape.Reset(training: true, seed: 3, step: 4);
        parameters.ZeroGradients();
        var (tensors, y) = Forward(tape, op);
        tape.Backward(Weighted(tape, y));
        var value = new double[y.Length];
        tape.Read(y, value);
        var gradients = tensors.Select(t =>
        {
            var g = new double[t.Length];
            tape.ReadGradient(t, g);
            return g;
        }).ToArray();
        var flat = new double[Layout.TotalLength];
        kernels.Download(parameters.Gradients, flat);
        return new(value, gradients, flat);
    }

    (Tensor[] Inputs, Tensor Output) Forward(Tape tape, Func<Tape, Tensor[], Tensor> op)
    {
        var tensors = inputs.Select(i => tape.Input(i.Values, i.Rows, i.Columns, gradient: true)).ToArray();
        return (tensors, op(tape, tensors));
    }

    static Tensor Weighted(Tape tape, Tensor y)
    {
        var random = KeyedRandom.For(17);
        var c = Enumerable.Range(0, y.Length).Select(i => (double)(float)random.Uniform((ulong)i, 0.5, 1.5) * (i % 3 == 0 ? -1 : 1)).ToArray();
        return tape.Multiply(y, tape.Input(c, y.Rows, y.Columns));
    }

    void CompareWithDifferences(ReferenceKernels reference, Func<Tape, Tensor[], Tensor> op, OpResult expected)
    {
        const double h = 1e-5;
        using var parameters = new ParameterSet(reference, Layout);
        parameters.Initialize(5);
        using var tape = new Tape(reference, parameters);
        double Objective()
        {
            tape.Reset(training: true, seed: 3, step: 4);
            var weighted = Weighted(tape, Forward(tape, op).Output);
            var values = new double[weighted.Length];
            tape.Read(weighted, values);
            return values.Sum();
        }
        for (var i = 0; i < inputs.Count; i++)
        {
            var x = inputs[i].Values;
            var slopes = new double[x.Length];
            for (var k = 0; k < x.Length; k++) slopes[k] = Difference(v => x[k] = v, x[k]);
            Close(slopes, expected.InputGradients[i], DifferenceTolerance, $"reference against differences, input {i}");
        }
        foreach (var p in Layout.Parameters)
        {
            if (p.IsState) continue; // its gradient slot holds a statistic
            var w = new double[p.Length];
            reference.Download(parameters.Value(Layout.Find(p.Name)), w);
            var slopes = new double[p.Length];
            for (var k = 0; k < w.Length; k++)
            {
                slopes[k] = Difference(v =>
                {
                    w[k] = v;
                    parameters.Import(p.Name, w);
                }, w[k]);
            }
            Close(slopes, expected.ParameterGradients.AsSpan(p.Offset, p.Length).ToArray(), DifferenceTolerance, $"reference against differences, {p.Name}");
        }

        double Difference(Action<double> set, double at)
        {
            set(at + h);
            var up = Objective();
            set(at - h);
            var down = Objective();
            set(at);
            return (up - down) / (2 * h);
        }
    }
}
