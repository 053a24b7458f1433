using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// Register tiles of the matrix product C[m × n·W] = init + Σ over steps of a[·]·b[·]: element (row, step) of a lies at
/// a[row·rs + step·ks], so the same code multiplies by rows (rs = lda, ks = 1) and by columns (rs = 1, ks = lda). init is C itself
/// (accumulate), a bias row (ldi = 0) or zeros. For 16 registers: 12 accumulators of the 6 × 2 tile.
/// </summary>
static unsafe class NarrowTiles<S, V>
    where S : ISimd<V>
    where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile6x2(nint steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc)
    {
        nint w = S.Width;
        V c00 = S.Load(init), c01 = S.Load(init + w);
        V c10 = S.Load(init + ldi), c11 = S.Load(init + ldi + w);
        V c20 = S.Load(init + 2 * ldi), c21 = S.Load(init + 2 * ldi + w);
        V c30 = S.Load(init + 3 * ldi), c31 = S.Load(init + 3 * ldi + w);
        V c40 = S.Load(init + 4 * ldi), c41 = S.Load(init + 4 * ldi + w);
        V c50 = S.Load(init + 5 * ldi), c51 = S.Load(init + 5 * ldi + w);
        var r2 = 2 * rs;
        var r3 = 3 * rs;
        var r4 = 4 * rs;
        var r5 = 5 * rs;
        for (; steps > 0; steps--)
        {
            V b0 = S.Load(b), b1 = S.Load(b + w);
            var x = S.Set(a[0]);
            c00 = S.MultiplyAdd(x, b0, c00);
            c01 = S.MultiplyAdd(x, b1, c01);
            x = S.Set(a[rs]);
            c10 = S.MultiplyAdd(x, b0, c10);
            c11 = S.MultiplyAdd(x, b1, c11);
            x = S.Set(a[r2]);
            c20 = S.MultiplyAdd(x, b0, c20);
            c21 = S.MultiplyAdd(x, b1, c21);
            x = S.Set(a[r3]);
            c30 = S.MultiplyAdd(x, b0, c30);
            c31 = S.MultiplyAdd(x, b1, c31);
            x = S.Set(a[r4]);
            c40 = S.MultiplyAdd(x, b0, c40);
            c41 = S.MultiplyAdd(x, b1, c41);
            x = S.Set(a[r5]);
            c50 = S.MultiplyAdd(x, b0, c50);
            c51 = S.MultiplyAdd(x, b1, c51);
            a += ks;
            b += ldb;
        }
        S.Store(c, c00);
        S.Store(c + w, c01);
        S.Store(c + ldc, c10);
        S.Store(c + ldc + w, c11);
        S.Store(c + 2 * ldc, c20);
        S.Store(c + 2 * ldc + w, c21);
        S.Store(c + 3 * ldc, c30);
        S.Store(c + 3 * ldc + w, c31);
        S.Store(c + 4 * ldc, c40);
        S.Store(c + 4 * ldc + w, c41);
        S.Store(c + 5 * ldc, c50);
        S.Store(c + 5 * ldc + w, c51);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile4x2(nint steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc)
    {
        nint w = S.Width;
        V c00 = S.Load(init), c01 = S.Load(init + w);
        V c10 = S.Load(init + ldi), c11 = S.Load(init + ldi + w);
        V c20 = S.Load(init + 2 * ldi), c21 = S.Load(init + 2 * ldi + w);
        V c30 = S.Load(init + 3 * ldi), c31 = S.Load(init + 3 * ldi + w);
        var r2 = 2 * rs;
        var r3 = 3 * rs;
        for (; steps > 0; steps--)
        {
            V b0 = S.Load(b), b1 = S.Load(b + w);
            var x = S.Set(a[0]);
            c00 = S.MultiplyAdd(x, b0, c00);
            c01 = S.MultiplyAdd(x, b1, c01);
            x = S.Set(a[rs]);
            c10 = S.MultiplyAdd(x, b0, c10);
            c11 = S.MultiplyAdd(x, b1, c11);
            x = S.Set(a[r2]);
            c20 = S.MultiplyAdd(x, b0, c20);
            c21 = S.MultiplyAdd(x, b1, c21);
            x = S.Set(a[r3]);
            c30 = S.MultiplyAdd(x, b0, c30);
            c31 = S.MultiplyAdd(x, b1, c31);
            a += ks;
            b += ldb;
        }
        S.Store(c, c00);
        S.Store(c + w, c01);
        S.Store(c + ldc, c10);
        S.Store(c + ldc + w, c11);
        S.Store(c + 2 * ldc, c20);
        S.Store(c + 2 * ldc + w, c21);
        S.Store(c + 3 * ldc, c30);
        S.Store(c + 3 * ldc + w, c31);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile2x2(nint steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc)
    {
        nint w = S.Width;
        V c00 = S.Load(init), c01 = S.Load(init + w);
        V c10 = S.Load(init + ldi), c11 = S.Load(init + ldi + w);
        for (; steps > 0; steps--)
        {
            V b0 = S.Load(b), b1 = S.Load(b + w);
            var x = S.Set(a[0]);
            c00 = S.MultiplyAdd(x, b0, c00);
            c01 = S.MultiplyAdd(x, b1, c01);
            x = S.Set(a[rs]);
            c10 = S.MultiplyAdd(x, b0, c10);
            c11 = S.MultiplyAdd(x, b1, c11);
            a += ks;
            b += ldb;
        }
        S.Store(c, c00);
        S.Store(c + w, c01);
        S.Store(c + ldc, c10);
        S.Store(c + ldc + w, c11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile1x2(nint steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc)
    {
        nint w = S.Width;
        V c00 = S.Load(init), c01 = S.Load(init + w);
        for (; steps > 0; steps--)
        {
            V b0 = S.Load(b), b1 = S.Load(b + w);
            var x = S.Set(a[0]);
            c00 = S.MultiplyAdd(x, b0, c00);
            c01 = S.MultiplyAdd(x, b1, c01);
            a += ks;
            b += ldb;
        }
        S.Store(c, c00);
        S.Store(c + w, c01);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile6x1(nint steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc)
    {
        V c00 = S.Load(init);
        V c10 = S.Load(init + ldi);
        V c20 = S.Load(init + 2 * ldi);
        V c30 = S.Load(init + 3 * ldi);
        V c40 = S.Load(init + 4 * ldi);
        V c50 = S.Load(init + 5 * ldi);
        var r2 = 2 * rs;
        var r3 = 3 * rs;
        var r4 = 4 * rs;
        var r5 = 5 * rs;
        for (; steps > 0; steps--)
        {
            V b0 = S.Load(b);
            var x = S.Set(a[0]);
            c00 = S.MultiplyAdd(x, b0, c00);
            x = S.Set(a[rs]);
            c10 = S.MultiplyAdd(x, b0, c10);
            x = S.Set(a[r2]);
            c20 = S.MultiplyAdd(x, b0, c20);
            x = S.Set(a[r3]);
            c30 = S.MultiplyAdd(x, b0, c30);
            x = S.Set(a[r4]);
            c40 = S.MultiplyAdd(x, b0, c40);
            x = S.Set(a[r5]);
            c50 = S.MultiplyAdd(x, b0, c50);
            a += ks;
            b += ldb;
        }
        S.Store(c, c00);
        S.Store(c + ldc, c10);
        S.Store(c + 2 * ldc, c20);
        S.Store(c + 3 * ldc, c30);
        S.Store(c + 4 * ldc, c40);
        S.Store(c + 5 * ldc, c50);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile2x1(nint steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc)
    {
        V c00 = S.Load(init);
        V c10 = S.Load(init + ldi);
        for (; steps > 0; steps--)
        {
            V b0 = S.Load(b);
            var x = S.Set(a[0]);
            c00 = S.MultiplyAdd(x, b0, c00);
            x = S.Set(a[rs]);
            c10 = S.MultiplyAdd(x, b0, c10);
            a += ks;
            b += ldb;
        }
        S.Store(c, c00);
        S.Store(c + ldc, c10);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile1x1(nint steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc)
    {
        V c00 = S.Load(init);
        for (; steps > 0; steps--)
        {
            V b0 = S.Load(b);
            var x = S.Set(a[0]);
            c00 = S.MultiplyAdd(x, b0, c00);
            a += ks;
            b += ldb;
        }
        S.Store(c, c00);
    }
}
