using System.Security.Cryptography;

namespace AtomSets.Materials;

/// <summary>Downloads registered sets whose raw bytes were checked; for all others says where to obtain them.</summary>
public sealed class DataSetFetch(DataLocations locations, HttpClient http)
{
    /// <summary>What to do to obtain a set whose file is absent.</summary>
    public static string Advice(DataSetDescriptor set) => set.Generator is not null
        ? $"{set.Name} is generated: nothing to obtain"
        : set.Raw is not null
            ? $"`data fetch {set.Name}` downloads it"
            : $"set ATOMSETS_DATA to a folder that holds {set.File}; its sources: {string.Join("; ", set.Sources)} (licence: {set.Licence})";

    /// <summary>Downloads the set's file to <c>$ATOMSETS_HOME/data</c>; a file that is there already is left alone.</summary>
    /// <returns>Path of the file.</returns>
    /// <exception cref="InputException">No checked download is recorded, the download fails, or its bytes are not the recorded ones.</exception>
    public async Task<string> FetchAsync(DataSetDescriptor set, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        if (locations.Locate(set) is { } present) return present;
        if (set.Raw is not { } raw) throw new InputException($"{set.Name} has no checked download: {Advice(set)}");
        var path = Path.Combine(locations.Imported, set.File);
        var partial = path + ".partial-" + Guid.NewGuid().ToString("N");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var hash = await DownloadAsync(raw.Address, partial, progress, cancel);
            if (!hash.Equals(raw.Sha256, StringComparison.OrdinalIgnoreCase))
                throw new InputException($"the bytes from {raw.Address} have SHA-256 {hash}, the registry says {raw.Sha256}: the file has changed or the download was cut off; nothing was kept");
            File.Move(partial, path, overwrite: true);
            return path;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{set.Name} could not be fetched from {raw.Address}: {failure.Message}", failure);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    async Task<string> DownloadAsync(Uri address, string path, IProgress<long>? progress, CancellationToken cancel)
    {
        using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancel);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync(cancel);
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 17];
        long total = 0;
        for (int read; (read = await body.ReadAsync(buffer, cancel)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), cancel);
            progress?.Report(total += read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
