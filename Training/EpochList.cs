using System.Collections;

namespace AtomSets.Training;

/// <summary>Epochs (from 1) in ascending order, each once; equal lists are equal.</summary>
public sealed class EpochList : IReadOnlyList<int>, IEquatable<EpochList>
{
    readonly int[] _epochs;

    /// <param name="epochs">In any order.</param>
    public EpochList(params ReadOnlySpan<int> epochs) => _epochs = [.. epochs.ToArray().Distinct().Order()];

    /// <summary>No epoch.</summary>
    public static EpochList None { get; } = new();

    public int Count => _epochs.Length;

    public int this[int index] => _epochs[index];

    /// <summary>How many of them are at most <paramref name="epoch"/>.</summary>
    public int CountUpTo(int epoch)
    {
        var count = 0;
        while (count < _epochs.Length && _epochs[count] <= epoch) count++;
        return count;
    }

    public IEnumerator<int> GetEnumerator() => _epochs.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool Equals(EpochList? other) => other is not null && _epochs.AsSpan().SequenceEqual(other._epochs);

    public override bool Equals(object? obj) => Equals(obj as EpochList);

    public override int GetHashCode() => _epochs.Aggregate(0, HashCode.Combine);

    public override string ToString() => string.Join(", ", _epochs);

    internal long[] ToLongs() => Array.ConvertAll(_epochs, epoch => (long)epoch);

    internal static EpochList FromLongs(long[] epochs) => new(Array.ConvertAll(epochs, epoch => checked((int)epoch)));
}
