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
        await PrivateServer.DeleteAsync(Place);
        if (Directory.Exists(Root)) Directory.Delete(Root, recursive: true);
    }
}
