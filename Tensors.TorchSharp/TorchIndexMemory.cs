namespace AtomSets.Tensors.TorchSharp;

/// <summary>
/// Indices on the device, as whole numbers of 64 bits, with the host's copy of what was uploaded: from it the groups of rows that sums run
/// over are made when they are first asked for. Used by one thread.
/// </summary>
sealed class TorchIndexMemory : IndexMemory
{
    readonly int[] _host;
    readonly Dictionary<(long Offset, int Length, int SourceRows), Grouping> _groupings = [];
    readonly Dictionary<(long Offset, int Length), Torch> _views = [];
    readonly torch.Device _device;
    readonly Transfers _transfers;
    readonly Torch _data;

    public TorchIndexMemory(long length, torch.Device device, Transfers transfers) : base(length)
    {
        (_device, _transfers) = (device, transfers);
        _host = new int[length];
        _data = torch.zeros([Math.Max(length, 1)], torch.ScalarType.Int64, device).DetachFromDisposeScope();
    }

    /// <summary>[span.Length]; kept by this memory.</summary>
    public static Torch View(IndexSpan span) => Of(span).View(span.Offset, span.Length);

    /// <summary>Segments of consecutive rows.</summary>
    public static Grouping Segments(IndexSpan offsets) => Of(offsets).Group(offsets, -1);

    /// <summary>Rows that name the same source row.</summary>
    public static Grouping Sources(IndexSpan index, int sourceRows) => Of(index).Group(index, sourceRows);

    public static void Upload(ReadOnlySpan<int> from, IndexSpan to)
    {
        var memory = Of(to);
        memory.Invalidate(to);
        from.CopyTo(memory._host.AsSpan((int)to.Offset, to.Length));
        memory._transfers.Upload(from, memory.View(to.Offset, to.Length));
    }

    public static void Download(IndexSpan from, Span<int> to) => Of(from)._transfers.Download(View(from), to);

    public override void Dispose()
    {
        foreach (var grouping in _groupings.Values) grouping.Dispose();
        foreach (var view in _views.Values) view.Dispose();
        _groupings.Clear();
        _views.Clear();
        _data.Dispose();
    }

    static TorchIndexMemory Of(IndexSpan span) => span.Memory as TorchIndexMemory ?? throw new ArgumentException("these indices belong to another device");

    Torch View(long offset, int length)
    {
        if (_views.TryGetValue((offset, length), out var known)) return known;
        return _views[(offset, length)] = _data.narrow(0, offset, length).DetachFromDisposeScope();
    }

    Grouping Group(IndexSpan span, int sourceRows)
    {
        var key = (span.Offset, span.Length, sourceRows);
        if (_groupings.TryGetValue(key, out var known)) return known;
        var host = _host.AsSpan((int)span.Offset, span.Length);
        return _groupings[key] = sourceRows < 0
            ? Grouping.OfOffsets(host, _device, _transfers)
            : Grouping.OfIndex(host, sourceRows, _device, _transfers);
    }

    /// <summary>Forgets what was made of numbers that are now overwritten.</summary>
    void Invalidate(IndexSpan span)
    {
        foreach (var (key, grouping) in _groupings)
        {
            if (key.Offset >= span.Offset + span.Length || span.Offset >= key.Offset + key.Length) continue;
            grouping.Dispose();
            _groupings.Remove(key); // allowed while enumerating
        }
        if (_views.Count < 1024) return;
        foreach (var view in _views.Values) view.Dispose();
        _views.Clear();
    }
}
