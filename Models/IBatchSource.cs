namespace AtomSets.Models;

/// <summary>Model inputs of a prepared data set, by row. Reading is safe from several threads, each with its own batch.</summary>
public interface IBatchSource : IDisposable
{
    /// <summary>Rows of the data set.</summary>
    int Count { get; }

    /// <summary>Rows that this model cannot take (an element outside its table, an unknown state), with the reason; found on opening. Leave them
    /// out of every split: <see cref="Fill"/> throws on them.</summary>
    IReadOnlyList<RefusedRow> Refused { get; }

    /// <summary>Makes an empty batch; its buffers grow to the largest fill and are reused.</summary>
    IBatch Create();

    /// <summary>Replaces the contents of <paramref name="batch"/> by the given rows, in that order; repeated rows are allowed.</summary>
    /// <exception cref="ArgumentException">The batch comes from another kind of source.</exception>
    /// <exception cref="ModelException">A refused row.</exception>
    void Fill(IBatch batch, ReadOnlySpan<int> rows);

    /// <summary>How much a row costs to compute, compared with other rows of this source: batches are split over workers by it. A function of the row
    /// alone, at least 1; 1 where rows hardly differ.</summary>
    int WorkOf(int row) => 1;
}

/// <summary>A row of the data set that a model cannot take.</summary>
public readonly record struct RefusedRow(int Row, string Reason);
