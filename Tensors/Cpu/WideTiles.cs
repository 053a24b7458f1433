using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// Register tiles of the matrix product C[m × n·W] = init + Σ over steps of a[·]·b[·]: element (row, step) of a lies at
/// a[row·rs + step·ks], so the same code multiplies by rows (rs = lda, ks = 1) and by columns (rs = 1, ks = lda). init is C itself
/// (accumulate), a bias row (ldi = 0) or zeros. For 32 registers: 24 accumulators hide the latency
/// of two multiply-add units, and 6 × 4 reads 10 operands for 24 products. Unrolled by hand: the compiler keeps no array in registers.
/// </summary>
static unsafe class WideTiles<S, V>
    where S : ISimd<V>
    where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile6x4(nint steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc)
    {
        nint w = S.Width;
        V c00 = S.Load(init), c01 = S.Load(init + w), c02 = S.Load(init + 2 * w), c03 = S.Load(init + 3 * w);
        V c10 = S.Load(init + ldi), c11 = S.Load(init + ldi + w), c12 = S.Load(init + ldi + 2 * w), c13 = S.Load(init + ldi + 3 * w);
        V c20 = S.Load(init + 2 * ldi), c21 = S.Load(init + 2 * ldi + w), c22 = S.Load(init + 2 * ldi + 2 * w), c23 = S.Load(init + 2 * ldi + 3 * w);
        V c30 = S.Load(init + 3 * ldi), c31 = S.Load(init + 3 * ldi + w), c32 = S.Load(init + 3 * ldi + 2 * w), c33 = S.Load(init + 3 * ldi + 3 * w);
        V c40 = S.Load(init + 4 * ldi), c41 = S.Load(init + 4 * ldi + w), c42 = S.Load(init + 4 * ldi + 2 * w), c43 = S.Load(init + 4 * ldi + 3 * w);
        V c50 = S.Load(init + 5 * ldi), c51 = S.Load(init + 5 * ldi + w), c52 = S.Load(init + 5 * ldi + 2 * w), c53 = S.Load(init + 5 * ldi + 3 * w);
        var r2 = 2 * rs;
        var r3 = 3 * rs;
        var r4 = 4 * rs;
        var r5 = 5 * rs;
        for (; steps > 0; steps--)
        {
            V b0 = S.Load(b), b1 = S.Load(b + w), b2 = S.Load(b + 2 * w), b3 = S.Load(b + 3 * w);
            var x = S.Set(a[0]);
            c00 = S.MultiplyAdd(x, b0, c00);
            c01 = S.MultiplyAdd(x, b1, c01);
            c02 = S.MultiplyAdd(x, b2, c02);
            c03 = S.MultiplyAdd(x, b3, c03);
            x = S.Set(a[rs]);
            c10 = S.MultiplyAdd(x, b0, c10);
            c11 = S.MultiplyAdd(x, b1, c11);
            c12 = S.MultiplyAdd(x, b2, c12);
            c13 = S.MultiplyAdd(x, b3, c13);
            x = S.Set(a[r2]);
            c20 = S.MultiplyAdd(x, b0, c20);
            c21 = S.MultiplyAdd(x, b1, c21);
            c22 = S.MultiplyAdd(x, b2, c22);
            c23 = S.MultiplyAdd(x, b3, c23);
            x = S.Set(a[r3]);
            c30 = S.MultiplyAdd(x, b0, c30);
            c31 = S.MultiplyAdd(x, b1, c31);
            c32 = S.MultiplyAdd(x, b2, c32);
            c33 = S.MultiplyAdd(x, b3, c33);
            x = S.Set(a[r4]);
            c40 = S.MultiplyAdd(x, b0, c40);
            c41 = S.MultiplyAdd(x, b1, c41);
            c42 = S.MultiplyAdd(x, b2, c42);
            c43 = S.MultiplyAdd(x, b3, c43);
            x = S.Set(a[r5]);
            c50 = S.MultiplyAdd(x, b0, c50);
            c51 = S.MultiplyAdd(x, b1, c51);
            c52 = S.MultiplyAdd(x, b2, c52);
            c53 = S.MultiplyAdd(x, b3, c53);
            a += ks;
            b += ldb;
        }
        S.Store(c, c00);
        S.Store(c + w, c01);
        S.Store(c + 2 * w, c02);
        S.Store(c + 3 * w, c03);
        S.Store(c + ldc, c10);
        S.Store(c + ldc + w, c11);
        S.Store(c + ldc + 2 * w, c12);
        S.Store(c + ldc + 3 * w, c13);
        S.Store(c + 2 * ldc, c20);
        S.Store(c + 2 * ldc + w, c21);
        S.Store(c + 2 * ldc + 2 * w, c22);
        S.Store(c + 2 * ldc + 3 * w, c23);
        S.Store(c + 3 * ldc, c30);
        S.Store(c + 3 * ldc + w, c31);
        S.Store(c + 3 * ldc + 2 * w, c32);
        S.Store(c + 3 * ldc + 3 * w, c33);
        S.Store(c + 4 * ldc, c40);
        S.Store(c + 4 * ldc + w, c41);
        S.Store(c + 4 * ldc + 2 * w, c42);
        S.Store(c + 4 * ldc + 3 * w, c43);
        S.Store(c + 5 * ldc, c50);
        S.Store(c + 5 * ldc + w, c51);
        S.Store(c + 5 * ldc + 2 * w, c52);
        S.Store(c + 5 * ldc + 3 * w, c53);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile4x4(nint steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc)
    {
        nint w = S.Width;
        V c00 = S.Load(init), c01 = S.Load(init + w), c02 = S.Load(init + 2 * w), c03 = S.Load(init + 3 * w);
        V c10 = S.Load(init + ldi), c11 = S.Load(init + ldi + w), c12 = S.Load(init + ldi + 2 * w), c13 = S.Load(init + ldi + 3 * w);
        V c20 = S.Load(init + 2 * ldi), c21 = S.Load(init + 2 * ldi + w), c22 = S.Load(init + 2 * ldi + 2 * w), c23 = S.Load(init + 2 * ldi + 3 * w);
        V c30 = S.Load(init + 3 * ldi), c31 = S.Load(init + 3 * ldi + w), c32 = S.Load(init + 3 * ldi + 2 * w), c33 = S.Load(init + 3 * ldi + 3 * w);
        var r2 = 2 * rs;
        var r3 = 3 * rs;
        for (; steps > 0; steps--)
        {
            V b0 = S.Load(b), b1 = S.Load(b + w), b2 = S.Load(b + 2 * w), b3 = S.Load(b + 3 * w);
            var x = S.Set(a[0]);
            c00 = S.MultiplyAdd(x, b0, c00);
            c01 = S.MultiplyAdd(x, b1, c01);
            c02 = S.MultiplyAdd(x, b2, c02);
            c03 = S.MultiplyAdd(x, b3, c03);
            x = S.Set(a[rs]);
            c10 = S.MultiplyAdd(x, b0, c10);
            c11 = S.MultiplyAdd(x, b1, c11);
            c12 = S.MultiplyAdd(x, b2, c12);
            c13 = S.MultiplyAdd(x, b3, c13);
            x = S.Set(a[r2]);
            c20 = S.MultiplyAdd(x, b0, c20);
            c21 = S.MultiplyAdd(x, b1, c21);
            c22 = S.MultiplyAdd(x, b2, c22);
            c23 = S.MultiplyAdd(x, b3, c23);
            x = S.Set(a[r3]);
            c30 = S.MultiplyAdd(x, b0, c30);
            c31 = S.MultiplyAdd(x, b1, c31);
            c32 = S.MultiplyAdd(x, b2, c32);
            c33 = S.MultiplyAdd(x, b3, c33);
            a += ks;
            b += ldb;
        }
        S.Store(c, c00);
        S.Store(c + w, c01);
        S.Store(c + 2 * w, c02);
        S.Store(c + 3 * w, c03);
        S.Store(c + ldc, c10);
        S.Store(c + ldc + w, c11);
        S.Store(c + ldc + 2 * w, c12);
        S.Store(c + ldc + 3 * w, c13);
        S.Store(c + 2 * ldc, c20);
        S.Store(c + 2 * ldc + w, c21);
        S.Store(c + 2 * ldc + 2 * w, c22);
        S.Store(c + 2 * ldc + 3 * w, c23);
        S.Store(c + 3 * ldc, c30);
        S.Store(c + 3 * ldc + w, c31);
        S.Store(c + 3 * ldc + 2 * w, c32);
        S.Store(c + 3 * ldc + 3 * w, c33);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile2x4(nint steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc)
    {
        nint w = S.Width;
        V c00 = S.Load(init), c01 = S.Load(init + w), c02 = S.Load(init + 2 * w), c03 = S.Load(init + 3 * w);
        V c10 = S.Load(init + ldi), c11 = S.Load(init + ldi + w), c12 = S.Load(init + ldi + 2 * w), c13 = S.Load(init + ldi + 3 * w);
        for (; steps > 0; steps--)
        {
            V b0 = S.Load(b), b1 = S.Load(b + w), b2 = S.Load(b + 2 * w), b3 = S.Load(b + 3 * w);
            var x = S.Set(a[0]);
            c00 = S.MultiplyAdd(x, b0, c00);
            c01 = S.MultiplyAdd(x, b1, c01);
            c02 = S.MultiplyAdd(x, b2, c02);
            c03 = S.MultiplyAdd(x, b3, c03);
            x = S.Set(a[rs]);
            c10 = S.MultiplyAdd(x, b0, c10);
            c11 = S.MultiplyAdd(x, b1, c11);
            c12 = S.MultiplyAdd(x, b2, c12);
            c13 = S.MultiplyAdd(x, b3, c13);
            a += ks;
            b += ldb;
        }
        S.Store(c, c00);
        S.Store(c + w, c01);
        S.Store(c + 2 * w, c02);
        S.Store(c + 3 * w, c03);
        S.Store(c + ldc, c10);
        S.Store(c + ldc + w, c11);
        S.Store(c + ldc + 2 * w, c12);
        S.Store(c + ldc + 3 * w, c13);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile1x4(nint steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc)
    {
        nint w = S.Width;
        V c00 = S.Load(init), c01 = S.Load(init + w), c02 = S.Load(init + 2 * w), c03 = S.Load(init + 3 * w);
        for (; steps > 0; steps--)
        {
            V b0 = S.Load(b), b1 = S.Load(b + w), b2 = S.Load(b + 2 * w), b3 = S.Load(b + 3 * w);
            var x = S.Set(a[0]);
            c00 = S.MultiplyAdd(x, b0, c00);
            c01 = S.MultiplyAdd(x, b1, c01);
            c02 = S.MultiplyAdd(x, b2, c02);
            c03 = S.MultiplyAdd(x, b3, c03);
            a += ks;
            b += ldb;
        }
        S.Store(c, c00);
        S.Store(c + w, c01);
        S.Store(c + 2 * w, c02);
        S.Store(c + 3 * w, c03);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile12x2(nint steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc)
    {
        nint w = S.Width;
        V c00 = S.Load(init), c01 = S.Load(init + w);
        V c10 = S.Load(init + ldi), c11 = S.Load(init + ldi + w);
        V c20 = S.Load(init + 2 * ldi), c21 = S.Load(init + 2 * ldi + w);
        V c30 = S.Load(init + 3 * ldi), c31 = S.Load(init + 3 * ldi + w);
        V c40 = S.Load(init + 4 * ldi), c41 = S.Load(init + 4 * ldi + w);
        V c50 = S.Load(init + 5 * ldi), c51 = S.Load(init + 5 * ldi + w);
        V c60 = S.Load(init + 6 * ldi), c61 = S.Load(init + 6 * ldi + w);
        V c70 = S.Load(init + 7 * ldi), c71 = S.Load(init + 7 * ldi + w);
        V c80 = S.Load(init + 8 * ldi), c81 = S.Load(init + 8 * ldi + w);
        V c90 = S.Load(init + 9 * ldi), c91 = S.Load(init + 9 * ldi + w);
        V ca0 = S.Load(init + 10 * ldi), ca1 = S.Load(init + 10 * ldi + w);
        V cb0 = S.Load(init + 11 * ldi), cb1 = S.Load(init + 11 * ldi + w);
        var a6 = a + 6 * rs;
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
            x = S.Set(a6[0]);
            c60 = S.MultiplyAdd(x, b0, c60);
            c61 = S.MultiplyAdd(x, b1, c61);
            x = S.Set(a6[rs]);
            c70 = S.MultiplyAdd(x, b0, c70);
            c71 = S.MultiplyAdd(x, b1, c71);
            x = S.Set(a6[r2]);
            c80 = S.MultiplyAdd(x, b0, c80);
            c81 = S.MultiplyAdd(x, b1, c81);
            x = S.Set(a6[r3]);
            c90 = S.MultiplyAdd(x, b0, c90);
            c91 = S.MultiplyAdd(x, b1, c91);
            x = S.Set(a6[r4]);
            ca0 = S.MultiplyAdd(x, b0, ca0);
            ca1 = S.MultiplyAdd(x, b1, ca1);
            x = S.Set(a6[r5]);
            cb0 = S.MultiplyAdd(x, b0, cb0);
            cb1 = S.MultiplyAdd(x, b1, cb1);
            a += ks;
            a6 += ks;
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
        S.Store(c + 6 * ldc, c60);
        S.Store(c + 6 * ldc + w, c61);
        S.Store(c + 7 * ldc, c70);
        S.Store(c + 7 * ldc + w, c71);
        S.Store(c + 8 * ldc, c80);
        S.Store(c + 8 * ldc + w, c81);
        S.Store(c + 9 * ldc, c90);
        S.Store(c + 9 * ldc + w, c91);
        S.Store(c + 10 * ldc, ca0);
        S.Store(c + 10 * ldc + w, ca1);
        S.Store(c + 11 * ldc, cb0);
        S.Store(c + 11 * ldc + w, cb1);
    }
}
