namespace AtomSets.Models;

/// <summary>A list that is filled by spans and keeps its memory when cleared.</summary>
struct Buffer<T>
{
    T[]? _items;

    public int Count { get; private set; }

    public readonly ReadOnlySpan<T> Span => _items.AsSpan(0, Count);

    /// <summary>What was appended, to be changed in place.</summary>
    public readonly Span<T> Writable => _items.AsSpan(0, Count);

    public readonly ref T At(int index) => ref Writable[index];

    public void Clear() => Count = 0;

    /// <summary>Drops everything behind the first <paramref name="count"/>.</summary>
    public void Truncate(int count) => Count = Math.Min(Count, count);

    /// <summary>Appends <paramref name="count"/> places and returns them, with undefined contents.</summary>
    public Span<T> Extend(int count)
    {
        var needed = checked(Count + count);
        if (_items is null || needed > _items.Length)
            Array.Resize(ref _items, Math.Max(needed, Math.Max(16, (int)Math.Min(Array.MaxLength, 3L * Count / 2))));
        var added = _items.AsSpan(Count, count);
        Count = needed;
        return added;
    }
}
