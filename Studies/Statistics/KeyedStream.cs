using System.Security.Cryptography;
using System.Text;

namespace AtomSets.Studies;

/// <summary>
/// Random numbers by position: number i of a stream is a function of (seed, stream name, i) alone, so that no draw depends on how many
/// others were made. SplitMix64's finaliser (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195) over a keyed counter.
/// Recorded studies replay by these numbers, so they are fixed here: this project references none that has a generator of its own.
/// </summary>
public readonly struct KeyedStream
{
    const ulong Golden = 0x9E3779B97F4A7C15;

    readonly ulong _key;

    public KeyedStream(ulong seed, string stream)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(stream), hash);
        _key = Mix(seed + Golden) ^ BitConverter.ToUInt64(hash);
    }

    /// <summary>64 uniform bits.</summary>
    public ulong Bits(ulong index) => Mix(_key ^ Mix((index + 1) * Golden));

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double Uniform(ulong index) => (Bits(index) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 … bound − 1 (bias below bound/2⁶⁴).</summary>
    public ulong Below(ulong index, ulong bound) => Math.BigMul(Bits(index), bound, out _);

    /// <summary>Standard normal, by Box and Muller, from positions 2·index and 2·index + 1.</summary>
    public double Normal(ulong index)
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - Uniform(2 * index)));
        return radius * Math.Cos(2 * Math.PI * Uniform((2 * index) + 1));
    }

    static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
