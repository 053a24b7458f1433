namespace AtomSets.Storage;

/// <summary>
/// The database that the environment names: <c>ATOMSETS_DB</c>, else the content of the file that <c>ATOMSETS_DB_FILE</c> names, as mounted secrets are
/// given: a password in a file shows in no list of processes and in no description of a container.
/// </summary>
public static class DatabaseSetting
{
    public const string Variable = "ATOMSETS_DB", FileVariable = "ATOMSETS_DB_FILE";

    /// <param name="environment">Reads an environment variable.</param>
    /// <returns>The address and where it was found, for messages; null where none is named.</returns>
    /// <exception cref="StorageException">The file cannot be read or is empty.</exception>
    public static (string Address, string Source)? Read(Func<string, string?> environment)
    {
        if (environment(Variable) is { } text && !string.IsNullOrWhiteSpace(text)) return (text, Variable);
        if (environment(FileVariable) is not { } path || string.IsNullOrWhiteSpace(path)) return null;
        var source = $"{FileVariable}={path}";
        try
        {
            var content = File.ReadAllText(path).Trim();
            return content.Length > 0 ? (content, source) : throw new StorageException($"{source}: the file is empty; write the address of the database into it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"{source}: the file cannot be read ({e.Message.TrimEnd('.')}); name a readable file that holds the address of the database", e);
        }
    }
}
