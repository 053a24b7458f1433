namespace AtomSets.Materials;

/// <summary>Files that appear whole or not at all, whatever happens to the process.</summary>
public static class AtomicFile
{
    /// <summary>Writes beside <paramref name="path"/>, flushes to the disk, then renames; an existing file is replaced, a missing folder made; a device (<c>/dev/stdout</c>) is written to as it is.</summary>
    /// <exception cref="IOException">No space or a bad path; the old file is untouched.</exception>
    /// <exception cref="UnauthorizedAccessException">No permission; the old file is untouched.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, static (stream, write) => write(stream));

    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void Write(string path, ReadOnlySpan<byte> content) => Write(path, content, static (stream, content) => stream.Write(content));

    /// <summary>As <see cref="Write(string, Action{Stream})"/>, but a file that is there, or appears meanwhile, stays.</summary>
    /// <exception cref="IOException">There is one, or as <see cref="Write(string, Action{Stream})"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">No permission.</exception>
    public static void WriteNew(string path, Action<Stream> write) => Write(path, write, static (stream, write) => write(stream), replaces: false);

    static void Write<T>(string path, T content, Action<Stream, T> write, bool replaces = true) where T : allows ref struct
    {
        var target = Path.GetFullPath(path);
        if (replaces && IsDevice(target))
        {
            using var device = new FileStream(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1 << 16);
            write(device, content);
            return;
        }
        // A link stays, and what it leads to is replaced.
        if (replaces && new FileInfo(target).LinkTarget is not null && File.ResolveLinkTarget(target, returnFinalTarget: true) is { } linked) target = linked.FullName;
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var temporary = $"{target}.{Environment.ProcessId:x}-{Guid.NewGuid():n}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream, content);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, target, overwrite: replaces);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>What is no file of its own, such as /dev/null and /dev/stdout: renaming would put a file in its place, for every program of the machine.</summary>
    static bool IsDevice(string path) => path.StartsWith("/proc/", StringComparison.Ordinal) || (path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal));
}
