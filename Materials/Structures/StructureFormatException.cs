using System.Globalization;

namespace AtomSets.Materials;

/// <summary>A structure file or text that cannot be read as a periodic crystal.</summary>
public sealed class StructureFormatException : InputException
{
    public StructureFormatException()
    {
    }

    public StructureFormatException(string message) : base(message)
    {
    }

    public StructureFormatException(string message, Exception inner) : base(message, inner)
    {
    }

    /// <param name="source">File path, or another name of the place the text came from.</param>
    /// <param name="line">1-based line in that text; 0 where no single line is at fault.</param>
    /// <param name="reason">What is wrong and what would be right.</param>
    public StructureFormatException(string source, int line, string reason)
        : base(line > 0 ? string.Create(CultureInfo.InvariantCulture, $"{source}, line {line}: {reason}") : $"{source}: {reason}")
    {
        SourceName = source;
        Line = line;
        Reason = reason;
    }

    /// <summary>File path, or another name of the place the text came from.</summary>
    public string SourceName { get; } = "";

    /// <summary>1-based line; 0 where no single line is at fault.</summary>
    public int Line { get; }

    /// <summary>The message without the place.</summary>
    public string Reason { get; } = "";
}
