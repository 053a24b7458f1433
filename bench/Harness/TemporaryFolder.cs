namespace AtomSets.Bench;

/// <summary>A folder that goes away with its contents.</summary>
sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("atomsets-bench-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
