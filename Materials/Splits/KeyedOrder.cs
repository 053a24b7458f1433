namespace AtomSets.Materials;

/// <summary>
/// Permutations keyed by (seed, id): an id's rank among others never depends on the order of the file or on which other ids there are.
/// SplitMix64 finaliser (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195) over FNV-1a of the id's UTF-16 units.
/// Splits and generated sets are published by their hashes, so these numbers are fixed here and shared with no other project.
/// </summary>
static class KeyedOrder
{
    const ulong Golden = 0x9E3779B97F4A7C15;

    public static ulong Mix(ulong x)
    {
        x ^= x >> 30;
        x *= 0xBF58476D1CE4E5B9;
        x ^= x >> 27;
        x *= 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    /// <summary>The n-th number of the stream with this key.</summary>
    public static ulong At(ulong key, ulong n) => Mix(key + (n + 1) * Golden);

    /// <summary>The n-th uniform number in [0, 1) of the stream with this key.</summary>
    public static double UniformAt(ulong key, ulong n) => (At(key, n) >> 11) * (1.0 / (1UL << 53));

    public static ulong Hash(string text)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var unit in text)
        {
            hash = (hash ^ (byte)unit) * 0x100000001B3;
            hash = (hash ^ (byte)(unit >> 8)) * 0x100000001B3;
        }
        return hash;
    }

    /// <summary>Sort key of an id in the permutation of this seed and purpose.</summary>
    public static ulong Rank(ulong seed, string purpose, string id) => Mix(Mix(Mix(seed + Golden) ^ Hash(purpose)) ^ Mix(Hash(id) + Golden));

    /// <summary>The ids in the order of their ranks (ties, practically impossible, by ordinal comparison).</summary>
    public static string[] Shuffle(IEnumerable<string> ids, ulong seed, string purpose)
    {
        var keyed = ids.Select(id => (Rank: Rank(seed, purpose, id), Id: id)).ToArray();
        Array.Sort(keyed, static (a, b) => a.Rank != b.Rank ? a.Rank.CompareTo(b.Rank) : string.CompareOrdinal(a.Id, b.Id));
        return Array.ConvertAll(keyed, static item => item.Id);
    }
}
