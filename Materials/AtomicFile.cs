namespace AtomSets.Materials;

/// <summary>Files that appear whole or not at all, whatever happens to the process.</summary>
public static class AtomicFile
{
    /// <summary>Writes beside <paramref name="path"/>, flushes to the disk, then renames; an existing file is replaced, a missing folder made.</summary>
    /// <exception cref="IOException">No space or a bad path; the old file is untouched.</exception>
    /// <exception cref="UnauthorizedAccessException">No permission; the old file is untouched.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, static (stream, write) => write(stream));

    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void Write(string path, ReadOnlySpan<byte> content) => Write(path, content, static (stream, content) => stream.Write(content));

    static void Write<T>(string path, T content, Action<Stream, T> write) where T : allows ref struct
    {
        var target = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var temporary = $"{target}.{Environment.ProcessId:x}-{Guid.NewGuid():n}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream, content);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
