using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>One lane: machines without vectors, and the ends of rows.</summary>
readonly unsafe struct Simd1 : ISimd<float>
{
    public static int Width => 1;
    public static bool Wide => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Set(float x) => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(float* x) => *x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* y, float x) => *y = x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePast(float* y, float x) => *y = x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Add(float a, float b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Subtract(float a, float b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Multiply(float a, float b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Divide(float a, float b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAdd(float a, float b, float c) => a * b + c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(float a, float b) => a > b ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Min(float a, float b) => a < b ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Abs(float a) => MathF.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sqrt(float a) => MathF.Sqrt(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Round(float a) => a + 12582912f - 12582912f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Scale(float a, float n) => a * BitConverter.Int32BitsToSingle(((int)Max(n, -126f) + 127) << 23);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Select(float a, float b, float x, float y) => a > b ? x : y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(float a) => a;
}
