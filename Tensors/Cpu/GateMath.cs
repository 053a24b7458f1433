using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>σ(f)·softplus(c), CGCNN's gate, and its slopes. The exponentials e⁻ᶠ and u = e^−|c| serve value and slopes, and one division both.</summary>
static class GateMath<S, V>
    where S : ISimd<V>
    where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V f, V c) => S.Divide(VectorMath<S, V>.Softplus(c, 0), S.Add(S.Set(1), ExpNegative(f)));

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
        return S.Multiply(S.Multiply(gated, VectorMath<S, V>.AddLogOnePlus(u, S.Max(S.Set(0), c))), S.Multiply(gate, e));
    }

    /// <summary>e⁻ᶠ, at most 2⁸⁰: its products with other sums stay finite and its reciprocal normal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V ExpNegative(V f) => VectorMath<S, V>.PowerOfTwo(S.Max(S.Set(-126), S.Min(S.Set(80), S.Multiply(f, S.Set(-1.44269504f)))));

    /// <summary>e^−|c|</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V ExpNegativeSize(V c) => VectorMath<S, V>.PowerOfTwo(S.Max(S.Set(-126), S.Multiply(S.Abs(c), S.Set(-1.44269504f))));
}
