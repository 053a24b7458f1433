using System.Data;
using System.Diagnostics;
using System.Net.Sockets;
using AtomSets.Studies;
using Npgsql;

namespace AtomSets.Storage;

/// <summary>Which database to open.</summary>
/// <param name="Address">What the user said (<c>--db</c>), or null for the environment's (<see cref="DatabaseSetting"/>) and, failing that, the private server.</param>
/// <param name="Say">Gets a line when something takes long.</param>
public sealed record DatabaseOptions(string? Address = null, Action<string>? Say = null)
{
    /// <summary>Where a private server lives; null for the environment's place.</summary>
    public ServerPlace? Place { get; init; }
}

/// <summary>
/// The open database, its schema up to date: a pool of connections, and this program's share in the private server when no other was named.
/// Thread-safe.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    /// <summary>PostgreSQL 13: the oldest whose features we rely on and test for.</summary>
    const int OldestServer = 13;

    /// <summary>
    /// A program that stands still, or is cut off, in the middle of a transaction must not keep others from the rows that it holds: the server ends its session
    /// (https://www.postgresql.org/docs/current/runtime-config-client.html, runtime-config-connection.html).
    /// </summary>
    const string SessionOptions =
        "-c idle_in_transaction_session_timeout=8s -c tcp_keepalives_idle=4 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=2 -c tcp_user_timeout=8s";

    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2), RetryLimit = TimeSpan.FromSeconds(30);

    readonly PrivateServer? server;
    readonly NpgsqlConnectionStringBuilder address;

    Database(NpgsqlDataSource source, NpgsqlConnectionStringBuilder address, PrivateServer? server)
    {
        (Source, this.address, this.server) = (source, address, server);
    }

    /// <summary>Connections; unqualified names mean the schema <c>atomsets</c>.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>Database and host, without password, for people.</summary>
    public string Description => DatabaseAddress.Describe(address);

    /// <summary>How other libraries of this process connect to the same schema. Holds the password: not for messages or logs.</summary>
    public string ConnectionString => address.ConnectionString;

    /// <summary>Whether this is the private server of the machine.</summary>
    public bool IsPrivate => server is not null;

    /// <summary>Opens the database named by <c>--db</c>, else by the environment (<see cref="DatabaseSetting"/>), else the private server's, and brings its schema up to date.</summary>
    /// <exception cref="StorageException">It cannot be reached, refuses us, or has a schema newer than this program.</exception>
    public static async Task<Database> OpenAsync(DatabaseOptions options, CancellationToken cancel = default)
    {
        var named = string.IsNullOrWhiteSpace(options.Address) ? DatabaseSetting.Read(Environment.GetEnvironmentVariable) : (options.Address, "--db");
        if (named is var (text, origin)) return await ConnectAsync(DatabaseAddress.Parse(text, origin), null, cancel);
        var share = await PrivateServer.AttachAsync(options.Place ?? ServerPlace.FromEnvironment(), options.Say, cancel);
        try
        {
            return await ConnectAsync(DatabaseAddress.OfSocket(share.SocketDirectory), share, cancel);
        }
        catch
        {
            await share.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        if (server is not null) await server.DisposeAsync();
    }

    /// <summary>Whether it answers within a time.</summary>
    public async Task<bool> AnswersAsync(TimeSpan patience, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(patience);
        try
        {
            await using var command = Source.CreateCommand("SELECT 1");
            await command.ExecuteScalarAsync(limit.Token);
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }

    static async Task<Database> ConnectAsync(NpgsqlConnectionStringBuilder address, PrivateServer? server, CancellationToken cancel)
    {
        if (!address.ShouldSerialize("Application Name")) address.ApplicationName = "atomsets";
        if (!address.ShouldSerialize("Maximum Pool Size")) address.MaxPoolSize = 12;
        if (!address.ShouldSerialize("Timeout")) address.Timeout = 10;
        if (!address.ShouldSerialize("Options")) address.Options = SessionOptions;
        address.SearchPath = Migrator.Schema;
        address.IncludeErrorDetail = true;
        var source = NpgsqlDataSource.Create(address);
        var watch = Stopwatch.StartNew();
        try
        {
            while (true)
            {
                try
                {
                    await PrepareAsync(source, address, server is not null, cancel);
                    return new Database(source, address, server);
                }
                catch (NpgsqlException e) when (server is not null && e.IsTransient && watch.Elapsed < RetryLimit)
                {
                    // Our own server was killed just as we came.
                    await Task.Delay(50, cancel);
                    await server.ReviveAsync(cancel);
                }
            }
        }
        catch (Exception e)
        {
            await source.DisposeAsync();
            if (Explain(e, address) is { } message) throw new StorageException(message, e);
            throw;
        }
    }

    static async Task PrepareAsync(NpgsqlDataSource source, NpgsqlConnectionStringBuilder address, bool create, CancellationToken cancel)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancel);
            if (connection.PostgreSqlVersion.Major < OldestServer)
                throw new StorageException($"the server of {DatabaseAddress.Describe(address)} is PostgreSQL {connection.PostgreSqlVersion}; version {OldestServer} or newer is needed");
            await Migrator.MigrateAsync(connection, cancel);
        }
        catch (PostgresException e) when (create && e.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            await CreateAsync(address, cancel);
            await PrepareAsync(source, address, create: false, cancel);
        }
    }

    /// <summary>
    /// Runs work over one connection, and again when the connection or the server was lost meanwhile, for up to half a minute; a private server
    /// that was killed is started again.
    /// </summary>
    /// <param name="work">The work.</param>
    /// <param name="repeatable">
    /// False for work that may not be done twice: then only failures to connect are tried again, and it may have been done when this throws.
    /// </param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The database cannot be reached, or refused for a reason that is not the data's.</exception>
    internal async Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> work, bool repeatable, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        for (var pause = TimeSpan.FromMilliseconds(50); ; pause = pause < LongestPause ? pause * 2 : LongestPause)
        {
            var connected = false;
            try
            {
                await using var connection = await Source.OpenConnectionAsync(cancel);
                connected = true;
                return await DoAsync(work, connection);
            }
            catch (NpgsqlException e) when (IsStoreFailure(e))
            {
                if (!e.IsTransient || (connected && !repeatable) || watch.Elapsed > RetryLimit) throw Unavailable(e, connected);
            }
            await Task.Delay(pause, cancel);
            if (server is not null) await ReviveAsync(server, cancel);
        }
    }

    /// <summary>A connection that breaks between two statements may show as a misuse of parts that its client library has closed.</summary>
    static async Task<T> DoAsync<T>(Func<NpgsqlConnection, Task<T>> work, NpgsqlConnection connection)
    {
        try
        {
            return await work(connection);
        }
        catch (Exception e) when (e is ObjectDisposedException || (e is InvalidOperationException or IOException && connection.State != ConnectionState.Open))
        {
            throw new NpgsqlException($"the connection was lost: {e.Message}", e as IOException ?? new IOException(e.Message, e));
        }
    }

    /// <summary>All but complaints about our own statements and values (classes 22, 23, 42), which are defects and stay what they are.</summary>
    static bool IsStoreFailure(NpgsqlException error) => error is not PostgresException { SqlState: ['2', '2' or '3', ..] or ['4', '2', ..] };

    static async Task ReviveAsync(PrivateServer own, CancellationToken cancel)
    {
        try
        {
            await own.ReviveAsync(cancel);
        }
        catch (StorageException e)
        {
            throw new StoreUnavailableException(e.Message, e);
        }
    }

    StoreUnavailableException Unavailable(NpgsqlException error, bool connected) => new(
        connected && error.InnerException is TimeoutException ? $"{Description} did not end a statement in time; try again when it has less to do, or allow more seconds with CommandTimeout=600 in the address"
            : Explain(error, address) ?? $"the database {Description} failed: {error.Message}",
        error);

    /// <summary>A new private server has no database of ours yet; two programs may find that at once.</summary>
    static async Task CreateAsync(NpgsqlConnectionStringBuilder address, CancellationToken cancel)
    {
        var maintenance = new NpgsqlConnectionStringBuilder(address.ConnectionString) { Database = "postgres", Pooling = false };
        await using var connection = new NpgsqlConnection(maintenance.ConnectionString);
        await connection.OpenAsync(cancel);
        // An identifier, from our own constant: parameters are not allowed here.
        await using var create = new NpgsqlCommand($"CREATE DATABASE \"{address.Database!.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", connection);
        try
        {
            await create.ExecuteNonQueryAsync(cancel);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // The other program was first.
        }
    }

    /// <summary>A sentence for the failures that users can mend, else null.</summary>
    static string? Explain(Exception error, NpgsqlConnectionStringBuilder address)
    {
        var place = DatabaseAddress.Describe(address);
        return error switch
        {
            PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } e =>
                $"the database server refuses user '{address.Username}' for {place}: {e.MessageText}; check name and password in --db or ATOMSETS_DB",
            PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
                $"there is no database {place}; create it (createdb {address.Database}) or name another with --db",
            PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } e =>
                $"user '{address.Username}' may not set up the schema '{Migrator.Schema}' in {place}: {e.MessageText}; grant it CREATE on the database, or open it once as the role that owns the schema",
            PostgresException { SqlState: PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.ConfigurationLimitExceeded } =>
                $"{place} accepts no more connections; end other programs that use it, or raise its max_connections",
            PostgresException { SqlState: PostgresErrorCodes.DiskFull } => $"the disk of {place} is full; free some space and try again",
            PostgresException => null,
            NpgsqlException { InnerException: TimeoutException } or TimeoutException => $"no answer from {place} within {address.Timeout} s; check the address and that the server runs",
            NpgsqlException { InnerException: SocketException e } => $"cannot reach {place}: {e.Message}; check the address, that the server runs and that it accepts connections",
            SocketException e => $"cannot reach {place}: {e.Message}; check the host name in --db or ATOMSETS_DB",
            // Npgsql's own: no password where one is needed, TLS not possible, ...
            NpgsqlException e => $"cannot use {place}: {e.Message}; check --db or ATOMSETS_DB",
            _ => null,
        };
    }
}
