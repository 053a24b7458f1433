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

    /// <summary>Room for a vector: [<see cref="Columns"/>, and zeros behind].</summary>
    public float[] Query(ReadOnlySpan<float> values)
    {
        var query = new float[_padded];
        values.CopyTo(query);
        return query;
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
            if (Vector512.IsHardwareAccelerated)
            {
                var sum = Vector512<float>.Zero;
                for (nuint c = 0; c < (nuint)query.Length; c += 16)
                {
                    var difference = Vector512.LoadUnsafe(ref x, c) - Vector512.LoadUnsafe(ref y, c);
                    sum = Vector512.FusedMultiplyAdd(difference, difference, sum);
                }
                result[row] = Vector512.Sum(sum);
            }
            else
            {
                var (sum, other) = (Vector256<float>.Zero, Vector256<float>.Zero);
                for (nuint c = 0; c < (nuint)query.Length; c += 16)
                {
                    var difference = Vector256.LoadUnsafe(ref x, c) - Vector256.LoadUnsafe(ref y, c);
                    sum = Vector256.FusedMultiplyAdd(difference, difference, sum);
                    difference = Vector256.LoadUnsafe(ref x, c + 8) - Vector256.LoadUnsafe(ref y, c + 8);
                    other = Vector256.FusedMultiplyAdd(difference, difference, other);
                }
                result[row] = Vector256.Sum(sum + other);
            }
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
