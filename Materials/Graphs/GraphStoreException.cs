namespace AtomSets.Materials;

/// <summary>A graph store that cannot be prepared or read.</summary>
public sealed class GraphStoreException : InputException
{
    public GraphStoreException()
    {
    }

    public GraphStoreException(string message) : base(message)
    {
    }

    public GraphStoreException(string message, Exception inner) : base(message, inner)
    {
    }
}
