namespace AtomSets.Materials;

/// <summary>Fields of comma-separated values (RFC 4180).</summary>
public static class CsvField
{
    /// <summary>The text, in quotation marks where it holds a comma, a quotation mark or a line break.</summary>
    public static string Quoted(string text) => text.AsSpan().IndexOfAny("\",\n\r") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
