using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AtomSets.Materials;

/// <summary>How a store is prepared.</summary>
public sealed record GraphBuildOptions
{
    /// <summary>Threads that compute graphs; by default one per core. The bytes do not depend on it.</summary>
    public int Degree { get; init; } = Environment.ProcessorCount;

    /// <summary>Told the number of graphs written so far.</summary>
    public IProgress<int>? Progress { get; init; }
}

/// <summary>
/// Writes the graphs of many crystals to one file: computed on several threads in chunks, written by one in order, never more than a few chunks in
/// memory. The file takes its name only when it is complete and on the disk.
/// </summary>
static class GraphStoreBuilder
{
    const int CrystalsPerChunk = 64;

    internal static void Write(
        string path, int count, Func<int, Crystal> crystal, GraphSettings settings, byte[] key, GraphBuildOptions options, CancellationToken cancellation) =>
        AtomicFile.Write(path, file => WriteAll(file, count, crystal, settings, key, options, cancellation));

    static void WriteAll(
        Stream file, int count, Func<int, Crystal> crystal, GraphSettings settings, byte[] key, GraphBuildOptions options, CancellationToken cancellation)
    {
        file.Write(new byte[GraphStoreFormat.HeaderBytes]);
        using var records = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var index = new GraphStoreEntry[count];
        var (offset, atoms, edges, isolated) = ((long)GraphStoreFormat.HeaderBytes, 0L, 0L, 0L);
        var padding = new byte[GraphStoreFormat.Alignment];
        var done = 0;
        foreach (var chunk in Chunks(count, crystal, settings, Math.Max(options.Degree, 1), cancellation))
        {
            var at = 0;
            foreach (var (chunkAtoms, chunkEdges) in chunk.Sizes)
            {
                index[done++] = new GraphStoreEntry(offset, chunkAtoms, chunkEdges);
                var bytes = GraphStoreFormat.RecordBytes(chunkAtoms, chunkEdges);
                var pad = (int)(GraphStoreFormat.Align(offset + bytes) - offset - bytes);
                var record = chunk.Bytes.AsSpan(at, bytes);
                file.Write(record);
                file.Write(padding, 0, pad);
                records.AppendData(record);
                records.AppendData(padding, 0, pad);
                at += bytes;
                offset += bytes + pad;
                atoms += chunkAtoms;
                edges += chunkEdges;
                if (chunkEdges == 0) isolated++;
            }
            options.Progress?.Report(done);
        }
        var indexBytes = MemoryMarshal.AsBytes(index.AsSpan());
        file.Write(indexBytes);
        Span<byte> header = stackalloc byte[GraphStoreFormat.HeaderBytes];
        GraphStoreFormat.WriteHeader(header, new GraphStoreHeader
        {
            CutoffAngstrom = settings.CutoffAngstrom,
            MaxNeighbors = settings.MaxNeighbors,
            PadsNeighbors = settings.PadsNeighbors,
            Count = count,
            Atoms = atoms,
            Edges = edges,
            WithoutEdges = isolated,
            IndexOffset = offset,
            FileLength = offset + indexBytes.Length,
            Key = key,
            IndexHash = SHA256.HashData(indexBytes),
            RecordsHash = records.GetHashAndReset(),
        });
        file.Position = 0;
        file.Write(header);
    }

    // Chunks in order; as many in work or waiting for their turn as there are threads, also while one is being written.
    static IEnumerable<Chunk> Chunks(int count, Func<int, Crystal> crystal, GraphSettings settings, int degree, CancellationToken cancellation)
    {
        var chunks = (count + CrystalsPerChunk - 1) / CrystalsPerChunk;
        if (degree == 1)
        {
            for (var c = 0; c < chunks; c++) yield return Compute(c, count, crystal, settings, cancellation);
            yield break;
        }
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var ahead = new Queue<Task<Chunk>>();
        var next = 0;
        void Refill()
        {
            for (; next < chunks && ahead.Count < degree; next++)
            {
                var number = next;
                ahead.Enqueue(Task.Run(() => Compute(number, count, crystal, settings, stop.Token), stop.Token));
            }
        }
        try
        {
            Refill();
            while (ahead.TryDequeue(out var task))
            {
                var chunk = task.GetAwaiter().GetResult();
                Refill();
                yield return chunk;
            }
        }
        finally
        {
            stop.Cancel();
            // Waits without throwing: an earlier chunk's failure is the one to tell.
            foreach (var task in ahead) Task.WaitAny([task], CancellationToken.None);
        }
    }

    static Chunk Compute(int number, int count, Func<int, Crystal> crystal, GraphSettings settings, CancellationToken cancellation)
    {
        var first = number * CrystalsPerChunk;
        var last = Math.Min(first + CrystalsPerChunk, count);
        var sizes = new (int Atoms, int Edges)[last - first];
        var bytes = new byte[1 << 18];
        var at = 0;
        for (var i = first; i < last; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var one = crystal(i);
            var search = NeighborSearch.Shared;
            try
            {
                search.Run(one, settings);
            }
            catch (InputException failure)
            {
                throw new GraphStoreException(string.Create(CultureInfo.InvariantCulture, $"crystal {i + 1}{(one.Id is null ? "" : $" ({one.Id})")}: {failure.Message}"), failure);
            }
            var length = GraphStoreFormat.RecordBytes(one.AtomCount, search.EdgeCount);
            if (bytes.Length - at < length) Array.Resize(ref bytes, checked(Math.Max(at + length, 2 * bytes.Length)));
            WriteRecord(bytes.AsSpan(at, length), one, search);
            at += length;
            sizes[i - first] = (one.AtomCount, search.EdgeCount);
        }
        return new Chunk(bytes, sizes);
    }

    static void WriteRecord(Span<byte> bytes, Crystal crystal, NeighborSearch search)
    {
        var integers = MemoryMarshal.Cast<byte, int>(bytes);
        var (atoms, edges) = (crystal.AtomCount, search.EdgeCount);
        crystal.AtomicNumbers.CopyTo(integers);
        search.Offsets.CopyTo(integers[atoms..]);
        search.Neighbors.CopyTo(integers[(2 * atoms + 1)..]);
        CrystalGraph.Narrow(search.Distances, MemoryMarshal.Cast<int, float>(integers.Slice(2 * atoms + 1 + edges, edges)));
    }

    readonly record struct Chunk(byte[] Bytes, (int Atoms, int Edges)[] Sizes);
}
