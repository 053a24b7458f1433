using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// σ(f)·softplus(c), CGCNN's gate, and its slopes. The exponentials e⁻ᶠ and u = e^−|c| serve value and slopes, and one division both.
/// Polynomials (those of <see cref="VectorMath{S, V}"/>) run as even and odd parts side by side: an operation more, a third less to wait for.
/// </summary>
static class GateMath<S, V>
    where S : ISimd<V>
    where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V f, V c) => S.Divide(Softplus(ExpNegativeSize(c), c), S.Add(S.Set(1), ExpNegative(f)));

    /// <summary>g·∂/∂f = g·softplus(c)·σ(f)·σ(−f) and g·∂/∂c = g·σ(f)·σ(c).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slopes(V g, V f, V c, out V core)
    {
        V e = ExpNegative(f), u = ExpNegativeSize(c);
        V a = S.Add(S.Set(1), e), b = S.Add(S.Set(1), u);
        var inverse = S.Divide(S.Set(1), S.Multiply(a, b));
        var gate = S.Multiply(inverse, b); // σ(f)
        var gated = S.Multiply(g, gate);
        var half = S.Multiply(inverse, a); // σ(|c|)
        core = S.Multiply(gated, S.Select(c, S.Set(0), half, S.Multiply(half, u)));
        return S.Multiply(S.Multiply(gated, Softplus(u, c)), S.Multiply(gate, e));
    }

    /// <summary>e⁻ᶠ, at most 2⁸⁰: its products with other sums stay finite and its reciprocal normal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V ExpNegative(V f) => PowerOfTwo(S.Max(S.Set(-126), S.Min(S.Set(80), S.Multiply(f, S.Set(-1.44269504f)))));

    /// <summary>e^−|c|</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V ExpNegativeSize(V c) => PowerOfTwo(S.Max(S.Set(-126), S.Multiply(S.Abs(c), S.Set(-1.44269504f))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V PowerOfTwo(V t)
    {
        var n = S.Round(t);
        var f = S.Subtract(t, n);
        var s = S.Multiply(f, f);
        var even = S.MultiplyAdd(S.MultiplyAdd(S.Set(0.00967151299f), s, S.Set(0.240222424f)), s, S.Set(1));
        var odd = S.MultiplyAdd(S.MultiplyAdd(S.Set(0.00132647273f), s, S.Set(0.0555073358f)), s, S.Set(0.693147004f));
        return S.Scale(S.MultiplyAdd(odd, f, even), n);
    }

    /// <summary>ln(1 + eᶜ) from u = e^−|c|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Softplus(V u, V c)
    {
        var s = S.Multiply(u, u);
        var even = S.MultiplyAdd(S.Set(0.00523269130f), s, S.Set(0.0782259330f));
        var odd = S.MultiplyAdd(S.Set(-0.0295052268f), s, S.Set(-0.136632442f));
        even = S.MultiplyAdd(even, s, S.Set(0.191060066f));
        odd = S.MultiplyAdd(odd, s, S.Set(-0.248429820f));
        even = S.MultiplyAdd(even, s, S.Set(0.333190978f));
        odd = S.MultiplyAdd(odd, s, S.Set(-0.499994934f));
        even = S.MultiplyAdd(even, s, S.Set(0.99999994f));
        return S.MultiplyAdd(S.MultiplyAdd(odd, u, even), u, S.Max(S.Set(0), c));
    }
}
