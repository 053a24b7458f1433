using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// What the loops over edges of a gated convolution share. Columns are padded: 2H = filter | core, each of H columns, a multiple of
/// the width. The edge i → j of length d has z = P[i] + Q[j] + R[d].
/// </summary>
unsafe struct GatedShape
{
    /// <summary>N, F, H.</summary>
    public nint Atoms, Width, Half;

    /// <summary>[N + 1], [E], [E].</summary>
    public int* Offsets, Neighbours, Lengths;

    /// <summary>[E]</summary>
    public float* Multiplicities;

    /// <summary>[N × 2H], [N × 2H], [D × 2H].</summary>
    public float* P, Q, R;

    /// <summary>s [N × F] and one vector: the padding of a row lies where the next row is written, so rows go in order.</summary>
    public float* Sums;
}

/// <summary>The three loops over edges. For each atom a strip of one vector of filters and one of cores runs over the atom's edges: its sums stay in registers.</summary>
static unsafe class GatedPasses<S, V>
    where S : ISimd<V>
    where V : unmanaged
{
    /// <summary>Sums over this many atoms in float32, then in float64.</summary>
    const int Chunk = 32;

    /// <summary>Σ m (z − origin) and Σ m (z − origin)² per column [2H]; <paramref name="part"/> [4H] is working memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Moments(in GatedShape shape, float* origin, double* sums, double* squares, float* part)
    {
        nint columns = 2 * shape.Half;
        for (nint from = 0; from < shape.Atoms; from += Chunk)
        {
            new Span<float>(part, 2 * (int)columns).Clear();
            for (var i = from; i < Math.Min(shape.Atoms, from + Chunk); i++)
            {
                int first = shape.Offsets[i], end = shape.Offsets[i + 1];
                for (nint c = 0; c < columns; c += S.Width)
                {
                    var start = S.Subtract(S.Load(shape.P + i * columns + c), S.Load(origin + c));
                    V sum = S.Load(part + c), square = S.Load(part + columns + c);
                    for (var e = first; e < end; e++)
                    {
                        var d = S.Add(start, S.Add(S.Load(shape.Q + shape.Neighbours[e] * columns + c), S.Load(shape.R + shape.Lengths[e] * columns + c)));
                        var w = S.Multiply(S.Set(shape.Multiplicities[e]), d);
                        sum = S.Add(sum, w);
                        square = S.MultiplyAdd(w, d, square);
                    }
                    S.Store(part + c, sum);
                    S.Store(part + columns + c, square);
                }
            }
            for (nint c = 0; c < columns; c++)
            {
                sums[c] += part[c];
                squares[c] += part[columns + c];
            }
        }
    }

    /// <summary>s[i] = Σ m σ(u_f)·softplus(u_c) with u = z·scale + shift.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(in GatedShape shape, float* scale, float* shift)
    {
        nint half = shape.Half, columns = 2 * half;
        for (nint i = 0; i < shape.Atoms; i++)
        {
            int first = shape.Offsets[i], end = shape.Offsets[i + 1];
            for (nint c = 0; c < half; c += S.Width)
            {
                float* p = shape.P + i * columns + c, q = shape.Q + c, r = shape.R + c;
                V filterScale = S.Load(scale + c), coreScale = S.Load(scale + half + c);
                var filterStart = S.MultiplyAdd(S.Load(p), filterScale, S.Load(shift + c));
                var coreStart = S.MultiplyAdd(S.Load(p + half), coreScale, S.Load(shift + half + c));
                var sum = S.Set(0);
                for (var e = first; e < end; e++)
                {
                    float* qe = q + shape.Neighbours[e] * columns, re = r + shape.Lengths[e] * columns;
                    var filter = S.MultiplyAdd(S.Add(S.Load(qe), S.Load(re)), filterScale, filterStart);
                    var core = S.MultiplyAdd(S.Add(S.Load(qe + half), S.Load(re + half)), coreScale, coreStart);
                    sum = S.MultiplyAdd(S.Set(shape.Multiplicities[e]), GateMath<S, V>.Value(filter, core), sum);
                }
                S.Store(shape.Sums + i * shape.Width + c, sum);
            }
        }
    }

    /// <summary>
    /// With du = dL/du of every edge: Σ du and Σ m ẑ over the edges of each centre, neighbour and length, and Σ du·ẑ over all edges.
    /// The gradient of z is linear in these sums (see <see cref="CpuKernels{S, V}.GatedConvolutionBackward"/>), so one pass is enough.
    /// </summary>
    /// <param name="ds">[N × F] and one vector</param>
    /// <param name="norm">[4 × 2H]: 1/σ, −mean/σ, weight, bias</param>
    /// <param name="centres">[N × 4H]: Σ du | Σ m ẑ of each centre; <paramref name="neighbours"/> [N × 4H] and <paramref name="lengths"/>
    /// [D × 4H], zeroed, likewise</param>
    /// <param name="products">[2H] Σ du·ẑ; <paramref name="part"/> [2H] is working memory</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Slopes(in GatedShape shape, float* ds, float* norm, float* centres, float* neighbours, float* lengths, double* products, float* part)
    {
        nint half = shape.Half, columns = 2 * half, pair = 2 * columns;
        for (nint from = 0; from < shape.Atoms; from += Chunk)
        {
            new Span<float>(part, (int)columns).Clear();
            for (var i = from; i < Math.Min(shape.Atoms, from + Chunk); i++)
            {
                int first = shape.Offsets[i], end = shape.Offsets[i + 1];
                for (nint c = 0; c < half; c += S.Width)
                {
                    float* p = shape.P + i * columns + c, q = shape.Q + c, r = shape.R + c;
                    V filterInverse = S.Load(norm + c), coreInverse = S.Load(norm + half + c);
                    var filterStart = S.MultiplyAdd(S.Load(p), filterInverse, S.Load(norm + columns + c));
                    var coreStart = S.MultiplyAdd(S.Load(p + half), coreInverse, S.Load(norm + columns + half + c));
                    V filterWeight = S.Load(norm + pair + c), coreWeight = S.Load(norm + pair + half + c);
                    V filterBias = S.Load(norm + pair + columns + c), coreBias = S.Load(norm + pair + columns + half + c);
                    var up = S.Load(ds + i * shape.Width + c);
                    V filterSum = S.Set(0), coreSum = S.Set(0), filterNormals = S.Set(0), coreNormals = S.Set(0);
                    V filterProduct = S.Load(part + c), coreProduct = S.Load(part + half + c);
                    for (var e = first; e < end; e++)
                    {
                        nint j = shape.Neighbours[e], d = shape.Lengths[e];
                        float* qe = q + j * columns, re = r + d * columns;
                        var m = S.Set(shape.Multiplicities[e]);
                        var filter = S.MultiplyAdd(S.Add(S.Load(qe), S.Load(re)), filterInverse, filterStart);
                        var core = S.MultiplyAdd(S.Add(S.Load(qe + half), S.Load(re + half)), coreInverse, coreStart);
                        var filterSlope = GateMath<S, V>.Slopes(
                            S.Multiply(m, up), S.MultiplyAdd(filter, filterWeight, filterBias), S.MultiplyAdd(core, coreWeight, coreBias), out var coreSlope);
                        filterProduct = S.MultiplyAdd(filterSlope, filter, filterProduct);
                        coreProduct = S.MultiplyAdd(coreSlope, core, coreProduct);
                        filterSum = S.Add(filterSum, filterSlope);
                        coreSum = S.Add(coreSum, coreSlope);
                        filter = S.Multiply(m, filter);
                        core = S.Multiply(m, core);
                        filterNormals = S.Add(filterNormals, filter);
                        coreNormals = S.Add(coreNormals, core);
                        AddTo(neighbours + j * pair + c, half, filterSlope, coreSlope, filter, core);
                        AddTo(lengths + d * pair + c, half, filterSlope, coreSlope, filter, core);
                    }
                    var to = centres + i * pair + c;
                    S.Store(to, filterSum);
                    S.Store(to + half, coreSum);
                    S.Store(to + columns, filterNormals);
                    S.Store(to + columns + half, coreNormals);
                    S.Store(part + c, filterProduct);
                    S.Store(part + half + c, coreProduct);
                }
            }
            for (nint c = 0; c < columns; c++) products[c] += part[c];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddTo(float* y, nint half, V filterSlope, V coreSlope, V filter, V core)
    {
        S.Store(y, S.Add(S.Load(y), filterSlope));
        S.Store(y + half, S.Add(S.Load(y + half), coreSlope));
        S.Store(y + 2 * half, S.Add(S.Load(y + 2 * half), filter));
        S.Store(y + 3 * half, S.Add(S.Load(y + 3 * half), core));
    }
}
