using System.Globalization;

namespace AtomSets.Materials;

/// <summary>A row that was not taken, and why.</summary>
/// <param name="File">File of the row.</param>
/// <param name="Row">1-based number of the data row (the header is not counted).</param>
/// <param name="Id">Id of the row; empty where it has none.</param>
/// <param name="Reason">What is wrong, with the value.</param>
public sealed record Refusal(string File, int Row, string Id, string Reason)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File} row {Row} ({Id}): {Reason}");
}
