using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// exp, softplus, sigmoid, tanh in float32 accuracy on vectors of any width. Polynomials are minimax fits (weighted for
/// relative error) made for these intervals; the comment beside each gives the fit's own error before rounding.
/// </summary>
static class VectorMath<S, V>
    where S : ISimd<V>
    where V : unmanaged
{
    /// <summary>eˣ; relative error below 3e-7 for −87 ≤ x ≤ 88, clamped outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        x = S.Min(S.Set(88.3f), S.Max(S.Set(-87.3f), x));
        var n = S.Round(S.Multiply(x, S.Set(1.44269504f)));
        var r = S.MultiplyAdd(n, S.Set(-0.693359375f), x);
        r = S.MultiplyAdd(n, S.Set(2.12194440e-4f), r);
        // (eʳ − 1 − r)/r² on |r| ≤ ln 2/2: 3e-9
        var p = S.MultiplyAdd(S.Set(0.00138145592f), r, S.Set(0.00836873520f));
        p = S.MultiplyAdd(p, r, S.Set(0.0416683890f));
        p = S.MultiplyAdd(p, r, S.Set(0.166665211f));
        p = S.MultiplyAdd(p, r, S.Set(0.499999940f));
        p = S.MultiplyAdd(S.Multiply(p, r), r, r);
        return S.Scale(S.Add(p, S.Set(1)), n);
    }

    /// <summary>
    /// eˣ for x ≤ 1 where the result is added to something of order one: one reduction step, so the relative error is 1e-7 + 6e-8·|x|
    /// and the absolute error stays below 2e-7.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpSmall(V x) => PowerOfTwo(S.Max(S.Set(-126), S.Multiply(x, S.Set(1.44269504f))));

    /// <summary>2ᵗ for −126 ≤ t ≤ 127, relative error 1e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V PowerOfTwo(V t)
    {
        var n = S.Round(t);
        var f = S.Subtract(t, n);
        // (2ᶠ − 1)/f on |f| ≤ ½: 9e-8
        var p = S.MultiplyAdd(S.Set(0.00132647273f), f, S.Set(0.00967151299f));
        p = S.MultiplyAdd(p, f, S.Set(0.0555073358f));
        p = S.MultiplyAdd(p, f, S.Set(0.240222424f));
        p = S.MultiplyAdd(p, f, S.Set(0.693147004f));
        return S.Scale(S.MultiplyAdd(p, f, S.Set(1)), n);
    }

    /// <summary>ln(1 + eˣ) + shift = max(x, 0) + shift + ln(1 + u), u = e^−|x|; absolute error 2e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Softplus(V x, float shift)
    {
        var u = PowerOfTwo(S.Max(S.Set(-126), S.Multiply(S.Abs(x), S.Set(-1.44269504f))));
        return AddLogOnePlus(u, S.Add(S.Max(S.Set(0), x), S.Set(shift)));
    }

    /// <summary>start + ln(1 + u) for 0 ≤ u ≤ 1, absolute error 1e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V AddLogOnePlus(V u, V start)
    {
        // ln(1 + u)/u on 0 ≤ u ≤ 1: 3e-8
        var p = S.MultiplyAdd(S.Set(0.00523269130f), u, S.Set(-0.0295052268f));
        p = S.MultiplyAdd(p, u, S.Set(0.0782259330f));
        p = S.MultiplyAdd(p, u, S.Set(-0.136632442f));
        p = S.MultiplyAdd(p, u, S.Set(0.191060066f));
        p = S.MultiplyAdd(p, u, S.Set(-0.248429820f));
        p = S.MultiplyAdd(p, u, S.Set(0.333190978f));
        p = S.MultiplyAdd(p, u, S.Set(-0.499994934f));
        p = S.MultiplyAdd(p, u, S.Set(0.99999994f));
        return S.MultiplyAdd(p, u, start);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid(V x) => S.Divide(S.Set(1), S.Add(S.Set(1), Exp(S.Subtract(S.Set(0), x))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        var large = S.Subtract(S.Set(1), S.Divide(S.Set(2), S.Add(S.Set(1), Exp(S.Multiply(S.Set(2), S.Abs(x))))));
        large = S.Select(S.Set(0), x, S.Subtract(S.Set(0), large), large);
        // (tanh(x)/x − 1)/x² on |x| ≤ 0.63: 5e-9; 1 − 2/(e²ˣ + 1) would cancel there
        var s = S.Multiply(x, x);
        var p = S.MultiplyAdd(S.Set(-0.00566078909f), s, S.Set(0.0206020083f));
        p = S.MultiplyAdd(p, s, S.Set(-0.0537292287f));
        p = S.MultiplyAdd(p, s, S.Set(0.133313283f));
        p = S.MultiplyAdd(p, s, S.Set(-0.333332777f));
        var small = S.MultiplyAdd(S.Multiply(p, s), x, x);
        return S.Select(S.Set(0.6f), S.Abs(x), small, large);
    }
}
