namespace AtomSets.Storage;

/// <summary>
/// This program's share in the private PostgreSQL server of a <see cref="ServerPlace"/>. The first program to attach starts it (and creates it
/// once), the others share it, the last to leave stops it. Each holds a shared lock on one file, which the kernel releases even at kill -9:
/// then the server runs on, and the next program that leaves stops it. A program that ends regularly without disposing leaves too; one ended by a
/// signal only where it turns the signal into a regular end.
/// </summary>
public sealed class PrivateServer : IAsyncDisposable
{
    static readonly TimeSpan LockLimit = TimeSpan.FromMinutes(11);

    readonly FileLock share;
    int left;

    PrivateServer(ServerPlace place, FileLock share, string socketDirectory)
    {
        Place = place;
        this.share = share;
        SocketDirectory = socketDirectory;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public ServerPlace Place { get; }

    /// <summary>Host to give to clients: the folder of the server's socket.</summary>
    public string SocketDirectory { get; }

    /// <summary>Joins the server of the place, starting it when it does not run; <paramref name="say"/> gets a line when that takes long.</summary>
    /// <exception cref="StorageException">It cannot be created or started here; the message says why and what to do.</exception>
    public static Task<PrivateServer> AttachAsync(ServerPlace place, Action<string>? say = null, CancellationToken cancel = default) =>
        Task.Run(() => Attach(place, say, cancel), cancel);

    /// <summary>Starts the server and keeps it running after the programs that use it have left, until <see cref="StopAsync"/>.</summary>
    /// <returns>What runs now.</returns>
    /// <inheritdoc cref="AttachAsync" path="/exception"/>
    public static async Task<ServerStatus> StartAsync(ServerPlace place, Action<string>? say = null, CancellationToken cancel = default)
    {
        await using (await AttachAsync(place, say, cancel))
        {
            var running = Postmaster.Read(place.Data) ?? throw new StorageException($"the database stopped as soon as it had started; see {place.Log}");
            await File.WriteAllTextAsync(place.KeepMarker, KeepText(running), cancel);
        }
        return ServerStatus.Of(place);
    }

    /// <summary>Stops the server. Programs that use it are in the way unless forced; they lose their connections, never committed rows.</summary>
    /// <returns>False when programs use it and <paramref name="force"/> is not given.</returns>
    public static Task<bool> StopAsync(ServerPlace place, bool force = false, CancellationToken cancel = default) => Task.Run(() =>
    {
        if (!Directory.Exists(place.State)) return true;
        using var start = Lock(place, null, cancel);
        using var users = new FileLock(place.UsersLock);
        if (!users.TryExclusive() && !force) return false;
        File.Delete(place.KeepMarker);
        new ServerControl(place, null).Stop();
        return true;
    }, cancel);

    /// <summary>Stops the server and removes all its data, for good.</summary>
    /// <returns>False when programs use it: then nothing is removed.</returns>
    public static async Task<bool> DeleteAsync(ServerPlace place, CancellationToken cancel = default)
    {
        if (!await StopAsync(place, force: false, cancel)) return false;
        foreach (var folder in new[] { place.SocketDirectory, place.State })
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return true;
    }

    /// <summary>Starts the server again after it was killed, or somebody stopped it by force.</summary>
    /// <inheritdoc cref="AttachAsync" path="/exception"/>
    internal Task ReviveAsync(CancellationToken cancel) => Task.Run(() =>
    {
        using var start = Lock(Place, null, cancel);
        new ServerControl(Place, null).EnsureRunning(cancel);
    }, cancel);

    /// <summary>Leaves; the last to leave stops the server.</summary>
    public async ValueTask DisposeAsync() => await Task.Run(Leave);

    static PrivateServer Attach(ServerPlace place, Action<string>? say, CancellationToken cancel)
    {
        try
        {
            ServerControl.PrepareState(place);
            using var start = Lock(place, say, cancel);
            var user = new FileLock(place.UsersLock);
            try
            {
                // Before the start: from here on nobody stops it.
                if (!user.TryShared()) throw new StorageException($"another program holds {place.UsersLock} for itself; end it and try again");
                new ServerControl(place, say).EnsureRunning(cancel);
                // Another session of this user may have started it with its socket elsewhere.
                var socket = Postmaster.Read(place.Data)?.SocketDirectory;
                return new PrivateServer(place, user, string.IsNullOrEmpty(socket) ? place.SocketDirectory : socket);
            }
            catch
            {
                user.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"the private database in {place.State} cannot be used: {e.Message}; look at the folder's owner and free space, or name a running server with --db", e);
        }
    }

    /// <summary>Whoever starts or stops the server, or joins or leaves, holds this lock meanwhile.</summary>
    static FileLock Lock(ServerPlace place, Action<string>? say, CancellationToken cancel)
    {
        var start = new FileLock(place.StartLock);
        try
        {
            start.Exclusive(LockLimit, () => say?.Invoke("waiting for another program that is starting or stopping the database"), cancel);
            return start;
        }
        catch
        {
            start.Dispose();
            throw;
        }
    }

    static string KeepText(Postmaster server) => $"{server.Pid} {server.StartedAt}\n";

    internal static bool IsKept(ServerPlace place, Postmaster server) =>
        // A marker left by an earlier server says nothing about this one.
        File.Exists(place.KeepMarker) && File.ReadAllText(place.KeepMarker) == KeepText(server);

    void OnProcessExit(object? sender, EventArgs e)
    {
        try
        {
            Leave();
        }
        catch (Exception error) when (error is StorageException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            // The process ends anyway; the next program that leaves will stop the server.
        }
    }

    void Leave()
    {
        if (Interlocked.Exchange(ref left, 1) != 0) return;
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        try
        {
            // Somebody removed the whole folder, for example a test its temporary home.
            if (!Directory.Exists(Place.State)) return;
            using var start = Lock(Place, null, CancellationToken.None);
            if (!share.TryExclusive()) return;
            if (Postmaster.Read(Place.Data) is { } server && !IsKept(Place, server)) new ServerControl(Place, null).Stop();
        }
        finally
        {
            share.Dispose();
        }
    }
}
