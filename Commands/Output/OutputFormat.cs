namespace AtomSets.Commands;

/// <summary>How a verb prints its rows.</summary>
public enum OutputFormat
{
    /// <summary>An aligned table for people.</summary>
    Table,

    /// <summary>RFC 4180, with a header row, full precision.</summary>
    Csv,

    /// <summary>A JSON array with one object per row, full precision.</summary>
    Json,
}
