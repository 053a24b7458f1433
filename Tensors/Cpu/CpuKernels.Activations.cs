using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>Activations over buffers and over tiles; the loops are compiled once per function.</summary>
sealed unsafe partial class CpuKernels<S, V>
{
    public override void Activate(Activation activation, DeviceSpan x, DeviceSpan y) => Apply(activation, Pointer(x), Pointer(y), y.Length);

    public override void ActivateBackward(Activation activation, DeviceSpan x, DeviceSpan y, DeviceSpan dy, DeviceSpan dx)
    {
        float* p = Pointer(activation == Activation.Silu ? x : y), g = Pointer(dy), z = Pointer(dx);
        switch (activation)
        {
            case Activation.Linear: AddSlopes<LinearActivation<S, V>>(p, g, z, dx.Length); break;
            case Activation.Softplus: AddSlopes<SoftplusActivation<S, V>>(p, g, z, dx.Length); break;
            case Activation.ShiftedSoftplus: AddSlopes<ShiftedSoftplusActivation<S, V>>(p, g, z, dx.Length); break;
            case Activation.Relu: AddSlopes<ReluActivation<S, V>>(p, g, z, dx.Length); break;
            case Activation.LeakyRelu: AddSlopes<LeakyReluActivation<S, V>>(p, g, z, dx.Length); break;
            case Activation.Sigmoid: AddSlopes<SigmoidActivation<S, V>>(p, g, z, dx.Length); break;
            case Activation.Tanh: AddSlopes<TanhActivation<S, V>>(p, g, z, dx.Length); break;
            case Activation.HardSigmoid: AddSlopes<HardSigmoidActivation<S, V>>(p, g, z, dx.Length); break;
            case Activation.Silu: AddSlopes<SiluActivation<S, V>>(p, g, z, dx.Length); break;
            default: throw Unknown(activation);
        }
    }

    /// <summary>y = f(x) over whole vectors; x and y may be the same.</summary>
    static void Apply(Activation activation, float* x, float* y, nint length)
    {
        switch (activation)
        {
            case Activation.Linear: Apply<LinearActivation<S, V>>(x, y, length); break;
            case Activation.Softplus: Apply<SoftplusActivation<S, V>>(x, y, length); break;
            case Activation.ShiftedSoftplus when typeof(S) == typeof(Simd512): SoftplusTable.Apply(x, y, null, length); break;
            case Activation.ShiftedSoftplus: Apply<ShiftedSoftplusActivation<S, V>>(x, y, length); break;
            case Activation.Relu: Apply<ReluActivation<S, V>>(x, y, length); break;
            case Activation.LeakyRelu: Apply<LeakyReluActivation<S, V>>(x, y, length); break;
            case Activation.Sigmoid: Apply<SigmoidActivation<S, V>>(x, y, length); break;
            case Activation.Tanh: Apply<TanhActivation<S, V>>(x, y, length); break;
            case Activation.HardSigmoid: Apply<HardSigmoidActivation<S, V>>(x, y, length); break;
            case Activation.Silu: Apply<SiluActivation<S, V>>(x, y, length); break;
            default: throw Unknown(activation);
        }
    }

    /// <summary>y = f(x) and a copy past the caches over whole vectors; x and y may be the same.</summary>
    static void ApplyAndKeep(Activation activation, float* x, float* y, float* kept, nint length)
    {
        switch (activation)
        {
            case Activation.Linear: ApplyAndKeep<LinearActivation<S, V>>(x, y, kept, length); break;
            case Activation.Softplus: ApplyAndKeep<SoftplusActivation<S, V>>(x, y, kept, length); break;
            case Activation.ShiftedSoftplus when typeof(S) == typeof(Simd512): SoftplusTable.Apply(x, y, kept, length); break;
            case Activation.ShiftedSoftplus: ApplyAndKeep<ShiftedSoftplusActivation<S, V>>(x, y, kept, length); break;
            case Activation.Relu: ApplyAndKeep<ReluActivation<S, V>>(x, y, kept, length); break;
            case Activation.LeakyRelu: ApplyAndKeep<LeakyReluActivation<S, V>>(x, y, kept, length); break;
            case Activation.Sigmoid: ApplyAndKeep<SigmoidActivation<S, V>>(x, y, kept, length); break;
            case Activation.Tanh: ApplyAndKeep<TanhActivation<S, V>>(x, y, kept, length); break;
            case Activation.HardSigmoid: ApplyAndKeep<HardSigmoidActivation<S, V>>(x, y, kept, length); break;
            case Activation.Silu: ApplyAndKeep<SiluActivation<S, V>>(x, y, kept, length); break;
            default: throw Unknown(activation);
        }
    }

    /// <summary>y = g ⊙ f′ over whole vectors (y and g may be the same), f′ from the value (Silu: the pre-activation) in x.</summary>
    static void MultiplySlopes(Activation activation, float* x, float* g, float* y, nint length)
    {
        switch (activation)
        {
            case Activation.Linear: MultiplySlopes<LinearActivation<S, V>>(x, g, y, length); break;
            case Activation.Softplus: MultiplySlopes<SoftplusActivation<S, V>>(x, g, y, length); break;
            case Activation.ShiftedSoftplus: MultiplySlopes<ShiftedSoftplusActivation<S, V>>(x, g, y, length); break;
            case Activation.Relu: MultiplySlopes<ReluActivation<S, V>>(x, g, y, length); break;
            case Activation.LeakyRelu: MultiplySlopes<LeakyReluActivation<S, V>>(x, g, y, length); break;
            case Activation.Sigmoid: MultiplySlopes<SigmoidActivation<S, V>>(x, g, y, length); break;
            case Activation.Tanh: MultiplySlopes<TanhActivation<S, V>>(x, g, y, length); break;
            case Activation.HardSigmoid: MultiplySlopes<HardSigmoidActivation<S, V>>(x, g, y, length); break;
            case Activation.Silu: MultiplySlopes<SiluActivation<S, V>>(x, g, y, length); break;
            default: throw Unknown(activation);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Apply<F>(float* x, float* y, nint length)
        where F : IActivation<V>
    {
        for (nint i = 0; i < length; i += S.Width) S.Store(y + i, F.Value(S.Load(x + i)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void ApplyAndKeep<F>(float* x, float* y, float* kept, nint length)
        where F : IActivation<V>
    {
        for (nint i = 0; i < length; i += S.Width)
        {
            var value = F.Value(S.Load(x + i));
            S.Store(y + i, value);
            S.StorePast(kept + i, value);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void MultiplySlopes<F>(float* x, float* g, float* y, nint length)
        where F : IActivation<V>
    {
        for (nint i = 0; i < length; i += S.Width) S.Store(y + i, S.Multiply(S.Load(g + i), F.Slope(S.Load(x + i))));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddSlopes<F>(float* y, float* g, float* z, nint length)
        where F : IActivation<V>
    {
        nint i = 0;
        for (; i + S.Width <= length; i += S.Width) S.Store(z + i, S.MultiplyAdd(S.Load(g + i), F.Slope(S.Load(y + i)), S.Load(z + i)));
        if (i < length) StoreFirst(z + i, S.MultiplyAdd(S.Load(g + i), F.Slope(S.Load(y + i)), S.Load(z + i)), length - i);
    }

    static ArgumentOutOfRangeException Unknown(Activation activation) => new(nameof(activation), activation, "unknown activation");
}
