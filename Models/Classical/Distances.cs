using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AtomSets.Models.Classical;

/// <summary>Distances of a vector from every row of a table, as sums of differences: equal rows are at exactly 0.</summary>
sealed class Distances
{
    const int Alignment = 16;

    readonly int _padded;
    readonly float[] _table;

    public Distances(Matrix table)
    {
        (Rows, Columns) = (table.Rows, table.Columns);
        _padded = (Columns + Alignment - 1) / Alignment * Alignment;
        _table = new float[Rows * (long)_padded];
        for (var row = 0; row < Rows; row++) table[row].CopyTo(_table.AsSpan(row * _padded));
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>A vector with zeros behind, as the others take it.</summary>
    public float[] Query(ReadOnlySpan<float> values)
    {
        var query = new float[_padded];
        values.CopyTo(query);
        return query;
    }

    /// <summary>Four rows of a matrix as queries, one after the other.</summary>
    public float[] FourQueries(Matrix rows, int first)
    {
        var queries = new float[4 * _padded];
        for (var i = 0; i < 4; i++) rows[first + i].CopyTo(queries.AsSpan(i * _padded));
        return queries;
    }

    /// <summary>Σ (x − row)² for every row.</summary>
    /// <param name="query">Made by <see cref="Query"/>.</param>
    /// <param name="result">[Rows]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Squared(ReadOnlySpan<float> query, Span<float> result)
    {
        ref var x = ref System.Runtime.InteropServices.MemoryMarshal.GetReference(query);
        for (var row = 0; row < result.Length; row++)
        {
            ref var y = ref _table[row * _padded];
            var sum = Vector512<float>.Zero;
            for (nuint at = 0; at < (nuint)query.Length; at += 16)
            {
                var difference = Vector512.LoadUnsafe(ref x, at) - Vector512.LoadUnsafe(ref y, at);
                sum = Vector512.FusedMultiplyAdd(difference, difference, sum);
            }
            result[row] = Vector512.Sum(sum);
        }
    }

    /// <summary>Σ (x − row)² for every row, of four vectors at once, so that the table is read once; bit by bit as <see cref="Squared"/>.</summary>
    /// <param name="queries">Made by <see cref="FourQueries"/>.</param>
    /// <param name="result">[4 × Rows]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SquaredOfFour(ReadOnlySpan<float> queries, Span<float> result)
    {
        ref var x = ref System.Runtime.InteropServices.MemoryMarshal.GetReference(queries);
        var width = (nuint)_padded;
        for (var row = 0; row < Rows; row++)
        {
            ref var y = ref _table[row * _padded];
            Vector512<float> a = default, b = default, c = default, d = default;
            for (nuint at = 0; at < width; at += 16)
            {
                var values = Vector512.LoadUnsafe(ref y, at);
                var (p, q) = (Vector512.LoadUnsafe(ref x, at) - values, Vector512.LoadUnsafe(ref x, width + at) - values);
                var (r, s) = (Vector512.LoadUnsafe(ref x, 2 * width + at) - values, Vector512.LoadUnsafe(ref x, 3 * width + at) - values);
                a = Vector512.FusedMultiplyAdd(p, p, a);
                b = Vector512.FusedMultiplyAdd(q, q, b);
                c = Vector512.FusedMultiplyAdd(r, r, c);
                d = Vector512.FusedMultiplyAdd(s, s, d);
            }
            result[row] = Vector512.Sum(a);
            result[Rows + row] = Vector512.Sum(b);
            result[2 * Rows + row] = Vector512.Sum(c);
            result[3 * Rows + row] = Vector512.Sum(d);
        }
    }

    /// <summary>Σ |x − row| for every row.</summary>
    /// <param name="query">Made by <see cref="Query"/>.</param>
    /// <param name="result">[Rows]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Absolute(ReadOnlySpan<float> query, Span<float> result)
    {
        ref var x = ref System.Runtime.InteropServices.MemoryMarshal.GetReference(query);
        for (var row = 0; row < result.Length; row++)
        {
            ref var y = ref _table[row * _padded];
            var sum = Vector256<float>.Zero;
            for (nuint c = 0; c < (nuint)query.Length; c += 8) sum += Vector256.Abs(Vector256.LoadUnsafe(ref x, c) - Vector256.LoadUnsafe(ref y, c));
            result[row] = Vector256.Sum(sum);
        }
    }
}
