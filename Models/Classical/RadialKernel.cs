using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AtomSets.Models.Classical;

/// <summary>exp(−γ |x − row|²) of a vector and every row of a table.</summary>
sealed class RadialKernel(Distances distances, float gamma)
{
    public int Rows => distances.Rows;

    /// <param name="query">Made by <see cref="Distances.Query"/>.</param>
    /// <param name="result">[Rows]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Of(ReadOnlySpan<float> query, Span<float> result)
    {
        distances.Squared(query, result);
        var (factor, at) = (Vector256.Create(-gamma), 0);
        for (; at <= result.Length - 8; at += 8) Vector256.Exp(factor * Vector256.Create(result[at..])).CopyTo(result[at..]);
        for (; at < result.Length; at++) result[at] = Vector256.Exp(Vector256.Create(-gamma * result[at])).ToScalar();
    }
}
