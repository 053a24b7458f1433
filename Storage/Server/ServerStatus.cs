namespace AtomSets.Storage;

/// <summary>What <c>db status</c> shows of the private server.</summary>
/// <param name="Created">Whether its data exist.</param>
/// <param name="Pid">Process id while it runs, else null.</param>
/// <param name="Ready">Whether it accepts connections.</param>
/// <param name="Kept">Whether it runs until it is stopped (<c>db start</c>), else until the last program leaves.</param>
/// <param name="InUse">Whether programs use it now.</param>
/// <param name="Url">Address for <c>--db</c>, <c>psql</c> and other clients; null while it does not run.</param>
/// <param name="Place">Its files.</param>
public sealed record ServerStatus(bool Created, int? Pid, bool Ready, bool Kept, bool InUse, string? Url, ServerPlace Place)
{
    public static ServerStatus Of(ServerPlace place)
    {
        try
        {
            var created = File.Exists(Path.Combine(place.Data, "PG_VERSION"));
            if (Postmaster.Read(place.Data) is not { } server) return new ServerStatus(created, null, Ready: false, Kept: false, IsInUse(place), null, place);
            return new ServerStatus(created, server.Pid, server.Ready, PrivateServer.IsKept(place, server), IsInUse(place), DatabaseAddress.UrlOfSocket(server.SocketDirectory), place);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"cannot look at {place.State}: {e.Message}", e);
        }
    }

    /// <summary>Under the start lock, as everything that touches the users' lock: a look must not disturb somebody who joins or leaves.</summary>
    static bool IsInUse(ServerPlace place)
    {
        if (!File.Exists(place.UsersLock)) return false;
        using var start = new FileLock(place.StartLock);
        if (!start.TryExclusive()) return true;
        using var users = new FileLock(place.UsersLock);
        return !users.TryExclusive();
    }
}
