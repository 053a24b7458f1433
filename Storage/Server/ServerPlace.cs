using System.Security.Cryptography;
using System.Text;

namespace AtomSets.Storage;

/// <summary>
/// Where one private server keeps its files. An ordinary user's lie in <c>$ATOMSETS_HOME/pg</c> (default <c>~/.atomsets/pg</c>). PostgreSQL refuses
/// to run as root, and root's home is closed to other accounts: as root the server runs under the account <c>postgres</c>, with its files in
/// <c>/var/lib/atomsets</c> and its socket in <c>/run/atomsets</c>, in a folder per home so that different homes never share a server.
/// </summary>
public sealed record ServerPlace
{
    /// <summary>The name under which the home of root's account is known; other homes go by a hash of their path.</summary>
    const string DefaultName = "main";
    const string NoteName = "home";
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

    /// <summary>Which home this is the place of; for root, whose places do not lie in the homes.</summary>
    internal string HomeNote => Path.Combine(State, NoteName);

    internal string KeepMarker => Path.Combine(State, "keep");

    /// <summary>The place that belongs to the environment (<c>ATOMSETS_HOME</c>, <c>XDG_RUNTIME_DIR</c>) and the user of this process.</summary>
    public static ServerPlace FromEnvironment() =>
        OfHome(Environment.GetEnvironmentVariable("ATOMSETS_HOME"));

    /// <summary>The place that belongs to a home; null or empty means the default.</summary>
    public static ServerPlace OfHome(string? home) => For(home, Environment.IsPrivilegedProcess, Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"));

    /// <param name="home">Null or empty: the default.</param>
    /// <param name="asRoot">Whether the server needs an account of its own.</param>
    /// <param name="runtimeDirectory">A folder for sockets.</param>
    /// <param name="account">Root's; null for this machine's.</param>
    internal static ServerPlace For(string? home, bool asRoot, string? runtimeDirectory, RootAccount? account = null)
    {
        account ??= RootAccount.OfMachine;
        // The same default as for data sets and artifacts (DataLocations), which this project does not see.
        var defaultHome = DefaultHome(account.Home ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify));
        home = Path.TrimEndingDirectorySeparator(Path.GetFullPath(string.IsNullOrWhiteSpace(home) ? defaultHome : home));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(home)))[..12];
        if (asRoot)
        {
            var name = NameForRoot(home, isDefault: home == defaultHome, hash, account);
            return new ServerPlace { Home = home, State = Path.Combine(account.State, name), SocketDirectory = "/run/atomsets/" + name, Account = "postgres" };
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

    /// <summary>
    /// <c>HOME</c> may be anything for root (containers, sudo): the main place belongs to the home that the account has in /etc/passwd. Places made
    /// before that was so have no note of their home: the first default home that comes keeps what lies there.
    /// </summary>
    static string NameForRoot(string home, bool isDefault, string hash, RootAccount account)
    {
        var main = Path.Combine(account.State, DefaultName);
        var owner = ReadNote(Path.Combine(main, NoteName));
        if (home == DefaultHome(account.AccountHome)) return owner is null || owner == home ? DefaultName : hash;
        if (owner == home) return DefaultName;
        var isUnclaimed = owner is null && File.Exists(Path.Combine(main, "data", "PG_VERSION"));
        return isDefault && isUnclaimed && !Directory.Exists(Path.Combine(account.State, hash)) ? DefaultName : hash;
    }

    /// <summary>Null also for a note whose writer was killed before its first byte.</summary>
    internal static string? ReadNote(string note) => File.Exists(note) && File.ReadAllText(note).Trim() is { Length: > 0 } home ? home : null;

    static string DefaultHome(string userHome) => Path.Combine(userHome, ".atomsets");

    static bool FitsSocket(string directory) => Encoding.UTF8.GetByteCount(directory + SocketFile) < SocketPathLimit;
}
