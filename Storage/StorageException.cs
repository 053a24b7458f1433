namespace AtomSets.Storage;

/// <summary>
/// The database cannot be reached, started or used as asked. The message names the place and the remedy in a sentence or two, for the user;
/// programs end with exit code 2.
/// </summary>
public sealed class StorageException : Exception
{
    public StorageException(string message) : base(message) { }

    public StorageException(string message, Exception inner) : base(message, inner) { }
}
