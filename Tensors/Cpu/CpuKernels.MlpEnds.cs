using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// What becomes of the rows m [rows × columns] of a gathered MLP's last layer while their tile is in cache (<see cref="MlpCall.HasEnds"/>):
/// output = residual + m, and mean[s] += wᵣ/Σw · m[r] for the rows r of segment s. Rows of a segment are consecutive, so a tile is a
/// few runs of rows, each with one row of the mean in registers. Backward, dm[r] = dy[r] + wᵣ/Σw · dmean[s] and dresidual[r] += dy[r].
/// </summary>
sealed unsafe partial class CpuKernels<S, V>
{
    float* rowShares;
    int segment;

    /// <summary>wᵣ/Σw of every row; starts at the first segment.</summary>
    void PrepareEnds(MlpCall call)
    {
        segment = 0;
        rowShares = scratch.Take(call.Rows);
        var w = Pointer(call.MeanWeights);
        var offsets = Rows(call.MeanOffsets);
        for (var s = 0; s + 1 < offsets.Length; s++)
        {
            var scale = Reciprocal(w, offsets[s], offsets[s + 1]);
            for (var r = offsets[s]; r < offsets[s + 1]; r++) rowShares[r] = w[r] * scale;
        }
    }

    /// <summary>The end, within the tile, of the run of rows that share the segment of row r; tiles are visited in order.</summary>
    int RunEnd(ReadOnlySpan<int> offsets, int from, int r, int rows)
    {
        while (offsets[segment + 1] <= from + r) segment++;
        return Math.Min(rows, offsets[segment + 1] - from);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Ends(MlpCall call, int from, int rows, float* m, nint width)
    {
        nint columns = call.OutputWidth;
        float* x = Pointer(call.Residual) + from * columns, y = Pointer(call.Output) + from * columns;
        var offsets = Rows(call.MeanOffsets);
        var share = rowShares + from;
        for (int r = 0, end; r < rows; r = end)
        {
            end = RunEnd(offsets, from, r, rows);
            var mean = Pointer(call.Mean) + segment * columns;
            nint c = 0;
            for (; c + S.Width <= columns; c += S.Width)
            {
                var sum = S.Load(mean + c);
                for (nint i = r; i < end; i++)
                {
                    var value = S.Load(m + i * width + c);
                    sum = S.MultiplyAdd(S.Set(share[i]), value, sum);
                    S.Store(y + i * columns + c, S.Add(value, S.Load(x + i * columns + c)));
                }
                S.Store(mean + c, sum);
            }
            for (; c < columns; c++)
            {
                for (nint i = r; i < end; i++)
                {
                    mean[c] += share[i] * m[i * width + c];
                    y[i * columns + c] = m[i * width + c] + x[i * columns + c];
                }
            }
        }
    }

    /// <summary>g [rows × width] = dm, zero in the padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void EndsBackward(MlpCall call, int from, int rows, float* g, nint width)
    {
        nint columns = call.OutputWidth;
        var dy = Pointer(call.OutputGradient) + from * columns;
        var dx = Pointer(call.ResidualGradient);
        if (dx != null)
        {
            dx += from * columns;
            if (call.OverwriteResidual) for (nint r = 0; r < rows; r++) CopyRow(dy + r * columns, dx + r * columns, columns);
            else for (nint r = 0; r < rows; r++) AddRow(dy + r * columns, dx + r * columns, columns);
        }
        var offsets = Rows(call.MeanOffsets);
        var share = rowShares + from;
        for (int r = 0, end; r < rows; r = end)
        {
            end = RunEnd(offsets, from, r, rows);
            var mean = Pointer(call.MeanGradient) + segment * columns;
            nint c = 0;
            for (; c + S.Width <= columns; c += S.Width)
            {
                var slope = S.Load(mean + c);
                for (nint i = r; i < end; i++) S.Store(g + i * width + c, S.MultiplyAdd(S.Set(share[i]), slope, S.Load(dy + i * columns + c)));
            }
            for (; c < width; c++)
            {
                for (nint i = r; i < end; i++) g[i * width + c] = c < columns ? share[i] * mean[c] + dy[i * columns + c] : 0;
            }
        }
    }
}
