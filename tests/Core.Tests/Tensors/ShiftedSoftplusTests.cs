using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>The activation that a MEGNet spends most of its element-wise time in, against float64 over its whole range.</summary>
public sealed class ShiftedSoftplusTests
{
    [Fact]
    public void Every_path_is_right_to_float32_everywhere()
    {
        // Every interval's middle and borders of the table lie on this grid or between two of its points; far ends beside it.
        float[] x = [.. Enumerable.Range(-8000, 16001).Select(i => i * 0.00265625f), 0, -0f, 1e-8f, 50, -50, 1e4f, -1e4f, 1e30f, -1e30f];
        foreach (var create in KernelsUnderTest.All)
        {
            using var kernels = create();
            using var tape = new Tape(kernels);
            tape.Reset(training: false);
            var y = new double[x.Length];
            tape.Read(tape.Activate(tape.Input(x, x.Length, 1), Activation.ShiftedSoftplus), y);
            for (var i = 0; i < x.Length; i++)
            {
                var expected = Math.Max(x[i], 0) + Math.Log(0.5 + 0.5 * Math.Exp(-Math.Abs((double)x[i])));
                var tolerance = 2e-7 + 1.2e-7 * Math.Abs(expected);
                Assert.True(Math.Abs(expected - y[i]) <= tolerance, $"{kernels.Name}: at {x[i]:R} expected {expected:R}, got {y[i]:R}");
            }
        }
    }

    [Fact]
    public void What_is_no_number_stays_none()
    {
        foreach (var create in KernelsUnderTest.All)
        {
            using var kernels = create();
            using var tape = new Tape(kernels);
            tape.Reset(training: false);
            var y = new double[2];
            tape.Read(tape.Activate(tape.Input([float.NaN, 1f], 2, 1), Activation.ShiftedSoftplus), y);
            Assert.True(double.IsNaN(y[0]) && double.IsFinite(y[1]), $"{kernels.Name}: {y[0]}, {y[1]}");
        }
    }
}
