namespace AtomSets.Tensors;

/// <summary>The matrix product over register tiles.</summary>
static unsafe class Product<S, V>
    where S : ISimd<V>
    where V : unmanaged
{
    /// <summary>
    /// C[rows × columns] = init + A·B, columns a multiple of the width; A is addressed by (rs, ks) as in <see cref="WideTiles{S, V}"/>,
    /// B is [steps × columns] with leading dimension ldb. Column panels outside, so that a panel of B stays in the first-level cache.
    /// Between tiles some of what lies ahead is asked for.
    /// </summary>
    public static void Run(
        int rows, int columns, int steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc, Ahead? ahead = null)
    {
        var at = 0;
        if (S.Wide)
        {
            for (; columns - at >= 4 * S.Width; at += 4 * S.Width) Panel4(rows, steps, a, rs, ks, b + at, ldb, init + at, ldi, c + at, ldc, ahead);
        }
        for (; columns - at >= 2 * S.Width; at += 2 * S.Width) Panel2(rows, steps, a, rs, ks, b + at, ldb, init + at, ldi, c + at, ldc, ahead);
        if (columns > at) Panel1(rows, steps, a, rs, ks, b + at, ldb, init + at, ldi, c + at, ldc, ahead);
    }

    static void Panel4(int rows, nint steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc, Ahead? ahead)
    {
        var r = 0;
        for (; rows - r >= 6; r += 6)
        {
            ahead?.Fetch();
            WideTiles<S, V>.Tile6x4(steps, a + r * rs, rs, ks, b, ldb, init + r * ldi, ldi, c + r * ldc, ldc);
        }
        if (rows - r >= 4)
        {
            WideTiles<S, V>.Tile4x4(steps, a + r * rs, rs, ks, b, ldb, init + r * ldi, ldi, c + r * ldc, ldc);
            r += 4;
        }
        if (rows - r >= 2)
        {
            WideTiles<S, V>.Tile2x4(steps, a + r * rs, rs, ks, b, ldb, init + r * ldi, ldi, c + r * ldc, ldc);
            r += 2;
        }
        if (rows > r) WideTiles<S, V>.Tile1x4(steps, a + r * rs, rs, ks, b, ldb, init + r * ldi, ldi, c + r * ldc, ldc);
    }

    static void Panel2(int rows, nint steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc, Ahead? ahead)
    {
        var r = 0;
        if (S.Wide)
        {
            for (; rows - r >= 12; r += 12)
            {
                ahead?.Fetch();
                WideTiles<S, V>.Tile12x2(steps, a + r * rs, rs, ks, b, ldb, init + r * ldi, ldi, c + r * ldc, ldc);
            }
        }
        for (; rows - r >= 6; r += 6)
        {
            ahead?.Fetch();
            NarrowTiles<S, V>.Tile6x2(steps, a + r * rs, rs, ks, b, ldb, init + r * ldi, ldi, c + r * ldc, ldc);
        }
        if (rows - r >= 4)
        {
            NarrowTiles<S, V>.Tile4x2(steps, a + r * rs, rs, ks, b, ldb, init + r * ldi, ldi, c + r * ldc, ldc);
            r += 4;
        }
        if (rows - r >= 2)
        {
            NarrowTiles<S, V>.Tile2x2(steps, a + r * rs, rs, ks, b, ldb, init + r * ldi, ldi, c + r * ldc, ldc);
            r += 2;
        }
        if (rows > r) NarrowTiles<S, V>.Tile1x2(steps, a + r * rs, rs, ks, b, ldb, init + r * ldi, ldi, c + r * ldc, ldc);
    }

    static void Panel1(int rows, nint steps, float* a, nint rs, nint ks, float* b, nint ldb, float* init, nint ldi, float* c, nint ldc, Ahead? ahead)
    {
        var r = 0;
        for (; rows - r >= 6; r += 6)
        {
            ahead?.Fetch();
            NarrowTiles<S, V>.Tile6x1(steps, a + r * rs, rs, ks, b, ldb, init + r * ldi, ldi, c + r * ldc, ldc);
        }
        for (; rows - r >= 2; r += 2)
        {
            ahead?.Fetch();
            NarrowTiles<S, V>.Tile2x1(steps, a + r * rs, rs, ks, b, ldb, init + r * ldi, ldi, c + r * ldc, ldc);
        }
        if (rows > r) NarrowTiles<S, V>.Tile1x1(steps, a + r * rs, rs, ks, b, ldb, init + r * ldi, ldi, c + r * ldc, ldc);
    }
}
