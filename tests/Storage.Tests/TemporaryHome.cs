namespace AtomSets.Storage.Tests;

/// <summary>A home of its own for a private server, which is stopped and removed at the end.</summary>
sealed class TemporaryHome : IAsyncDisposable
{
    public TemporaryHome(string? suffix = null)
    {
        Root = Directory.CreateTempSubdirectory("atomsets-test-").FullName;
        Place = ServerPlace.For(suffix is null ? Root : Path.Combine(Root, suffix), Environment.IsPrivilegedProcess, null);
    }

    public string Root { get; }

    public ServerPlace Place { get; }

    public async ValueTask DisposeAsync()
    {
        await PrivateServer.StopAsync(Place, force: true);
        Remove();
    }

    public void Remove()
    {
        foreach (var folder in new[] { Place.SocketDirectory, Place.State, Root })
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}
