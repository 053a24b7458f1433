using System.IO.Compression;

namespace AtomSets.Models.Published;

/// <summary>Reads an <c>.npz</c> file: a ZIP archive of <c>.npy</c> arrays.</summary>
public static class NumpyArchive
{
    /// <summary>Largest array accepted, in bytes: published models are far smaller, and a damaged directory must not exhaust the memory.</summary>
    const long MaximumEntryBytes = 1L << 30;

    /// <summary>Reads every array of the archive by its name without <c>.npy</c>.</summary>
    /// <exception cref="ModelException">The file cannot be opened, is no ZIP archive, or an array is damaged.</exception>
    public static IReadOnlyDictionary<string, NumpyArray> Read(string path)
    {
        try
        {
            using var archive = ZipFile.OpenRead(path);
            var arrays = new Dictionary<string, NumpyArray>(StringComparer.Ordinal);
            foreach (var entry in archive.Entries)
            {
                var place = $"{path}, entry '{entry.FullName}'";
                if (!entry.FullName.EndsWith(".npy", StringComparison.Ordinal))
                    throw new ModelException($"{place}: an .npz archive holds .npy entries only");
                if (entry.Length > MaximumEntryBytes) throw new ModelException($"{place}: {entry.Length} bytes is more than {MaximumEntryBytes}");
                var bytes = new byte[entry.Length];
                using (var stream = entry.Open()) stream.ReadExactly(bytes);
                if (!arrays.TryAdd(entry.FullName[..^4], NumpyReader.Read(bytes, place)))
                    throw new ModelException($"{place}: the name occurs twice");
            }
            return arrays;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or OverflowException)
        {
            throw new ModelException($"{path}: cannot be read as an .npz archive: {e.Message}", e);
        }
    }
}
