using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AtomSets.Models.Classical;

/// <summary>
/// The dual of ε-support-vector regression: minimises ½ βᵀKβ − yᵀβ + ε |β|₁ over −C ≤ β ≤ C, Σ β = 0, with β = α − α* of V. Vapnik (The Nature of Statistical Learning
/// Theory, 1995). Sequential minimal optimisation (J. Platt, 1998), the pair chosen by second-order information (R.-E. Fan et al., J. Mach. Learn. Res. 6,
/// 1889 (2005)), as libsvm does; here one variable per row with a kink at 0 instead of two.
/// </summary>
sealed class SvrSolver
{
    const double LeastCurvature = 1e-12;
    const int MostSteps = 100_000_000;
    const int StepsBetweenLooks = 1000;

    readonly KernelRows _kernel;
    readonly double _c, _epsilon;
    readonly int _rows;
    readonly double[] _slopes, _up, _down;

    /// <param name="kernel">With ones on its diagonal.</param>
    /// <param name="targets">[rows]</param>
    /// <param name="c">Bound of |β|.</param>
    /// <param name="epsilon">Half width of the tube without loss.</param>
    public SvrSolver(KernelRows kernel, double[] targets, double c, double epsilon)
    {
        (_kernel, _c, _epsilon, _rows) = (kernel, c, epsilon, targets.Length);
        // Padded for the vectors, with entries that are never chosen.
        var padded = (_rows + 3) / 4 * 4;
        (Beta, _slopes, _up, _down) = (new double[_rows], new double[padded], new double[padded], new double[padded]);
        Array.Fill(_up, double.PositiveInfinity);
        Array.Fill(_down, double.NegativeInfinity);
        for (var row = 0; row < _rows; row++)
        {
            _slopes[row] = -targets[row];
            Bound(row);
        }
    }

    /// <summary>The coefficients.</summary>
    public double[] Beta { get; }

    /// <summary>The constant b of Σ β K + b.</summary>
    public double Bias { get; private set; }

    /// <summary>Steps taken.</summary>
    public int Steps { get; private set; }

    /// <summary>Solves until no pair of rows violates the optimality conditions by more than <paramref name="tolerance"/>.</summary>
    public void Solve(double tolerance, CancellationToken cancellation)
    {
        var (i, lowest) = Lowest();
        for (; Steps < MostSteps; Steps++)
        {
            if (Steps % StepsBetweenLooks == 0) cancellation.ThrowIfCancellationRequested();
            var rowI = _kernel[i];
            var (j, highest) = Partner(rowI, lowest);
            if (highest - lowest <= tolerance || j < 0)
            {
                Bias = FreeBias() ?? -(highest + lowest) / 2;
                return;
            }
            var rowJ = _kernel[j];
            var step = (_slopes[j] + _down[j] - lowest) / Math.Max(2 - 2 * rowI[j], LeastCurvature);
            // To the next kink or bound of either.
            var (roomI, roomJ) = (Beta[i] < 0 ? -Beta[i] : _c - Beta[i], Beta[j] > 0 ? Beta[j] : _c + Beta[j]);
            step = Math.Min(step, Math.Min(roomI, roomJ));
            Beta[i] = step == roomI ? (Beta[i] < 0 ? 0 : _c) : Beta[i] + step;
            Beta[j] = step == roomJ ? (Beta[j] > 0 ? 0 : -_c) : Beta[j] - step;
            Bound(i);
            Bound(j);
            (i, lowest) = Move(rowI, rowJ, step);
        }
        Bias = FreeBias() ?? 0;
    }

    /// <summary>What the slope becomes upwards and downwards by the kink, infinite where the bound is reached.</summary>
    void Bound(int row)
    {
        _up[row] = Beta[row] >= _c ? double.PositiveInfinity : Beta[row] >= 0 ? _epsilon : -_epsilon;
        _down[row] = Beta[row] <= -_c ? double.NegativeInfinity : Beta[row] > 0 ? _epsilon : -_epsilon;
    }

    (int Row, double Slope) Lowest() => Move(new float[_rows], new float[_rows], 0);

    /// <summary>Slopes after a step of β_i up and β_j down; the row with the lowest upward slope.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    (int Row, double Slope) Move(float[] rowI, float[] rowJ, double step)
    {
        var (least, leastAt, at) = (Vector256.Create(double.PositiveInfinity), Vector256<double>.Zero, Vector256.Create(0.0, 1, 2, 3));
        var (factor, four) = (Vector256.Create(step), Vector256.Create(4.0));
        var whole = _rows / 4 * 4;
        for (var k = 0; k < whole; k += 4)
        {
            var change = Widen(rowI, k) - Widen(rowJ, k);
            var slope = Vector256.FusedMultiplyAdd(factor, change, Vector256.Create(_slopes, k));
            slope.CopyTo(_slopes, k);
            var upward = slope + Vector256.Create(_up, k);
            var better = Vector256.LessThan(upward, least);
            least = Vector256.ConditionalSelect(better, upward, least);
            leastAt = Vector256.ConditionalSelect(better, at, leastAt);
            at += four;
        }
        var (row, lowest) = (0, double.PositiveInfinity);
        for (var lane = 0; lane < 4; lane++)
        {
            // Of equally low ones the first row.
            if (least[lane] < lowest || (least[lane] == lowest && leastAt[lane] < row)) (row, lowest) = ((int)leastAt[lane], least[lane]);
        }
        for (var k = whole; k < _rows; k++)
        {
            _slopes[k] += step * ((double)rowI[k] - rowJ[k]);
            if (_slopes[k] + _up[k] < lowest) (row, lowest) = (k, _slopes[k] + _up[k]);
        }
        return (row, lowest);
    }

    /// <summary>The row whose step down beside i's step up gains most, and the highest downward slope of all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    (int Row, double Highest) Partner(float[] rowI, double lowest)
    {
        var (best, bestAt, at) = (Vector256<double>.Zero, Vector256.Create(-1.0), Vector256.Create(0.0, 1, 2, 3));
        var (most, four, two, floor, from) = (Vector256.Create(double.NegativeInfinity), Vector256.Create(4.0), Vector256.Create(2.0), Vector256.Create(LeastCurvature), Vector256.Create(lowest));
        var whole = _rows / 4 * 4;
        for (var k = 0; k < whole; k += 4)
        {
            var downward = Vector256.Create(_slopes, k) + Vector256.Create(_down, k);
            most = Vector256.Max(most, downward);
            var gap = Vector256.Max(downward - from, Vector256<double>.Zero);
            var gain = gap * gap / Vector256.Max(two - two * Widen(rowI, k), floor);
            var better = Vector256.GreaterThan(gain, best);
            best = Vector256.ConditionalSelect(better, gain, best);
            bestAt = Vector256.ConditionalSelect(better, at, bestAt);
            at += four;
        }
        var (row, largest, highest) = (-1, 0.0, double.NegativeInfinity);
        for (var lane = 0; lane < 4; lane++)
        {
            highest = Math.Max(highest, most[lane]);
            if (best[lane] > largest || (best[lane] == largest && row >= 0 && bestAt[lane] < row)) (row, largest) = ((int)bestAt[lane], best[lane]);
        }
        for (var k = whole; k < _rows; k++)
        {
            var downward = _slopes[k] + _down[k];
            highest = Math.Max(highest, downward);
            var gap = Math.Max(downward - lowest, 0);
            var gain = gap * gap / Math.Max(2 - 2 * rowI[k], LeastCurvature);
            if (gain > largest) (row, largest) = (k, gain);
        }
        return (row, highest);
    }

    /// <summary>What the rows strictly between kink and bound agree on.</summary>
    double? FreeBias()
    {
        var (sum, count) = (0.0, 0);
        for (var row = 0; row < _rows; row++)
        {
            if (Beta[row] == 0 || Math.Abs(Beta[row]) >= _c) continue;
            sum -= _slopes[row] + Math.Sign(Beta[row]) * _epsilon;
            count++;
        }
        return count == 0 ? null : sum / count;
    }

    static Vector256<double> Widen(float[] values, int at)
    {
        var four = Vector128.Create(values, at);
        return Vector256.Create(Vector128.WidenLower(four), Vector128.WidenUpper(four));
    }
}
