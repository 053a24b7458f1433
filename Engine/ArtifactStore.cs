using System.Collections.Concurrent;
using System.Security.Cryptography;
using AtomSets.Materials;

namespace AtomSets.Engine;

/// <summary>
/// Content-addressed files under one directory (<c>ab/cdef…</c>, named by the SHA-256 of their bytes): splits, checkpoints, weights.
/// Writes are atomic (temporary file, flushed to disk, renamed) and reads verify the hash. Safe for many threads and processes at once.
/// </summary>
public sealed class ArtifactStore
{
    const int BlockBytes = 1 << 17, MostRemembered = 10_000;

    static readonly TimeSpan s_remembered = TimeSpan.FromHours(1);

    readonly string _root;
    readonly TimeProvider _time;
    readonly ConcurrentDictionary<string, long> _put = new(StringComparer.Ordinal); // when, by a clock that nobody sets

    /// <param name="root">The directory; created when missing.</param>
    /// <param name="time">Clock for <see cref="Collect"/>; the system's by default.</param>
    public ArtifactStore(string root, TimeProvider? time = null)
    {
        _root = Path.GetFullPath(root);
        _time = time ?? TimeProvider.System;
        Directory.CreateDirectory(_root);
    }

    public string Root => _root;

    /// <summary>Is asked for what is missing here, before <see cref="Get"/> gives up.</summary>
    public IContentSource? Others { get; set; }

    /// <summary>Whether a text is a hash as artifacts have them: 64 lower-case hexadecimal digits.</summary>
    public static bool IsHash(string text) => text.Length == 64 && text.AsSpan().IndexOfAnyExcept("0123456789abcdef") < 0;

    /// <summary>The hash (64 hexadecimal digits, lower case) under which <paramref name="content"/> would be stored.</summary>
    public static string HashOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Stores the bytes if they are not there yet and returns their hash.</summary>
    /// <exception cref="IOException">No space, no permission: the message names the directory.</exception>
    public string Put(ReadOnlySpan<byte> content)
    {
        var hash = HashOf(content);
        var path = PathOf(hash);
        Remember(hash);
        if (File.Exists(path))
        {
            // A fresh time keeps it from a collection that runs beside us.
            File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
            return hash;
        }
        try
        {
            AtomicFile.Write(path, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"cannot store {content.Length} bytes under {_root}: {e.Message}. Free some space or set ATOMSETS_HOME to another directory.", e);
        }
        return hash;
    }

    /// <summary>Stores what <paramref name="write"/> writes.</summary>
    /// <inheritdoc cref="Put(ReadOnlySpan{byte})"/>
    public string Put(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return Put(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    /// <summary>Stores an artifact that came from elsewhere.</summary>
    /// <exception cref="ArtifactException">The bytes do not have this hash: nothing is stored.</exception>
    public void Put(string hash, Stream content) => Write(PathOf(hash), hash, content);

    /// <summary>Writes a file that must have this hash.</summary>
    /// <inheritdoc cref="Put(string, Stream)"/>
    public static void Write(string path, string hash, Stream content) => AtomicFile.Write(path, file =>
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[BlockBytes];
        for (int count; (count = content.Read(block)) > 0; file.Write(block, 0, count)) sum.AppendData(block, 0, count);
        var found = Convert.ToHexStringLower(sum.GetHashAndReset());
        if (found != hash) throw new ArtifactException($"what came as {hash} hashes to {found}: it was not kept");
    });

    public bool Contains(string hash) => File.Exists(PathOf(hash));

    /// <summary>Reads and verifies an artifact; one that is missing or damaged here is looked for among <see cref="Others"/>.</summary>
    /// <exception cref="ArtifactException">It is missing, or its bytes no longer have this hash.</exception>
    public byte[] Get(string hash)
    {
        try
        {
            return Read(hash);
        }
        catch (ArtifactException e) when (Others is not null)
        {
            TryDelete(PathOf(hash)); // a damaged one
            if (!Others.TryFetch(hash, this))
                throw new ArtifactMissingException($"artifact {hash} is neither in {_root} nor with any other silo that answers: start the silo again that holds it, with its folder, then `study resume`; a trial that needs weights of a parent trains them again", e);
            return Read(hash);
        }
    }

    byte[] Read(string hash)
    {
        var path = PathOf(hash);
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ArtifactMissingException($"artifact {hash} is not in {_root}: the directory was moved or emptied while its database stayed. Put it back; a trial that needs weights of a parent trains them again.", e);
        }
        var found = HashOf(content);
        if (found == hash) return content;
        throw new ArtifactException($"artifact {path} is damaged: its bytes hash to {found}. Delete the file and run the study again.");
    }

    /// <summary>Where an artifact lies (whether or not it exists).</summary>
    /// <exception cref="ArgumentException">The hash is not 64 lower-case hexadecimal digits.</exception>
    public string PathOf(string hash)
    {
        if (!IsHash(hash))
            throw new ArgumentException($"\"{hash}\" is not an artifact hash: 64 lower-case hexadecimal digits are wanted");
        return Path.Combine(_root, hash[..2], hash[2..]);
    }

    /// <summary>Deletes an artifact that nothing names any more; one that is not there or cannot be deleted is left to <see cref="Collect"/>.</summary>
    public void Delete(string hash)
    {
        TryDelete(PathOf(hash));
        _put.TryRemove(hash, out _);
    }

    /// <summary>
    /// Deletes what is neither kept nor younger than <paramref name="minimumAge"/> (an artifact is written before the database names it). By its date, and what
    /// this process has put also by the time since, so that nothing is old because the machine's clock was set.
    /// </summary>
    public (int Files, long Bytes) Collect(IReadOnlySet<string> keep, TimeSpan minimumAge)
    {
        var limit = _time.GetUtcNow().UtcDateTime - minimumAge;
        var files = 0;
        var bytes = 0L;
        foreach (var folder in Directory.EnumerateDirectories(_root))
        {
            foreach (var path in Directory.EnumerateFiles(folder))
            {
                var hash = Path.GetFileName(folder) + Path.GetFileName(path);
                if (keep.Contains(hash) || (_put.TryGetValue(hash, out var put) && _time.GetElapsedTime(put) < minimumAge)) continue;
                var info = new FileInfo(path);
                if (info.LastWriteTimeUtc > limit) continue;
                var length = info.Length;
                if (!TryDelete(path)) continue;
                _put.TryRemove(hash, out _);
                files++;
                bytes += length;
            }
        }
        return (files, bytes);
    }

    void Remember(string hash)
    {
        _put[hash] = _time.GetTimestamp();
        if (_put.Count <= MostRemembered) return;
        foreach (var (old, put) in _put)
            if (_time.GetElapsedTime(put) >= s_remembered) _put.TryRemove(old, out _);
    }

    static bool TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

/// <summary>An artifact that should be there is missing or damaged.</summary>
public class ArtifactException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>An artifact that should be there is gone.</summary>
public sealed class ArtifactMissingException(string message, Exception inner) : ArtifactException(message, inner);
