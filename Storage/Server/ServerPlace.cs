using System.Security.Cryptography;
using System.Text;

namespace AtomSets.Storage;

/// <summary>
/// Where one private server keeps its files. An ordinary user's lie in <c>$ATOMSETS_HOME/pg</c> (default <c>~/.atomsets/pg</c>). PostgreSQL refuses
/// to run as root, and root's home is closed to other accounts: as root the server runs under the account <c>postgres</c>, with its files in
/// <c>/var/lib/atomsets</c> and its socket in <c>/run/atomsets</c>, in a folder per <c>ATOMSETS_HOME</c> so that different homes never share a server.
/// </summary>
public sealed record ServerPlace
{
    /// <summary>The name under which root's default home is known; other homes go by a hash of their path.</summary>
    const string DefaultName = "main";
    const string SocketFile = "/.s.PGSQL.5432";
    /// <summary>The kernel allows 107; PostgreSQL derives other names from this one.</summary>
    const int SocketPathLimit = 100;

    ServerPlace() { }

    /// <summary>The home the user knows: <c>ATOMSETS_HOME</c>.</summary>
    public required string Home { get; init; }

    /// <summary>Locks, log and data of this server.</summary>
    public required string State { get; init; }

    /// <summary>Folder of the Unix socket; short enough for the kernel.</summary>
    public required string SocketDirectory { get; init; }

    /// <summary>The account that owns data and server, or null for the user's own.</summary>
    public required string? Account { get; init; }

    public string Data => Path.Combine(State, "data");

    public string LogDirectory => Path.Combine(State, "log");

    public string Log => Path.Combine(LogDirectory, "server.log");

    internal string Config => Path.Combine(State, "server.conf");

    internal string StartLock => Path.Combine(State, "start.lock");

    internal string UsersLock => Path.Combine(State, "users.lock");

    internal string KeepMarker => Path.Combine(State, "keep");

    /// <summary>The place that belongs to the environment (<c>ATOMSETS_HOME</c>, <c>XDG_RUNTIME_DIR</c>) and the user of this process.</summary>
    public static ServerPlace FromEnvironment() =>
        OfHome(Environment.GetEnvironmentVariable("ATOMSETS_HOME"));

    /// <summary>The place that belongs to a home; null or empty means the default.</summary>
    public static ServerPlace OfHome(string? home) => For(home, Environment.IsPrivilegedProcess, Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"));

    internal static ServerPlace For(string? home, bool asRoot, string? runtimeDirectory)
    {
        // The same default as for data sets and artifacts (DataLocations), which this project does not see.
        var defaultHome = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".atomsets");
        home = Path.TrimEndingDirectorySeparator(Path.GetFullPath(string.IsNullOrWhiteSpace(home) ? defaultHome : home));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(home)))[..12];
        if (asRoot)
        {
            var name = home == defaultHome ? DefaultName : hash;
            return new ServerPlace { Home = home, State = "/var/lib/atomsets/" + name, SocketDirectory = "/run/atomsets/" + name, Account = "postgres" };
        }
        var state = Path.Combine(home, "pg");
        string[] sockets =
        [
            Path.Combine(state, "run"),
            .. string.IsNullOrEmpty(runtimeDirectory) ? Array.Empty<string>() : [Path.Combine(runtimeDirectory, "atomsets-" + hash)],
            $"/tmp/atomsets-{NativeMethods.EffectiveUserId()}-{hash}",
        ];
        return new ServerPlace { Home = home, State = state, SocketDirectory = sockets.First(FitsSocket), Account = null };
    }

    static bool FitsSocket(string directory) => Encoding.UTF8.GetByteCount(directory + SocketFile) < SocketPathLimit;
}
