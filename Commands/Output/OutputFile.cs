using AtomSets.Materials;

namespace AtomSets.Commands;

/// <summary>Files that a user asks for by name: whole or not there, also when the program is killed or the disk is full meanwhile.</summary>
static class OutputFile
{
    /// <summary>Writes a file; an older one is replaced when the new one is whole.</summary>
    /// <exception cref="InputException">It cannot be written: an older one is as it was.</exception>
    public static void Write(string path, Action<TextWriter> write) => Explained(path, () => AtomicFile.Write(path, stream => Write(stream, write)));

    /// <inheritdoc cref="Write(string, Action{TextWriter})"/>
    public static void WriteBytes(string path, Action<Stream> write) => Explained(path, () => AtomicFile.Write(path, write));

    /// <inheritdoc cref="Write(string, Action{TextWriter})"/>
    public static void Write(string path, string text) => Write(path, writer => writer.Write(text));

    /// <summary>Writes a file where none is.</summary>
    /// <exception cref="InputException">There is one, or it cannot be written.</exception>
    public static void WriteNew(string path, string text) => Explained(path, () => AtomicFile.WriteNew(path, stream => Write(stream, writer => writer.Write(text))));

    static void Write(Stream stream, Action<TextWriter> write)
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        write(writer);
    }

    static void Explained(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be written: {e.Message}", e);
        }
    }
}
