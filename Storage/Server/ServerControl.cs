using System.Globalization;

namespace AtomSets.Storage;

/// <summary>
/// Creates, starts and stops the server of one place. Every member that changes something is called with the place's start lock held.
/// Synchronous, because the last program to leave also stops the server from its process-exit handler.
/// </summary>
sealed class ServerControl(ServerPlace place, Action<string>? say)
{
    public const string User = "atomsets", DatabaseName = "atomsets";

    /// <summary>Starts of a server that is killed while it starts.</summary>
    const int Attempts = 3;

    static readonly string[] Marks = ["LOG: ", "WARNING: ", "DETAIL: ", "HINT: ", "CONTEXT: ", "STATEMENT: "];

    const long SpaceForNewDataBytes = 200L << 20, LogLimitBytes = 10L << 20;
    static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(10), FastStopLimit = TimeSpan.FromSeconds(30), StopLimit = TimeSpan.FromSeconds(45);

    /// <summary>Creates the folders that hold the locks; harmless when they exist.</summary>
    public static void PrepareState(ServerPlace place)
    {
        if (NetworkMounts.TypeOf(place.State) is { } type)
            throw new StorageException($"{place.State} is on a network file system ({type}), where a database can be damaged; set ATOMSETS_HOME to a folder on a local disk, or name a running server with --db");
        try
        {
            const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
            if (place.Account is null) Directory.CreateDirectory(place.Home, owner);
            // The server's account must be able to pass through root's folder.
            var mode = place.Account is null ? owner : owner | others;
            Directory.CreateDirectory(place.State, mode);
            File.SetUnixFileMode(place.State, mode);
            if (place.Account is null) return;
            File.SetUnixFileMode(Path.GetDirectoryName(place.State)!, mode);
            if (ServerPlace.ReadNote(place.HomeNote) is null) File.WriteAllText(place.HomeNote, place.Home + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"cannot write the database's folder {place.State}: {e.Message}; set ATOMSETS_HOME to a folder of yours, or name a running server with --db", e);
        }
    }

    public void EnsureRunning(CancellationToken cancel)
    {
        // A server that is on its way down ends while we wait for it; then ours is the next one.
        while (Postmaster.Read(place.Data) is { } running)
            if (WaitUntilReady(running.Pid, cancel)) return;
        RemoveUnfinished();
        var version = Path.Combine(place.Data, "PG_VERSION");
        if (!File.Exists(version)) Create();
        Postmaster.ClearRemains(place.Data, cancel);
        Start(ServerBinaries.Find(ReadMajor(version)), cancel);
    }

    public void Stop()
    {
        if (Postmaster.Read(place.Data) is not { } server) return;
        NativeMethods.Kill(server.Pid, NativeMethods.SigInt);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (var urged = false; Postmaster.IsAlive(server.Pid); Thread.Sleep(10))
        {
            if (watch.Elapsed > StopLimit) throw new StorageException($"the database (process {server.Pid}) does not stop; see {place.Log}");
            if (urged || watch.Elapsed < FastStopLimit) continue;
            // Without a last checkpoint; the next start replays the log. Nothing committed is lost.
            NativeMethods.Kill(server.Pid, NativeMethods.SigQuit);
            urged = true;
        }
    }

    static int? ReadMajor(string versionFile) =>
        int.TryParse(File.ReadAllText(versionFile).Trim(), CultureInfo.InvariantCulture, out var major) ? major : null;

    /// <summary>Initialises beside and renames: an interrupted first start leaves nothing half-made.</summary>
    void Create()
    {
        var binaries = ServerBinaries.Find();
        var free = new DriveInfo(place.State).AvailableFreeSpace;
        if (free < SpaceForNewDataBytes)
            throw new StorageException($"only {free >> 20} MB are free on the disk of {place.State}, and a new database needs {SpaceForNewDataBytes >> 20} MB; free some, or set ATOMSETS_HOME to a folder on another disk");
        say?.Invoke($"creating the database in {place.State} (once)");
        var fresh = string.Create(CultureInfo.InvariantCulture, $"{place.Data}.new-{Environment.ProcessId}");
        MakeFolder(fresh);
        var made = AccountCommand.Run(place.Account, place.State, binaries.Initdb, "--pgdata", fresh, "--username", User, "--encoding", "UTF8",
            "--no-locale", "--data-checksums", "--auth-local", "trust", "--auth-host", "reject");
        if (made.ExitCode != 0) throw new StorageException($"the database could not be created in {place.State}: {Explain(made.Says)}");
        Directory.Move(fresh, place.Data);
    }

    /// <summary>A killed program's initdb may still be at work in its folder; a later program removes the rest.</summary>
    void RemoveUnfinished()
    {
        foreach (var folder in Directory.GetDirectories(place.State, "data.new-*"))
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Being written to.
            }
        }
    }

    void Start(ServerBinaries binaries, CancellationToken cancel)
    {
        MakeFolder(place.LogDirectory);
        MakeFolder(place.SocketDirectory);
        if (new FileInfo(place.Log) is { Exists: true, Length: > LogLimitBytes }) File.Move(place.Log, place.Log + ".old", overwrite: true);
        File.WriteAllText(place.Config, ServerConfiguration.Write(place.SocketDirectory));
        File.SetUnixFileMode(place.Config, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        for (var attempt = 1; ; attempt++)
        {
            var logged = File.Exists(place.Log) ? new FileInfo(place.Log).Length : 0;
            if (Launch(binaries, out var complaint, cancel)) return;
            // A server that ends without a reason of its own was killed, or its recovery was.
            var reason = complaint.Length > 0 ? complaint : LastWords(logged);
            if (reason is not null || attempt == Attempts) throw new StorageException($"PostgreSQL did not start: {Explain(reason ?? "it was killed each time")} (its log: {place.Log})");
            Postmaster.ClearRemains(place.Data, cancel);
        }
    }

    /// <returns>False when it ended instead.</returns>
    bool Launch(ServerBinaries binaries, out string complaint, CancellationToken cancel)
    {
        // Its own session and no inherited pipes: the server outlives us, and whoever reads our output is not kept waiting by it.
        const string launch = "log=$1; shift; umask 077; setsid \"$@\" </dev/null >>\"$log\" 2>&1 & echo $!";
        var launched = AccountCommand.Run(place.Account, place.State, "/bin/sh", "-c", launch, "sh", place.Log,
            binaries.Postgres, "-D", place.Data, "-c", "config_file=" + place.Config);
        if (launched.ExitCode != 0 || !int.TryParse(launched.Output, CultureInfo.InvariantCulture, out var pid))
            throw new StorageException($"PostgreSQL could not be started: {Explain(launched.Says)}");
        complaint = launched.Error;
        if (WaitUntilReady(pid, cancel)) return true;
        // Started by a program that was killed before its server had left a sign of itself.
        return Postmaster.Read(place.Data) is { } other && WaitUntilReady(other.Pid, cancel);
    }

    /// <returns>False when the process ended instead.</returns>
    bool WaitUntilReady(int pid, CancellationToken cancel)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var told = false;
        while (true)
        {
            if (Postmaster.Read(place.Data) is { Ready: true } server && server.Pid == pid) return true;
            if (!Postmaster.IsAlive(pid)) return false;
            if (watch.Elapsed > StartLimit) throw new StorageException($"the database (process {pid}) is not ready after {StartLimit.TotalMinutes:0} minutes; see {place.Log}");
            if (!told && watch.Elapsed.TotalSeconds > 3)
            {
                told = true;
                say?.Invoke("the database is recovering from an interruption");
            }
            cancel.WaitHandle.WaitOne(5);
            cancel.ThrowIfCancellationRequested();
        }
    }

    /// <summary>A folder that only the server's account can enter.</summary>
    void MakeFolder(string folder)
    {
        try
        {
            // In a shared place such as /tmp somebody else may have put a link there.
            if (new DirectoryInfo(folder).LinkTarget is not null) throw new StorageException($"{folder} is a link; remove it, the database needs a folder of its own there");
            if (place.Account is null)
            {
                const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
                Directory.CreateDirectory(folder, owner);
                // Fails where the folder is another user's.
                File.SetUnixFileMode(folder, owner);
                return;
            }
            var parent = Path.GetDirectoryName(folder)!;
            Directory.CreateDirectory(parent);
            var made = AccountCommand.Run(null, "/", "/usr/bin/install", "-d", "-m", "0700", "-o", place.Account, "-g", place.Account, folder);
            if (made.ExitCode == 0) return;
            throw made.Error.Contains("invalid user", StringComparison.Ordinal)
                ? new StorageException($"as root the database runs under the account {place.Account}, which does not exist here; install PostgreSQL's package (apt-get install postgresql), run as an ordinary user, or name a running server with --db")
                : new StorageException($"cannot make the folder {folder}: {made.Says}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"cannot make the folder {folder}: {e.Message}; look at its owner, or set ATOMSETS_HOME to another folder of yours", e);
        }
    }

    /// <summary>Why the server ended by itself, from its log; null where it had no reason of its own. That it refused somebody while it started is none.</summary>
    string? LastWords(long from)
    {
        try
        {
            using var log = new FileStream(place.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            log.Seek(Math.Min(from, log.Length), SeekOrigin.Begin);
            var lines = new StreamReader(log).ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var own = lines.Where(line => !line.Contains("the database system is ", StringComparison.Ordinal)).ToList();
            // What other programs wrote, such as the one that changes the account, has none of the server's marks.
            return own.LastOrDefault(line => line.Contains("FATAL", StringComparison.Ordinal) || line.Contains("PANIC", StringComparison.Ordinal))
                ?? own.LastOrDefault(line => !line.StartsWith('\t') && !Array.Exists(Marks, mark => line.Contains(mark, StringComparison.Ordinal)));
        }
        catch (IOException)
        {
            return "it left no log";
        }
    }

    /// <summary>Adds the remedy where the server's own words do not hold it.</summary>
    string Explain(string words) => words switch
    {
        _ when words.Contains("No space left on device", StringComparison.Ordinal) => $"the disk of {place.State} is full; free some space and try again",
        _ when words.Contains("could not look up effective user ID", StringComparison.Ordinal) => "this user id has no account on the machine (PostgreSQL needs one); add a line for it to /etc/passwd, or name a running server with --db",
        _ when words.Contains("setpriv:", StringComparison.Ordinal) => $"{words}; root may not change to the account {place.Account} here: run as an ordinary user, or name a running server with --db",
        _ => words,
    };
}
