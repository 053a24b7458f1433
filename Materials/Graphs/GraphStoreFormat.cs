using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace AtomSets.Materials;

/// <summary>
/// The bytes of a graph store, little-endian: a header of 256 bytes, the graphs one after the other, the index. A graph is
/// int32 atomic numbers [N], int32 edge offsets [N + 1], int32 neighbours [E], float32 distances [E], beginning at a multiple of 64 bytes.
/// </summary>
static class GraphStoreFormat
{
    /// <summary>Raised whenever the bytes for the same crystals would differ.</summary>
    internal const int Revision = 1;

    internal const int HeaderBytes = 256;
    internal const int Alignment = 64;
    const int ChecksummedBytes = HeaderBytes - 32;

    static ReadOnlySpan<byte> Magic => "AtomSets graphs\n"u8;

    internal static int RecordBytes(int atoms, int edges) => checked((2 * atoms + 1 + 2 * edges) * 4);

    internal static long Align(long offset) => (offset + Alignment - 1) & ~(long)(Alignment - 1);

    /// <summary>What the store's content follows from, as 32 bytes.</summary>
    internal static byte[] Key(string dataHash, int count, GraphSettings settings) => SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"graphs revision {Revision}; pairs within {settings.CutoffAngstrom:R} Å{Nearest(settings)}; {count} crystals of {dataHash}")));

    // Nothing where every pair is kept: such stores are named as they always were.
    static string Nearest(GraphSettings settings) => settings.MaxNeighbors == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture, $", the nearest {settings.MaxNeighbors} by rule {NearestNeighbors.Rule}{(settings.PadsNeighbors ? ", padded" : "")}");

    internal static string FileName(ReadOnlySpan<byte> key) => $"graphs-{Convert.ToHexStringLower(key[..20])}.bin";

    internal static void WriteHeader(Span<byte> header, in GraphStoreHeader value)
    {
        header.Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], Revision);
        BinaryPrimitives.WriteDoubleLittleEndian(header[24..], value.CutoffAngstrom);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], value.Count);
        BinaryPrimitives.WriteInt64LittleEndian(header[40..], value.Atoms);
        BinaryPrimitives.WriteInt64LittleEndian(header[48..], value.Edges);
        BinaryPrimitives.WriteInt64LittleEndian(header[56..], value.WithoutEdges);
        BinaryPrimitives.WriteInt64LittleEndian(header[64..], value.IndexOffset);
        BinaryPrimitives.WriteInt64LittleEndian(header[72..], value.FileLength);
        BinaryPrimitives.WriteInt32LittleEndian(header[80..], value.MaxNeighbors);
        BinaryPrimitives.WriteInt32LittleEndian(header[84..], value.PadsNeighbors ? 1 : 0);
        value.Key.CopyTo(header[96..]);
        value.IndexHash.CopyTo(header[128..]);
        value.RecordsHash.CopyTo(header[160..]);
        SHA256.HashData(header[..ChecksummedBytes], header[ChecksummedBytes..]);
    }

    /// <summary>Reads and checks a header against the file it came from.</summary>
    /// <returns>What is wrong, or null.</returns>
    internal static string? ReadHeader(ReadOnlySpan<byte> header, long fileLength, out GraphStoreHeader value)
    {
        value = default;
        if (header.Length < HeaderBytes || !header.StartsWith(Magic)) return "it is no graph store, or was cut off";
        var revision = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
        if (revision != Revision) return string.Create(CultureInfo.InvariantCulture, $"it has format revision {revision}; this program reads {Revision}");
        Span<byte> checksum = stackalloc byte[32];
        SHA256.HashData(header[..ChecksummedBytes], checksum);
        if (!checksum.SequenceEqual(header[ChecksummedBytes..HeaderBytes])) return "its header is damaged (checksum)";
        value = new GraphStoreHeader
        {
            CutoffAngstrom = BinaryPrimitives.ReadDoubleLittleEndian(header[24..]),
            Count = BinaryPrimitives.ReadInt64LittleEndian(header[32..]),
            Atoms = BinaryPrimitives.ReadInt64LittleEndian(header[40..]),
            Edges = BinaryPrimitives.ReadInt64LittleEndian(header[48..]),
            WithoutEdges = BinaryPrimitives.ReadInt64LittleEndian(header[56..]),
            IndexOffset = BinaryPrimitives.ReadInt64LittleEndian(header[64..]),
            FileLength = BinaryPrimitives.ReadInt64LittleEndian(header[72..]),
            MaxNeighbors = BinaryPrimitives.ReadInt32LittleEndian(header[80..]),
            PadsNeighbors = BinaryPrimitives.ReadInt32LittleEndian(header[84..]) != 0,
            Key = header.Slice(96, 32).ToArray(),
            IndexHash = header.Slice(128, 32).ToArray(),
            RecordsHash = header.Slice(160, 32).ToArray(),
        };
        if (value.FileLength != fileLength)
            return string.Create(CultureInfo.InvariantCulture, $"it has {fileLength} bytes where its header says {value.FileLength}");
        if (value.IndexOffset + value.Count * Marshal.SizeOf<GraphStoreEntry>() != fileLength) return "its index has the wrong length";
        return null;
    }
}

/// <summary>The first 256 bytes of a store.</summary>
readonly record struct GraphStoreHeader
{
    internal double CutoffAngstrom { get; init; }

    internal int MaxNeighbors { get; init; }

    internal bool PadsNeighbors { get; init; }

    internal long Count { get; init; }

    internal long Atoms { get; init; }

    internal long Edges { get; init; }

    internal long WithoutEdges { get; init; }

    internal long IndexOffset { get; init; }

    internal long FileLength { get; init; }

    internal byte[] Key { get; init; }

    internal byte[] IndexHash { get; init; }

    /// <summary>SHA-256 of everything between header and index.</summary>
    internal byte[] RecordsHash { get; init; }
}

/// <summary>Where a graph lies and how large it is.</summary>
[StructLayout(LayoutKind.Sequential)]
readonly record struct GraphStoreEntry(long Offset, int Atoms, int Edges);
