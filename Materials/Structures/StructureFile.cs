using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace AtomSets.Materials;

/// <summary>Opens structure files within bounds, with errors that name the file.</summary>
static class StructureFile
{
    /// <summary>The largest file or text read as one structure file.</summary>
    internal const int MaxBytes = 64 << 20;

    /// <summary>The largest number of atoms in a cell that a file may describe.</summary>
    internal const int MaxAtoms = 100_000;

    internal static string ReadText(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > MaxBytes) throw TooLarge(stream.Length, path);
            using var content = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? (Stream)new GZipStream(stream, CompressionMode.Decompress) : stream;
            using var reader = new StreamReader(content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), detectEncodingFromByteOrderMarks: true);
            // Packed files, pipes and devices do not say how long they are: read in pieces and stop at the bound.
            var text = new StringBuilder();
            var buffer = new char[16384];
            for (int read; (read = reader.Read(buffer, 0, buffer.Length)) > 0;)
            {
                text.Append(buffer, 0, read);
                CheckLength(text.Length, path);
            }
            return text.ToString();
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            var reason = failure switch
            {
                FileNotFoundException or DirectoryNotFoundException => "there is no such file",
                UnauthorizedAccessException when Directory.Exists(path) => "this is a folder; give a structure file",
                UnauthorizedAccessException => "the file may not be read (permission)",
                _ => failure.Message,
            };
            throw new StructureFormatException($"{path}: {reason}", failure);
        }
    }

    internal static void CheckLength(int length, string source)
    {
        if (length > MaxBytes) throw TooLarge(length, source);
    }

    /// <summary>Builds the crystal of a format without symmetry, refusing atoms that lie on top of each other.</summary>
    /// <param name="place">Line (0 if unknown) and name of an atom, for the message.</param>
    /// <param name="sites">Who shares the sites; null where all are ordered.</param>
    internal static Crystal Checked(
        double[] lattice, int[] atomicNumbers, double[] fractional, string? id, string source, Func<int, (int Line, string Name)> place,
        SiteOccupancies? sites = null)
    {
        Crystal crystal;
        try
        {
            crystal = new Crystal(lattice, atomicNumbers, fractional, id, sites);
        }
        catch (ArgumentException failure)
        {
            throw new StructureFormatException($"{source}: {WithoutParameter(failure)}", failure);
        }
        if (SiteOverlap.Find(lattice, fractional) is not { } overlap) return crystal;
        var (line, second) = place(overlap.Second);
        throw new StructureFormatException(source, line, string.Create(
            CultureInfo.InvariantCulture,
            $"{place(overlap.First).Name} and {second} lie {overlap.DistanceAngstrom:0.000} Å apart: two atoms cannot be in one place"));
    }

    /// <summary>The message of an argument check without the name of the argument, which means nothing to a user.</summary>
    internal static string WithoutParameter(ArgumentException failure) =>
        failure.ParamName is { } name ? failure.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : failure.Message;

    static StructureFormatException TooLarge(long size, string source) =>
        new(source, 0, string.Create(CultureInfo.InvariantCulture, $"{size / 1048576.0:0} MiB; at most {MaxBytes >> 20} MiB are read as one structure file"));
}
