namespace AtomSets.Materials;

/// <summary>A text is no YAML that is read here.</summary>
/// <param name="message">The reason.</param>
/// <param name="line">Where, from 1.</param>
/// <param name="inner">The reader's own error.</param>
public sealed class YamlTextException(string message, int line, Exception? inner = null) : InputException(message, inner!)
{
    public int Line => line;
}
