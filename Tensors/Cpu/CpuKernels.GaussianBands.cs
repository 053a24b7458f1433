using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// R = gaussian(d)·W₃ and dW₃ += gaussianᵀ·dR over the few centres near to each length (see <see cref="GaussianBand"/>): a quarter
/// of the whole product for CGCNN's basis.
/// </summary>
sealed unsafe partial class CpuKernels<S, V>
{
    /// <summary>bands [D × padded count]: the Gaussians that are kept of each length.</summary>
    void Expand(GatedConvolutionCall call, float* bands)
    {
        var band = new GaussianBand(call.Basis);
        var width = Padded(band.Count);
        var distances = Pointer(call.Distances);
        var basis = call.Basis;
        // One vector behind the last centre is read and its Gaussians are never used.
        var grid = scratch.Take(basis.Count + S.Width);
        for (var k = 0; k < basis.Count + S.Width; k++) grid[k] = (float)(basis.Start + k * basis.Spacing);
        for (nint d = 0; d < call.LengthCount; d++) ExpandRow(distances[d], grid + band.First(distances[d]), basis, bands + d * width, width);
    }

    /// <summary>R[d] = Σ g·W₃ over the band of d, weights in strips.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void MultiplyBands(GatedConvolutionCall call, in GatedShape shape, float* bands, float* weights)
    {
        var band = new GaussianBand(call.Basis);
        nint w = S.Width, row = 2 * w, columns = shape.Strips * row, width = Padded(band.Count), count = band.Count;
        var distances = Pointer(call.Distances);
        for (nint s = 0; s < shape.Strips; s++)
        {
            var r = shape.R + s * shape.LengthCount * row;
            for (nint d = 0; d < shape.LengthCount; d++)
            {
                float* g = bands + d * width, from = weights + s * row + band.First(distances[d]) * columns;
                V filter = S.Set(0), core = S.Set(0);
                for (nint k = 0; k < count; k++, from += columns)
                {
                    var a = S.Set(g[k]);
                    filter = S.MultiplyAdd(a, S.Load(from), filter);
                    core = S.MultiplyAdd(a, S.Load(from + w), core);
                }
                S.Store(r + d * row, filter);
                S.Store(r + d * row + w, core);
            }
        }
    }

    /// <summary>dW₃ += gᵀ·dR in strips, dR of each length from its collected sums [strips × D × 4W].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddBands(GatedConvolutionCall call, in GatedShape shape, in GateSlopes slopes, float* bands, float* lengths, float* gradient)
    {
        var band = new GaussianBand(call.Basis);
        nint w = S.Width, row = 2 * w, columns = shape.Strips * row, width = Padded(band.Count), count = band.Count;
        var distances = Pointer(call.Distances);
        for (nint s = 0; s < shape.Strips; s++)
        {
            for (nint d = 0; d < shape.LengthCount; d++)
            {
                float* sums = lengths + (s * shape.LengthCount + d) * 2 * row, g = bands + d * width;
                V filter = Slope(slopes, sums, s * row, slopes.Counts[d]), core = Slope(slopes, sums + w, s * row + w, slopes.Counts[d]);
                var to = gradient + s * row + band.First(distances[d]) * columns;
                for (nint k = 0; k < count; k++, to += columns)
                {
                    var a = S.Set(g[k]);
                    S.Store(to, S.MultiplyAdd(a, filter, S.Load(to)));
                    S.Store(to + w, S.MultiplyAdd(a, core, S.Load(to + w)));
                }
            }
        }
    }
}
