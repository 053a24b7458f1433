using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AtomSets.Materials;

/// <summary>
/// The graphs of a data set in one memory-mapped file: prepared once, shared by every process that opens it, larger than memory if need be.
/// The file's name follows from the data's hash, the settings and the format, so a store is never stale. Reading a graph
/// copies nothing and allocates nothing. Safe to read from many threads; dispose it only when no <see cref="GraphView"/> is in use.
/// </summary>
public sealed unsafe class GraphStore : IGraphSource, IDisposable
{
    readonly MemoryMappedFile _file;
    readonly MemoryMappedViewAccessor _view;
    readonly GraphStoreHeader _header;
    byte* _start;

    GraphStore(string path, MemoryMappedFile file, MemoryMappedViewAccessor view, byte* start, GraphStoreHeader header)
    {
        Path = path;
        _file = file;
        _view = view;
        _start = start;
        _header = header;
    }

    public string Path { get; }

    public int Count => (int)_header.Count;

    /// <summary>Pairs up to this distance (Å) are edges.</summary>
    public double CutoffAngstrom => _header.CutoffAngstrom;

    /// <summary>Most neighbours that an atom keeps; 0: all within the cutoff.</summary>
    public int MaxNeighbors => _header.MaxNeighbors;

    /// <summary>Atoms of all graphs together.</summary>
    public long TotalAtoms => _header.Atoms;

    /// <summary>Directed edges of all graphs together.</summary>
    public long TotalEdges => _header.Edges;

    /// <summary>Graphs in which no atom has a neighbour within the cutoff.</summary>
    public long GraphsWithoutEdges => _header.WithoutEdges;

    /// <summary>SHA-256 (hex) of the graphs' bytes: equal for equal crystals and settings, whoever prepared them.</summary>
    public string ContentHash => Convert.ToHexStringLower(_header.RecordsHash);

    public GraphView this[int index]
    {
        get
        {
            ref readonly var entry = ref Entry(index);
            var (atoms, edges) = (entry.Atoms, entry.Edges);
            var integers = (int*)(_start + entry.Offset);
            return new GraphView(
                new ReadOnlySpan<int>(integers, atoms),
                new ReadOnlySpan<int>(integers + atoms, atoms + 1),
                new ReadOnlySpan<int>(integers + 2 * atoms + 1, edges),
                new ReadOnlySpan<float>((float*)(integers + 2 * atoms + 1 + edges), edges));
        }
    }

    public (int Atoms, int Edges) SizeOf(int index)
    {
        ref readonly var entry = ref Entry(index);
        return (entry.Atoms, entry.Edges);
    }

    /// <summary>Opens the store of these crystals and settings, preparing it first where it is missing or damaged.</summary>
    /// <param name="directory">Where stores lie; created when missing.</param>
    /// <param name="count">Number of crystals.</param>
    /// <param name="crystal">The crystal at an index; called from several threads, each index once.</param>
    /// <param name="settings">How crystals become graphs.</param>
    /// <param name="dataHash">Names exactly these crystals in this order (a SHA-256 of the data).</param>
    /// <param name="options">Threads and progress.</param>
    /// <param name="cancellation">Stops the preparation; nothing is left behind.</param>
    /// <exception cref="GraphStoreException">The folder cannot be written, or a crystal has no graph within bounds.</exception>
    public static GraphStore OpenOrBuild(
        string directory, int count, Func<int, Crystal> crystal, GraphSettings settings, string dataHash,
        GraphBuildOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(crystal);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentException.ThrowIfNullOrEmpty(dataHash);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var key = GraphStoreFormat.Key(dataHash, count, settings);
        var path = System.IO.Path.Combine(directory, GraphStoreFormat.FileName(key));
        try
        {
            if (TryOpen(path, key) is { } ready) return ready;
            Directory.CreateDirectory(directory);
            using var turn = BuildLock.Wait(path, cancellation, () => TryOpen(path, key), out var others);
            if (others is not null) return others;
            BuildLock.DropLeftovers(path);
            GraphStoreBuilder.Write(path, count, crystal, settings, key, options ?? new GraphBuildOptions(), cancellation);
            return Open(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new GraphStoreException($"the graph store {path} cannot be written: {failure.Message} Free some space, or name a folder that may be written (ATOMSETS_HOME)", failure);
        }
    }

    /// <summary>As the other overload, for crystals already in memory.</summary>
    /// <exception cref="GraphStoreException">The folder cannot be written, or a crystal has no graph within bounds.</exception>
    public static GraphStore OpenOrBuild(
        string directory, IReadOnlyList<Crystal> crystals, GraphSettings settings, string dataHash,
        GraphBuildOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(crystals);
        return OpenOrBuild(directory, crystals.Count, index => crystals[index], settings, dataHash, options, cancellation);
    }

    /// <summary>Opens a store by its file.</summary>
    /// <exception cref="GraphStoreException">No store, or a damaged one: length, header and index are checked.</exception>
    public static GraphStore Open(string path)
    {
        try
        {
            return OpenChecked(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new GraphStoreException($"the graph store {path} cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>Reads everything and compares it with the checksum.</summary>
    /// <exception cref="GraphStoreException">The bytes have changed since they were written.</exception>
    public void Verify()
    {
        ObjectDisposedException.ThrowIf(_start == null, this);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        const int piece = 1 << 24;
        for (long at = GraphStoreFormat.HeaderBytes; at < _header.IndexOffset; at += piece)
            hash.AppendData(new ReadOnlySpan<byte>(_start + at, (int)Math.Min(piece, _header.IndexOffset - at)));
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(_header.RecordsHash))
            throw new GraphStoreException($"the graph store {Path} is damaged (checksum of its graphs); delete it and it will be prepared again");
    }

    public void Dispose()
    {
        if (_start == null) return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    ref readonly GraphStoreEntry Entry(int index)
    {
        ObjectDisposedException.ThrowIf(_start == null, this);
        if ((uint)index >= (uint)_header.Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, string.Create(CultureInfo.InvariantCulture, $"the store holds {_header.Count} graphs"));
        return ref ((GraphStoreEntry*)(_start + _header.IndexOffset))[index];
    }

    // A damaged store is as good as none: it is prepared again in its place.
    static GraphStore? TryOpen(string path, byte[] key)
    {
        if (!File.Exists(path)) return null;
        try
        {
            var store = OpenChecked(path);
            if (store._header.Key.AsSpan().SequenceEqual(key)) return store;
            store.Dispose();
        }
        catch (GraphStoreException)
        {
        }
        return null;
    }

    static GraphStore OpenChecked(string path)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("graph stores are little-endian");
        var length = new FileInfo(path).Length;
        if (length < GraphStoreFormat.HeaderBytes) throw Damaged(path, "it is no graph store, or was cut off");
        var file = MemoryMappedFile.CreateFromFile(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete), null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        MemoryMappedViewAccessor? view = null;
        byte* start = null;
        try
        {
            view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            var problem = GraphStoreFormat.ReadHeader(new ReadOnlySpan<byte>(start, GraphStoreFormat.HeaderBytes), length, out var header)
                ?? CheckIndex(start, header);
            if (problem is not null) throw Damaged(path, problem);
            return new GraphStore(path, file, view, start, header);
        }
        catch
        {
            if (start != null) view!.SafeMemoryMappedViewHandle.ReleasePointer();
            view?.Dispose();
            file.Dispose();
            throw;
        }
    }

    static string? CheckIndex(byte* start, in GraphStoreHeader header)
    {
        if (header.Count is < 0 or > int.MaxValue) return "its index has the wrong length";
        var index = new ReadOnlySpan<GraphStoreEntry>(start + header.IndexOffset, (int)header.Count);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        const int piece = 1 << 20;
        for (var at = 0; at < index.Length; at += piece)
            hash.AppendData(MemoryMarshal.AsBytes(index.Slice(at, Math.Min(piece, index.Length - at))));
        return hash.GetHashAndReset().AsSpan().SequenceEqual(header.IndexHash) ? null : "its index is damaged (checksum)";
    }

    static GraphStoreException Damaged(string path, string problem) => new($"the graph store {path} cannot be used: {problem}; delete it and it will be prepared again");
}
