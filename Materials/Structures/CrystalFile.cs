using System.Collections;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace AtomSets.Materials;

/// <summary>
/// The crystals of a table, packed in a memory-mapped temporary file: they are read again for every cutoff, but hardly ever otherwise, and a
/// large set should not occupy memory while networks train on its graphs. An element is made anew each time that it is asked for. The file has
/// no name any more once it is open, so it goes with the process or with this object. Safe to read from many threads.
/// </summary>
sealed unsafe class CrystalFile : IReadOnlyList<Crystal>
{
    const int LatticeNumbers = 9;

    readonly string[] _ids;

    // Of each crystal: where it begins in the file; one more, where the last ends.
    readonly long[] _offsets;
    readonly MemoryMappedViewAccessor? _view;

    // Of disordered crystals alone, by their place: they are few, and stay in memory.
    readonly Dictionary<int, SiteOccupancies> _sites;

    CrystalFile(string[] ids, long[] offsets, MemoryMappedViewAccessor? view, Dictionary<int, SiteOccupancies> sites) => (_ids, _offsets, _view, _sites) = (ids, offsets, view, sites);

    public int Count => _ids.Length;

    public Crystal this[int index]
    {
        get
        {
            var bytes = checked((int)(_offsets[index + 1] - _offsets[index]));
            var handle = _view!.SafeMemoryMappedViewHandle;
            byte* start = null;
            handle.AcquirePointer(ref start);
            try
            {
                return Unpack(new ReadOnlySpan<byte>(start + _view.PointerOffset + _offsets[index], bytes), _ids[index], _sites.GetValueOrDefault(index));
            }
            finally
            {
                handle.ReleasePointer();
            }
        }
    }

    /// <summary>Packs crystals, which are not kept.</summary>
    /// <param name="ids">Name of each; may grow while the crystals are asked for.</param>
    /// <param name="crystals">As many as there are names in the end; each is dropped before the next is asked for.</param>
    /// <exception cref="IOException">The folder for temporary files is full.</exception>
    public static CrystalFile Write(IReadOnlyList<string> ids, IEnumerable<Crystal> crystals)
    {
        var offsets = new List<long>(ids.Count + 1) { 0 };
        var path = Path.Combine(Path.GetTempPath(), $"atomsets-crystals-{Guid.NewGuid():N}");
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, 1 << 16);
        // Open files live on without a name; where the system forbids that, the file goes when the system cleans up.
        File.Delete(path);
        var sites = new Dictionary<int, SiteOccupancies>();
        foreach (var crystal in crystals)
        {
            if (crystal.Sites is { } shared) sites.Add(offsets.Count - 1, shared);
            stream.Write(MemoryMarshal.AsBytes(crystal.Lattice));
            stream.Write(MemoryMarshal.AsBytes(crystal.Fractional));
            stream.Write(MemoryMarshal.AsBytes(crystal.AtomicNumbers));
            // The next one's numbers begin at a multiple of their size.
            if (crystal.AtomCount % 2 == 1) stream.Write([0, 0, 0, 0]);
            offsets.Add(stream.Position);
        }
        if (offsets.Count - 1 != ids.Count) throw new ArgumentException($"{offsets.Count - 1} crystals for {ids.Count} names", nameof(crystals));
        if (ids.Count == 0) return new([], [0], null, []);
        stream.Flush();
        using var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        return new([.. ids], [.. offsets], file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read), sites);
    }

    public IEnumerator<Crystal> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    static Crystal Unpack(ReadOnlySpan<byte> bytes, string id, SiteOccupancies? sites)
    {
        // 72 + 28 bytes an atom, and 4 more where that is no multiple of 8.
        const int atomBytes = 3 * sizeof(double) + sizeof(int);
        var atoms = (bytes.Length - LatticeNumbers * sizeof(double)) / atomBytes;
        var numbers = MemoryMarshal.Cast<byte, double>(bytes)[..(LatticeNumbers + 3 * atoms)];
        var elements = MemoryMarshal.Cast<byte, int>(bytes[(numbers.Length * sizeof(double))..])[..atoms];
        return new Crystal(numbers[..LatticeNumbers], elements, numbers[LatticeNumbers..], id, sites);
    }
}
