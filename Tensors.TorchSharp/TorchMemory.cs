using System.Collections.Concurrent;

namespace AtomSets.Tensors.TorchSharp;

/// <summary>
/// Float32 numbers in a flat tensor on the device. Matrices in it are views; those that are asked for again and again (parameters, and
/// the arena's when batches repeat) are kept, since making one costs as much as a small operation.
/// </summary>
sealed class TorchMemory : DeviceMemory
{
    /// <summary>Views of one generation. Batches of changing sizes would otherwise gather them without end; an operation has far fewer in hand.</summary>
    const int MostViews = 4096;

    // Threads that share parameters ask for the same views at once. Only an arena, which is one thread's, comes to a second generation.
    ConcurrentDictionary<(long Offset, int Rows, int Columns), Torch> _views = new(), _older = new();

    public TorchMemory(long length, torch.Device device) : base(length)
    {
        Data = torch.zeros([Math.Max(length, 1)], torch.ScalarType.Float32, device).DetachFromDisposeScope();
    }

    /// <summary>[max(Length, 1)]</summary>
    public Torch Data { get; }

    /// <summary>The numbers of a span as [rows × columns].</summary>
    public static Torch Matrix(DeviceSpan span, int rows, int columns) => Of(span).View(span.Offset, rows, columns);

    /// <summary>The numbers of a span as [length].</summary>
    public static Torch Flat(DeviceSpan span) => Of(span).View(span.Offset, span.Length, 0);

    public override void Dispose()
    {
        Forget(_views);
        Forget(_older);
        Data.Dispose();
    }

    static TorchMemory Of(DeviceSpan span) => span.Memory as TorchMemory ?? throw new ArgumentException("this buffer belongs to other kernels");

    /// <summary>A view that this memory keeps: not to be disposed. No columns: a vector.</summary>
    Torch View(long offset, int rows, int columns)
    {
        var key = (offset, rows, columns);
        if (_views.TryGetValue(key, out var known)) return known;
        if (_views.Count >= MostViews)
        {
            Forget(_older);
            (_views, _older) = (_older, _views);
        }
        var view = columns == 0 ? Data.as_strided([rows], [1], offset) : Data.as_strided([rows, columns], [columns, 1], offset);
        view.DetachFromDisposeScope();
        if (_views.TryAdd(key, view)) return view;
        view.Dispose();
        return _views[key];
    }

    static void Forget(ConcurrentDictionary<(long, int, int), Torch> views)
    {
        foreach (var view in views.Values) view.Dispose();
        views.Clear();
    }
}
