using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// What the loops over edges of a gated convolution share: the edge i → j of length d has z = P[i] + Q[j] + R[d]. Columns are cut
/// into strips of one vector of filters and one of cores (the last padded with zeros), and each strip is a matrix of its own,
/// [rows × 2W], so that what a strip touches of a few crystals fits the first-level cache.
/// </summary>
unsafe struct GatedShape
{
    /// <summary>N, D.</summary>
    public nint Atoms, LengthCount;

    /// <summary>Vectors of filters: F divided by the width, rounded up.</summary>
    public nint Strips;

    /// <summary>[N + 1], [E], [E].</summary>
    public int* Offsets, Neighbours, Lengths;

    /// <summary>[E]</summary>
    public float* Multiplicities;

    /// <summary>[strips × N × 2W], [strips × N × 2W], [strips × D × 2W].</summary>
    public float* P, Q, R;
}

/// <summary>
/// The three loops over edges: some atoms, then a strip, then the atoms and their edges, so that all sums stay in registers and the
/// rows of neighbours and lengths in cache. Sums over these atoms are float32, sums of those float64.
/// </summary>
static unsafe class GatedPasses<S, V>
    where S : ISimd<V>
    where V : unmanaged
{
    /// <summary>About the atoms of a crystal.</summary>
    const int Chunk = 32;

    /// <summary>Σ m (z − origin) and Σ m (z − origin)² per column, in strips [strips × 2W].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Moments(in GatedShape shape, float* origin, double* sums, double* squares)
    {
        nint w = S.Width, row = 2 * w;
        for (nint from = 0; from < shape.Atoms; from += Chunk)
        {
            var to = Math.Min(shape.Atoms, from + Chunk);
            for (nint s = 0; s < shape.Strips; s++)
            {
                float* p = shape.P + s * shape.Atoms * row, q = shape.Q + s * shape.Atoms * row, r = shape.R + s * shape.LengthCount * row;
                V filterOrigin = S.Load(origin + s * row), coreOrigin = S.Load(origin + s * row + w);
                V filterSum = S.Set(0), coreSum = S.Set(0), filterSquare = S.Set(0), coreSquare = S.Set(0);
                for (var i = from; i < to; i++)
                {
                    V filterStart = S.Subtract(S.Load(p + i * row), filterOrigin), coreStart = S.Subtract(S.Load(p + i * row + w), coreOrigin);
                    var end = shape.Offsets[i + 1];
                    for (var e = shape.Offsets[i]; e < end; e++)
                    {
                        float* qe = q + shape.Neighbours[e] * row, re = r + shape.Lengths[e] * row;
                        var m = S.Set(shape.Multiplicities[e]);
                        var filter = S.Add(filterStart, S.Add(S.Load(qe), S.Load(re)));
                        var core = S.Add(coreStart, S.Add(S.Load(qe + w), S.Load(re + w)));
                        V filterPart = S.Multiply(m, filter), corePart = S.Multiply(m, core);
                        filterSum = S.Add(filterSum, filterPart);
                        coreSum = S.Add(coreSum, corePart);
                        filterSquare = S.MultiplyAdd(filterPart, filter, filterSquare);
                        coreSquare = S.MultiplyAdd(corePart, core, coreSquare);
                    }
                }
                LaneSums.Add<S, V>(filterSum, sums + s * row);
                LaneSums.Add<S, V>(coreSum, sums + s * row + w);
                LaneSums.Add<S, V>(filterSquare, squares + s * row);
                LaneSums.Add<S, V>(coreSquare, squares + s * row + w);
            }
        }
    }

    /// <summary>y[i] = Σ m σ(u_f)·softplus(u_c) over the edges of i, with u = z·scale + shift; y [N × strips·W].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(in GatedShape shape, float* scale, float* shift, float* y)
    {
        nint w = S.Width, row = 2 * w, columns = shape.Strips * w;
        for (nint from = 0; from < shape.Atoms; from += Chunk)
        {
            var to = Math.Min(shape.Atoms, from + Chunk);
            for (nint s = 0; s < shape.Strips; s++)
            {
                float* p = shape.P + s * shape.Atoms * row, q = shape.Q + s * shape.Atoms * row, r = shape.R + s * shape.LengthCount * row;
                V filterScale = S.Load(scale + s * row), coreScale = S.Load(scale + s * row + w);
                V filterShift = S.Load(shift + s * row), coreShift = S.Load(shift + s * row + w);
                for (var i = from; i < to; i++)
                {
                    var filterStart = S.MultiplyAdd(S.Load(p + i * row), filterScale, filterShift);
                    var coreStart = S.MultiplyAdd(S.Load(p + i * row + w), coreScale, coreShift);
                    var sum = S.Set(0);
                    var end = shape.Offsets[i + 1];
                    for (var e = shape.Offsets[i]; e < end; e++)
                    {
                        float* qe = q + shape.Neighbours[e] * row, re = r + shape.Lengths[e] * row;
                        var filter = S.MultiplyAdd(S.Add(S.Load(qe), S.Load(re)), filterScale, filterStart);
                        var core = S.MultiplyAdd(S.Add(S.Load(qe + w), S.Load(re + w)), coreScale, coreStart);
                        sum = S.MultiplyAdd(S.Set(shape.Multiplicities[e]), GateMath<S, V>.Value(filter, core), sum);
                    }
                    S.Store(y + i * columns + s * w, sum);
                }
            }
        }
    }

    /// <summary>
    /// With du = dL/du of every edge: Σ du and Σ m ẑ over the edges of each centre, neighbour and length, and over all edges Σ du and
    /// Σ du·ẑ. The gradient of z is linear in these sums (see <see cref="CpuKernels{S, V}.GatedConvolutionBackward"/>), so one pass is enough.
    /// </summary>
    /// <param name="ds">[N × strips·W]</param>
    /// <param name="norm">[4 × strips × 2W]: 1/σ, −mean/σ, weight, bias</param>
    /// <param name="centres">[strips × N × 4W]: Σ du | Σ m ẑ of each centre; <paramref name="neighbours"/> likewise and
    /// <paramref name="lengths"/> [strips × D × 4W], both zeroed</param>
    /// <param name="sums">[strips × 2W] Σ du; <paramref name="products"/> Σ du·ẑ</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Slopes(in GatedShape shape, float* ds, float* norm, float* centres, float* neighbours, float* lengths, double* sums, double* products)
    {
        nint w = S.Width, row = 2 * w, pair = 4 * w, columns = shape.Strips * w, all = shape.Strips * row;
        for (nint from = 0; from < shape.Atoms; from += Chunk)
        {
            var to = Math.Min(shape.Atoms, from + Chunk);
            for (nint s = 0; s < shape.Strips; s++)
            {
                float* p = shape.P + s * shape.Atoms * row, q = shape.Q + s * shape.Atoms * row, r = shape.R + s * shape.LengthCount * row;
                float* own = centres + s * shape.Atoms * pair, others = neighbours + s * shape.Atoms * pair, lengthwise = lengths + s * shape.LengthCount * pair;
                var constants = norm + s * row;
                V filterInverse = S.Load(constants), coreInverse = S.Load(constants + w);
                V filterTotal = S.Set(0), coreTotal = S.Set(0), filterProduct = S.Set(0), coreProduct = S.Set(0);
                for (var i = from; i < to; i++)
                {
                    var filterStart = S.MultiplyAdd(S.Load(p + i * row), filterInverse, S.Load(constants + all));
                    var coreStart = S.MultiplyAdd(S.Load(p + i * row + w), coreInverse, S.Load(constants + all + w));
                    var up = S.Load(ds + i * columns + s * w);
                    V filterSum = S.Set(0), coreSum = S.Set(0), filterNormals = S.Set(0), coreNormals = S.Set(0);
                    var end = shape.Offsets[i + 1];
                    for (var e = shape.Offsets[i]; e < end; e++)
                    {
                        nint j = shape.Neighbours[e], d = shape.Lengths[e];
                        float* qe = q + j * row, re = r + d * row;
                        var m = S.Set(shape.Multiplicities[e]);
                        var filter = S.MultiplyAdd(S.Add(S.Load(qe), S.Load(re)), filterInverse, filterStart);
                        var core = S.MultiplyAdd(S.Add(S.Load(qe + w), S.Load(re + w)), coreInverse, coreStart);
                        var filterSlope = GateMath<S, V>.Slopes(
                            S.Multiply(m, up), S.MultiplyAdd(filter, S.Load(constants + 2 * all), S.Load(constants + 3 * all)),
                            S.MultiplyAdd(core, S.Load(constants + 2 * all + w), S.Load(constants + 3 * all + w)), out var coreSlope);
                        filterProduct = S.MultiplyAdd(filterSlope, filter, filterProduct);
                        coreProduct = S.MultiplyAdd(coreSlope, core, coreProduct);
                        filterSum = S.Add(filterSum, filterSlope);
                        coreSum = S.Add(coreSum, coreSlope);
                        filter = S.Multiply(m, filter);
                        core = S.Multiply(m, core);
                        filterNormals = S.Add(filterNormals, filter);
                        coreNormals = S.Add(coreNormals, core);
                        AddTo(others + j * pair, filterSlope, coreSlope, filter, core);
                        AddTo(lengthwise + d * pair, filterSlope, coreSlope, filter, core);
                    }
                    Store(own + i * pair, filterSum, coreSum, filterNormals, coreNormals);
                    filterTotal = S.Add(filterTotal, filterSum);
                    coreTotal = S.Add(coreTotal, coreSum);
                }
                LaneSums.Add<S, V>(filterTotal, sums + s * row);
                LaneSums.Add<S, V>(coreTotal, sums + s * row + w);
                LaneSums.Add<S, V>(filterProduct, products + s * row);
                LaneSums.Add<S, V>(coreProduct, products + s * row + w);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddTo(float* y, V a, V b, V c, V d)
    {
        nint w = S.Width;
        Store(y, S.Add(S.Load(y), a), S.Add(S.Load(y + w), b), S.Add(S.Load(y + 2 * w), c), S.Add(S.Load(y + 3 * w), d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(float* y, V a, V b, V c, V d)
    {
        nint w = S.Width;
        S.Store(y, a);
        S.Store(y + w, b);
        S.Store(y + 2 * w, c);
        S.Store(y + 3 * w, d);
    }
}
