using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// The three loops over the edges of one block and one strip (see <see cref="GatedShape"/>): sums of an atom stay in registers,
/// rows of neighbours and lengths in cache. Sums over the block are float32, sums of those float64.
/// </summary>
static unsafe class GatedPasses<S, V>
    where S : ISimd<V>
    where V : unmanaged
{
    /// <summary>Σ m (z − origin) and Σ m (z − origin)² of the strip's columns [2W].</summary>
    /// <param name="r">[lengths of the block × 2W], addressed from the first length of all; so is whatever belongs to lengths here</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Moments(in GatedShape shape, int block, nint strip, float* r, float* origin, double* sums, double* squares)
    {
        nint w = S.Width, row = 2 * w;
        float* p = shape.P + strip * shape.Atoms * row, q = shape.Q + strip * shape.Atoms * row;
        V filterOrigin = S.Load(origin), coreOrigin = S.Load(origin + w);
        V filterSum = S.Set(0), coreSum = S.Set(0), filterSquare = S.Set(0), coreSquare = S.Set(0);
        nint to = shape.FirstAtom[block + 1];
        for (nint i = shape.FirstAtom[block]; i < to; i++)
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
        LaneSums.Add<S, V>(filterSum, sums);
        LaneSums.Add<S, V>(coreSum, sums + w);
        LaneSums.Add<S, V>(filterSquare, squares);
        LaneSums.Add<S, V>(coreSquare, squares + w);
    }

    /// <summary>y[i] = Σ m σ(u_f)·softplus(u_c) over the edges of i, with u = z·scale + shift [2W]; y [N × strips·W].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(in GatedShape shape, int block, nint strip, float* r, float* scale, float* shift, float* y)
    {
        nint w = S.Width, row = 2 * w, columns = shape.Strips * w;
        float* p = shape.P + strip * shape.Atoms * row, q = shape.Q + strip * shape.Atoms * row;
        V filterScale = S.Load(scale), coreScale = S.Load(scale + w), filterShift = S.Load(shift), coreShift = S.Load(shift + w);
        nint to = shape.FirstAtom[block + 1];
        for (nint i = shape.FirstAtom[block]; i < to; i++)
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
            S.Store(y + i * columns + strip * w, sum);
        }
    }

    /// <summary>
    /// With du = dL/du of every edge: Σ du and Σ m ẑ over the edges of each centre, neighbour and length, and over all edges Σ du and
    /// Σ du·ẑ. The gradient of z is linear in these sums (see <see cref="CpuKernels{S, V}.GatedConvolutionBackward"/>), so one pass is enough.
    /// </summary>
    /// <param name="ds">[N × strips·W]</param>
    /// <param name="norm">[4 × strips·2W], at this strip: 1/σ, −mean/σ, weight, bias</param>
    /// <param name="centres">[strips × N × 4W]: Σ du | Σ m ẑ of each centre; <paramref name="neighbours"/> likewise and
    /// <paramref name="lengths"/> [lengths of the block × 4W], both zeroed</param>
    /// <param name="sums">[2W] Σ du; <paramref name="products"/> Σ du·ẑ</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Slopes(
        in GatedShape shape, int block, nint strip, float* r, float* ds, float* norm, float* centres, float* neighbours, float* lengths,
        double* sums, double* products)
    {
        nint w = S.Width, row = 2 * w, pair = 4 * w, columns = shape.Strips * w, all = shape.Strips * row;
        float* p = shape.P + strip * shape.Atoms * row, q = shape.Q + strip * shape.Atoms * row;
        float* own = centres + strip * shape.Atoms * pair, others = neighbours + strip * shape.Atoms * pair;
        V filterInverse = S.Load(norm), coreInverse = S.Load(norm + w);
        V filterTotal = S.Set(0), coreTotal = S.Set(0), filterProduct = S.Set(0), coreProduct = S.Set(0);
        nint to = shape.FirstAtom[block + 1];
        for (nint i = shape.FirstAtom[block]; i < to; i++)
        {
            var filterStart = S.MultiplyAdd(S.Load(p + i * row), filterInverse, S.Load(norm + all));
            var coreStart = S.MultiplyAdd(S.Load(p + i * row + w), coreInverse, S.Load(norm + all + w));
            var up = S.Load(ds + i * columns + strip * w);
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
                    S.Multiply(m, up), S.MultiplyAdd(filter, S.Load(norm + 2 * all), S.Load(norm + 3 * all)),
                    S.MultiplyAdd(core, S.Load(norm + 2 * all + w), S.Load(norm + 3 * all + w)), out var coreSlope);
                filterProduct = S.MultiplyAdd(filterSlope, filter, filterProduct);
                coreProduct = S.MultiplyAdd(coreSlope, core, coreProduct);
                filterSum = S.Add(filterSum, filterSlope);
                coreSum = S.Add(coreSum, coreSlope);
                filter = S.Multiply(m, filter);
                core = S.Multiply(m, core);
                filterNormals = S.Add(filterNormals, filter);
                coreNormals = S.Add(coreNormals, core);
                AddTo(others + j * pair, filterSlope, coreSlope, filter, core);
                AddTo(lengths + d * pair, filterSlope, coreSlope, filter, core);
            }
            Store(own + i * pair, filterSum, coreSum, filterNormals, coreNormals);
            filterTotal = S.Add(filterTotal, filterSum);
            coreTotal = S.Add(coreTotal, coreSum);
        }
        LaneSums.Add<S, V>(filterTotal, sums);
        LaneSums.Add<S, V>(coreTotal, sums + w);
        LaneSums.Add<S, V>(filterProduct, products);
        LaneSums.Add<S, V>(coreProduct, products + w);
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
