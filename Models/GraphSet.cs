namespace AtomSets.Models;

/// <summary>Neighbour graphs of many materials at one cutoff, by row. Reading is safe from several threads.</summary>
public abstract class GraphSet : IDisposable
{
    /// <summary>Rows.</summary>
    public abstract int Count { get; }

    /// <summary>Atomic number of each atom [n].</summary>
    public abstract ReadOnlySpan<int> AtomicNumbers(int row);

    /// <summary>First bond of each atom, and the number of bonds [n + 1].</summary>
    public abstract ReadOnlySpan<int> BondOffsets(int row);

    /// <summary>The other atom of each directed bond [e], sorted by centre atom.</summary>
    public abstract ReadOnlySpan<int> Neighbours(int row);

    /// <summary>Length of each bond [e], in Å.</summary>
    public abstract ReadOnlySpan<float> Distances(int row);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) { }
}
