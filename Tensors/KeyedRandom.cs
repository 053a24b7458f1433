using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// A stream of random numbers addressed by position: number n of a stream is a function of (key, n) alone, so any order of
/// calls, any number of workers and any restart give the same numbers. Bits(n) is output n of SplitMix64 started at the key
/// (G. L. Steele et al., OOPSLA 2014; constants of Vigna's public-domain splitmix64.c); keys of named streams are derived by mixing.
/// </summary>
public readonly record struct KeyedRandom(ulong Key)
{
    const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>The stream named by a seed and any further numbers (epoch, step, fold …).</summary>
    public static KeyedRandom For(ulong seed, params ReadOnlySpan<ulong> stream)
    {
        var random = new KeyedRandom(Mix(seed + Golden));
        foreach (var part in stream) random = random.Split(part);
        return random;
    }

    /// <summary>The stream named by a seed, a name and any further numbers.</summary>
    public static KeyedRandom For(ulong seed, string name, params ReadOnlySpan<ulong> stream)
    {
        var random = new KeyedRandom(Mix(seed + Golden)).Split(name);
        foreach (var part in stream) random = random.Split(part);
        return random;
    }

    /// <summary>A sub-stream, independent of this one and of every other part.</summary>
    public KeyedRandom Split(ulong part) => new(Mix(Mix(Key ^ 0xD1B54A32D192ED03) + Mix(part + Golden)));

    /// <summary>A sub-stream by name (FNV-1a of its UTF-16 units).</summary>
    public KeyedRandom Split(string name)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var c in name) hash = (hash ^ c) * 0x100000001B3;
        return Split(hash);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Bits(ulong n) => Mix(Key + (n + 1) * Golden);

    /// <summary>In [0, 1), 53 bits.</summary>
    public double Uniform(ulong n) => (Bits(n) >> 11) * (1.0 / (1UL << 53));

    public double Uniform(ulong n, double from, double to) => from + (to - from) * Uniform(n);

    /// <summary>Standard normal (Box–Muller on two sub-streams of this one).</summary>
    public double Normal(ulong n)
    {
        var u = (double)((Bits(2 * n) >> 11) + 1) * (1.0 / (1UL << 53));
        return Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * Uniform(2 * n + 1));
    }

    /// <summary>An integer in [0, bound); bias below bound/2⁶⁴.</summary>
    public int Below(ulong n, int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        return (int)Math.BigMul(Bits(n), (ulong)bound, out _);
    }

    /// <summary>Fisher–Yates.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Below((ulong)i, i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>0 … count − 1 in the order of this stream.</summary>
    public int[] Permutation(int count)
    {
        var order = new int[count];
        for (var i = 0; i < count; i++) order[i] = i;
        Shuffle<int>(order);
        return order;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
