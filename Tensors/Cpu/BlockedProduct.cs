using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// The matrix product for operands that fit no cache: C [rows × columns] = init + A·B in blocks (K. Goto, R. van de Geijn, ACM Trans. Math.
/// Softw. 34, 12 (2008)). A block of B is packed into panels as wide as a register tile and stays in the second-level cache; a panel of it
/// stays in the first while <see cref="BlockRows"/> rows of A pass over it. Transposed operands are turned while packing. Sums run over the
/// steps in their order, so blocks change no bit.
/// </summary>
static unsafe class BlockedProduct<S, V>
    where S : ISimd<V>
    where V : unmanaged
{
    /// <summary>Rows of A per block, a multiple of the register tiles' 6 and 12.</summary>
    const int BlockRows = 96;

    /// <summary>Steps per block where B is wide: a panel of it is 32 KB, so that it stays in the first-level cache beside the rows of A.</summary>
    const int Depth = 128;

    const int LargestDepth = 1024;

    /// <summary>Elements of a block of B: half a megabyte.</summary>
    const int BlockLength = 1 << 17;

    const int BlockColumns = BlockLength / Depth;

    /// <summary>With fewer steps than this the time goes into C: its rows are swept from end to end.</summary>
    const int FewSteps = 64;

    /// <summary>Rows of the register tiles.</summary>
    const int TileRows = 6;

    /// <summary>Columns of a panel.</summary>
    static int Panel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (S.Wide ? 4 : 2) * S.Width;
    }

    /// <summary>Elements of working memory for <see cref="Run"/>.</summary>
    public static long WorkLength => (long)LargestDepth * (BlockRows + 64) + BlockLength;

    /// <summary>C = init + A·B.</summary>
    /// <param name="rows">of A and C</param>
    /// <param name="columns">of B</param>
    /// <param name="steps">columns of A, rows of B</param>
    /// <param name="a">element (row, step) at a[row·rs + step·ks]; one of the two is 1</param>
    /// <param name="b">element (step, column) at b[step·ldb + column], or if <paramref name="turned"/> at b[column·ldb + step]</param>
    /// <param name="init">what the sums start from; ldi is 0 for one row for all. May be C.</param>
    /// <param name="c">[rows × columns, padded to whole vectors]</param>
    /// <param name="work"><see cref="WorkLength"/> elements</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        int rows, int columns, int steps, float* a, nint rs, nint ks, float* b, nint ldb, bool turned, float* init, nint ldi, float* c, nint ldc, float* work)
    {
        float* packedA = work, packedB = work + (nint)LargestDepth * BlockRows;
        for (var left = 0; left < columns; left += BlockColumns)
        {
            var width = Math.Min(BlockColumns, columns - left);
            var padded = (width + S.Width - 1) / S.Width * S.Width;
            var most = Math.Clamp(BlockLength / padded, Depth, LargestDepth);
            for (var from = 0; from < steps; from += most)
            {
                var depth = Math.Min(most, steps - from);
                if (turned) PackTurned(b + left * ldb + from, ldb, depth, width, packedB);
                else Pack(b + from * ldb + left, ldb, depth, width, packedB);
                var start = (from == 0 ? init : c) + left;
                var lds = from == 0 ? ldi : ldc;
                for (var top = 0; top < rows; top += BlockRows)
                {
                    var height = Math.Min(BlockRows, rows - top);
                    var block = a + top * rs + from * ks;
                    nint lda = rs, step = ks;
                    if (rs == 1)
                    {
                        // Steps a power of two apart would meet in a few cache sets.
                        CopyRows(block, ks, packedA, BlockRows, depth, height);
                        block = packedA;
                        lda = 1;
                        step = BlockRows;
                    }
                    var sweep = depth < FewSteps ? TileRows : height;
                    for (var row = 0; row < height; row += sweep)
                    {
                        for (var at = 0; at < padded; at += Panel)
                        {
                            var w = Math.Min(Panel, padded - at);
                            Product<S, V>.Run(
                                Math.Min(sweep, height - row), w, depth, block + row * lda, lda, step, packedB + (nint)at * depth, w,
                                start + (top + row) * lds + at, lds, c + (top + row) * ldc + left + at, ldc);
                        }
                    }
                }
            }
        }
    }

    /// <summary>y [columns × rows] = xᵀ, or +=; both with their leading dimensions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Turn(float* x, nint ldx, int rows, int columns, float* y, nint ldy, bool accumulate)
    {
        const int side = 16; // a cache line of either side is used up before the next
        for (nint top = 0; top < rows; top += side)
        {
            var bottom = Math.Min(top + side, rows);
            for (nint c = 0; c < columns; c++)
            {
                var z = y + c * ldy;
                if (accumulate)
                {
                    for (var r = top; r < bottom; r++) z[r] += x[r * ldx + c];
                }
                else
                {
                    for (var r = top; r < bottom; r++) z[r] = x[r * ldx + c];
                }
            }
        }
    }

    /// <summary>[depth × width] as panels [depth × Panel], one after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Pack(float* b, nint ldb, int depth, int width, float* to)
    {
        for (var k = 0; k < depth; k++, b += ldb)
        {
            for (var at = 0; at < width; at += Panel)
            {
                var w = Math.Min(Panel, width - at);
                var y = to + (nint)at * depth + (nint)k * w;
                for (nint i = 0; i < w; i += S.Width) S.Store(y + i, S.Load(b + at + i));
            }
        }
    }

    /// <summary>The same of a matrix [width × depth]; columns up to a whole vector are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PackTurned(float* b, nint ldb, int depth, int width, float* to)
    {
        var padded = (width + S.Width - 1) / S.Width * S.Width;
        for (var at = 0; at < padded; at += Panel)
        {
            var w = Math.Min(Panel, padded - at);
            var filled = Math.Min(w, width - at);
            var y = to + (nint)at * depth;
            var run = 2 * w; // columns are read in runs of whole cache lines, and what is written in turns, 32 KB or less, stays in cache
            for (nint from = 0; from < depth; from += run)
            {
                var end = Math.Min(from + run, depth);
                for (nint j = 0; j < filled; j++)
                {
                    var x = b + (at + j) * ldb;
                    for (var k = from; k < end; k++) y[k * w + j] = x[k];
                }
                for (nint j = filled; j < w; j++)
                {
                    for (var k = from; k < end; k++) y[k * w + j] = 0;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void CopyRows(float* x, nint ldx, float* y, nint ldy, int rows, int columns)
    {
        for (var r = 0; r < rows; r++, x += ldx, y += ldy)
        {
            nint i = 0;
            for (; i + S.Width <= columns; i += S.Width) S.Store(y + i, S.Load(x + i));
            for (; i < columns; i++) y[i] = x[i];
        }
    }
}
