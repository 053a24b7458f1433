using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AtomSets.Bench;

/// <summary>Fused multiply-adds in registers alone, as fast as one core can: what arithmetic is measured against.</summary>
sealed class FmaLoop
{
    const int Turns = 100_000;
    readonly Func<float> _loop;
    float _sink; // keeps the loops from being removed

    FmaLoop(int lanes, Func<float> loop) => (Lanes, _loop) = (lanes, loop);

    /// <summary>Numbers in a register.</summary>
    public int Lanes { get; }

    /// <summary>Floating-point operations of one <see cref="Run"/>.</summary>
    public double Operations => 2.0 * Lanes * 12 * Turns;

    /// <summary>The loop with the widest registers that this process may use; null where there are none with fused multiply-adds.</summary>
    public static FmaLoop? Widest() =>
        Avx512F.IsSupported && Vector512.IsHardwareAccelerated ? new(16, Wide512)
        : Fma.IsSupported ? new(8, Wide256)
        : null;

    public void Run() => _sink += _loop();

    // Twelve sums: two units with a latency of four or five cycles need ten to stay busy.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float Wide512()
    {
        var (a, b) = (Vector512.Create(0.999f), Vector512.Create(1e-3f));
        // Different starts, so that no compiler may see twelve times the same sum.
        Vector512<float> s0 = a, s1 = s0 + b, s2 = s1 + b, s3 = s2 + b, s4 = s3 + b, s5 = s4 + b, s6 = s5 + b, s7 = s6 + b, s8 = s7 + b, s9 = s8 + b, s10 = s9 + b, s11 = s10 + b;
        for (var i = 0; i < Turns; i++)
        {
            s0 = Avx512F.FusedMultiplyAdd(s0, a, b);
            s1 = Avx512F.FusedMultiplyAdd(s1, a, b);
            s2 = Avx512F.FusedMultiplyAdd(s2, a, b);
            s3 = Avx512F.FusedMultiplyAdd(s3, a, b);
            s4 = Avx512F.FusedMultiplyAdd(s4, a, b);
            s5 = Avx512F.FusedMultiplyAdd(s5, a, b);
            s6 = Avx512F.FusedMultiplyAdd(s6, a, b);
            s7 = Avx512F.FusedMultiplyAdd(s7, a, b);
            s8 = Avx512F.FusedMultiplyAdd(s8, a, b);
            s9 = Avx512F.FusedMultiplyAdd(s9, a, b);
            s10 = Avx512F.FusedMultiplyAdd(s10, a, b);
            s11 = Avx512F.FusedMultiplyAdd(s11, a, b);
        }
        return Vector512.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float Wide256()
    {
        var (a, b) = (Vector256.Create(0.999f), Vector256.Create(1e-3f));
        // Different starts, so that no compiler may see twelve times the same sum.
        Vector256<float> s0 = a, s1 = s0 + b, s2 = s1 + b, s3 = s2 + b, s4 = s3 + b, s5 = s4 + b, s6 = s5 + b, s7 = s6 + b, s8 = s7 + b, s9 = s8 + b, s10 = s9 + b, s11 = s10 + b;
        for (var i = 0; i < Turns; i++)
        {
            s0 = Fma.MultiplyAdd(s0, a, b);
            s1 = Fma.MultiplyAdd(s1, a, b);
            s2 = Fma.MultiplyAdd(s2, a, b);
            s3 = Fma.MultiplyAdd(s3, a, b);
            s4 = Fma.MultiplyAdd(s4, a, b);
            s5 = Fma.MultiplyAdd(s5, a, b);
            s6 = Fma.MultiplyAdd(s6, a, b);
            s7 = Fma.MultiplyAdd(s7, a, b);
            s8 = Fma.MultiplyAdd(s8, a, b);
            s9 = Fma.MultiplyAdd(s9, a, b);
            s10 = Fma.MultiplyAdd(s10, a, b);
            s11 = Fma.MultiplyAdd(s11, a, b);
        }
        return Vector256.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }
}
