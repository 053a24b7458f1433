using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// Products with the Gaussians of lengths over the few centres near to each (see <see cref="GaussianBand"/>): a quarter
/// of the whole products for CGCNN's basis.
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

    /// <summary>r[d] = Σ g·W₃ over the band of each length d of a block, for one strip of the weights [G × strips·2W]; r is addressed from length 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void MultiplyBands(in GaussianBand band, in GatedShape shape, int block, float* distances, float* bands, float* weights, float* r)
    {
        nint w = S.Width, row = 2 * w, columns = shape.Strips * row, width = Padded(band.Count), count = band.Count, end = shape.FirstLength[block + 1];
        for (nint d = shape.FirstLength[block]; d < end; d++)
        {
            float* g = bands + d * width, from = weights + band.First(distances[d]) * columns;
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

    /// <summary>Adds g·(Σ du | Σ m ẑ) of each length of a block to the centres of its band, [G × 4W] of one strip.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddBands(in GaussianBand band, in GatedShape shape, int block, float* distances, float* bands, float* lengths, float* to)
    {
        nint w = S.Width, width = Padded(band.Count), count = band.Count, end = shape.FirstLength[block + 1];
        for (nint d = shape.FirstLength[block]; d < end; d++)
        {
            float* sums = lengths + d * 4 * w, g = bands + d * width, y = to + band.First(distances[d]) * 4 * w;
            V filter = S.Load(sums), core = S.Load(sums + w), filterNormals = S.Load(sums + 2 * w), coreNormals = S.Load(sums + 3 * w);
            for (nint k = 0; k < count; k++, y += 4 * w)
            {
                var a = S.Set(g[k]);
                S.Store(y, S.MultiplyAdd(a, filter, S.Load(y)));
                S.Store(y + w, S.MultiplyAdd(a, core, S.Load(y + w)));
                S.Store(y + 2 * w, S.MultiplyAdd(a, filterNormals, S.Load(y + 2 * w)));
                S.Store(y + 3 * w, S.MultiplyAdd(a, coreNormals, S.Load(y + 3 * w)));
            }
        }
    }
}
