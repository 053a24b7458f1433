namespace AtomSets.Tensors;

/// <summary>
/// A vector width: every CPU kernel is written once over (S, V) and compiled for 16, 8 and 4 lanes and for a single one. V is
/// the register type itself, so nothing wraps the hardware vectors.
/// </summary>
unsafe interface ISimd<V>
    where V : unmanaged
{
    /// <summary>Lanes.</summary>
    static abstract int Width { get; }

    /// <summary>32 registers: large register tiles are used.</summary>
    static abstract bool Wide { get; }
    static abstract V Set(float x);
    static abstract V Load(float* x);
    static abstract void Store(float* y, V x);

    /// <summary>Stores at a multiple of the vector's size and past the caches: for what is read again much later.</summary>
    static abstract void StorePast(float* y, V x);
    static abstract V Add(V a, V b);
    static abstract V Subtract(V a, V b);
    static abstract V Multiply(V a, V b);
    static abstract V Divide(V a, V b);

    /// <summary>a·b + c, rounded once where the hardware does.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    /// <summary>a &gt; b ? a : b, so a NaN in b is kept: the variable goes second.</summary>
    static abstract V Max(V a, V b);

    /// <summary>a &lt; b ? a : b</summary>
    static abstract V Min(V a, V b);
    static abstract V Abs(V a);
    static abstract V Sqrt(V a);

    /// <summary>To the nearest integer.</summary>
    static abstract V Round(V a);

    /// <summary>a·2ⁿ for an integral n ≤ 127; below −126 the result is tiny or zero.</summary>
    static abstract V Scale(V a, V n);

    /// <summary>a &gt; b ? x : y</summary>
    static abstract V Select(V a, V b, V x, V y);
    static abstract float Sum(V a);
}
