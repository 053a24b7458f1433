using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>An activation on vectors: its value, and its slope from the value (Silu alone: from the pre-activation).</summary>
interface IActivation<V>
{
    static abstract V Value(V x);
    static abstract V Slope(V y);
}

readonly struct LinearActivation<S, V> : IActivation<V>
    where S : ISimd<V>
    where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope(V y) => S.Set(1);
}

/// <summary>y = ln(1 + eˣ), y′ = 1 − e⁻ʸ: absolute error 2e-7, and no stored derivative.</summary>
readonly struct SoftplusActivation<S, V> : IActivation<V>
    where S : ISimd<V>
    where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => VectorMath<S, V>.Softplus(x, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope(V y) => S.Subtract(S.Set(1), VectorMath<S, V>.ExpSmall(S.Subtract(S.Set(0), y)));
}

/// <summary>y = ln(1 + eˣ) − ln 2, y′ = 1 − ½e⁻ʸ.</summary>
readonly struct ShiftedSoftplusActivation<S, V> : IActivation<V>
    where S : ISimd<V>
    where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => VectorMath<S, V>.Softplus(x, -0.693147181f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope(V y) => S.MultiplyAdd(VectorMath<S, V>.ExpSmall(S.Subtract(S.Set(0), y)), S.Set(-0.5f), S.Set(1));
}

readonly struct ReluActivation<S, V> : IActivation<V>
    where S : ISimd<V>
    where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => S.Max(S.Set(0), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope(V y) => S.Select(y, S.Set(0), S.Set(1), S.Set(0));
}

readonly struct LeakyReluActivation<S, V> : IActivation<V>
    where S : ISimd<V>
    where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => S.Max(x, S.Multiply(x, S.Set(0.01f)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope(V y) => S.Select(S.Set(0), y, S.Set(0.01f), S.Set(1));
}

readonly struct SigmoidActivation<S, V> : IActivation<V>
    where S : ISimd<V>
    where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => VectorMath<S, V>.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope(V y) => S.Subtract(y, S.Multiply(y, y));
}

readonly struct TanhActivation<S, V> : IActivation<V>
    where S : ISimd<V>
    where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => VectorMath<S, V>.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope(V y) => S.Subtract(S.Set(1), S.Multiply(y, y));
}

readonly struct HardSigmoidActivation<S, V> : IActivation<V>
    where S : ISimd<V>
    where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => S.Min(S.Set(1), S.Max(S.Set(0), S.MultiplyAdd(x, S.Set(0.2f), S.Set(0.5f))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope(V y) => S.Select(y, S.Set(0), S.Select(S.Set(1), y, S.Set(0.2f), S.Set(0)), S.Set(0));
}

/// <summary>y = x·σ(x) is not monotonic: its slope is taken from the pre-activation.</summary>
readonly struct SiluActivation<S, V> : IActivation<V>
    where S : ISimd<V>
    where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value(V x) => S.Multiply(x, VectorMath<S, V>.Sigmoid(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope(V x)
    {
        var s = VectorMath<S, V>.Sigmoid(x);
        return S.Multiply(s, S.MultiplyAdd(x, S.Subtract(S.Set(1), s), S.Set(1)));
    }
}
