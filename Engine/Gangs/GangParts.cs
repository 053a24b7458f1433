namespace AtomSets.Engine;

/// <summary>
/// How the trained parameters are dealt out to processes, and each one's in parts. What is trained is one line of numbers: the trainable ranges of the
/// flat buffers, one after the other.
/// </summary>
sealed class GangParts
{
    readonly (int Start, int Length)[][] _parts; // [rank][part]
    readonly (int Offset, int Length)[][][] _ranges; // [rank][part][range]

    /// <param name="trainable">Ranges of the flat buffers; offsets and lengths are multiples of <paramref name="alignment"/>.</param>
    /// <param name="processes">At least 1.</param>
    /// <param name="partLength">Longest part: a multiple of <paramref name="alignment"/>.</param>
    /// <param name="alignment">Every part begins at a multiple of it in the flat buffers.</param>
    public GangParts(IReadOnlyList<(int Offset, int Length)> trainable, int processes, int partLength, int alignment)
    {
        long total = trainable.Sum(range => (long)range.Length);
        var places = new int[processes + 1];
        for (var rank = 1; rank < processes; rank++) places[rank] = (int)(total * rank / processes / alignment * alignment);
        places[processes] = checked((int)total);
        _parts = [.. Enumerable.Range(0, processes).Select(rank => Split(places[rank], places[rank + 1], partLength).ToArray())];
        _ranges = [.. _parts.Select(parts => parts.Select(part => Within(trainable, part.Start, part.Length).ToArray()).ToArray())];
    }

    /// <summary>Parts of a process, at least one: a part without numbers still carries the losses.</summary>
    public int CountOf(int rank) => _parts[rank].Length;

    /// <summary>Numbers of a process.</summary>
    public int LengthOf(int rank) => _parts[rank].Sum(part => part.Length);

    /// <summary>Numbers of a part.</summary>
    public int LengthOf(int rank, int part) => _parts[rank][part].Length;

    /// <summary>Where in the line a part begins.</summary>
    public int StartOf(int rank, int part) => _parts[rank][part].Start;

    /// <summary>Where in the flat buffers its numbers lie, in order.</summary>
    public ReadOnlySpan<(int Offset, int Length)> Ranges(int rank, int part) => _ranges[rank][part];

    static IEnumerable<(int Start, int Length)> Split(int start, int end, int partLength)
    {
        do
        {
            var length = Math.Min(partLength, end - start);
            yield return (start, length);
            start += length;
        }
        while (start < end);
    }

    static IEnumerable<(int Offset, int Length)> Within(IReadOnlyList<(int Offset, int Length)> trainable, int start, int length)
    {
        var before = 0;
        foreach (var range in trainable)
        {
            var (from, to) = (Math.Max(start, before), Math.Min(start + length, before + range.Length));
            if (from < to) yield return (range.Offset + from - before, to - from);
            before += range.Length;
        }
    }
}
