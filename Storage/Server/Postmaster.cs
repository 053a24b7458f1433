namespace AtomSets.Storage;

/// <summary>
/// A running server as its <c>postmaster.pid</c> describes it (https://www.postgresql.org/docs/current/storage-file-layout.html; the lines are
/// those of <c>miscadmin/pidfile.h</c>).
/// </summary>
/// <param name="Pid">Process id.</param>
/// <param name="StartedAt">Start time in seconds since 1970.</param>
/// <param name="SocketDirectory">Folder of its socket.</param>
/// <param name="Ready">Whether it accepts connections (false while it starts, recovers or stops).</param>
sealed record Postmaster(int Pid, long StartedAt, string SocketDirectory, bool Ready)
{
    /// <summary>In looks of 20 ms each.</summary>
    const int UrgeAfter = 100, GiveUpAfter = 1500;

    /// <summary>The server of these data, or null when none runs, whatever a crash left behind.</summary>
    public static Postmaster? Read(string data)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(Path.Combine(data, "postmaster.pid"));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        if (lines.Length == 0 || !int.TryParse(lines[0], out var pid) || pid <= 0 || !IsServerOf(data, pid)) return null;
        var started = lines.Length > 2 && long.TryParse(lines[2], out var at) ? at : 0;
        return new Postmaster(pid, started, lines.Length > 4 ? lines[4] : "", lines.Length > 7 && lines[7].Trim() == "ready");
    }

    /// <summary>Whether the process lives and is not merely waiting for its parent to notice its end (an init that reaps nothing is common in containers).</summary>
    public static bool IsAlive(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var state = stat.LastIndexOf(')') + 2;
            return state < stat.Length && stat[state] is not ('Z' or 'X');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>
    /// Clears what a killed server left. Its other processes notice its death by themselves, but not before their next pause; until the last has gone
    /// PostgreSQL refuses to start. And where init does not reap, PostgreSQL takes a dead process whose parent has not asked after it for a running
    /// server: then its file is removed once no process of the server is left.
    /// </summary>
    /// <exception cref="StorageException">They do not end.</exception>
    public static void ClearRemains(string data, CancellationToken cancel)
    {
        var file = Path.Combine(data, "postmaster.pid");
        if (!File.Exists(file) || !int.TryParse(File.ReadLines(file).FirstOrDefault(), out var pid)) return;
        for (var waited = 0; ; waited++)
        {
            var left = ProcessesIn(data);
            if (left.Length == 0)
            {
                if (!IsEnding(pid)) return;
                if (waited > UrgeAfter)
                {
                    File.Delete(file);
                    return;
                }
            }
            // A long query pauses late; nobody can hear its answer any more.
            if (waited == UrgeAfter)
            {
                foreach (var process in left) NativeMethods.Kill(process, NativeMethods.SigQuit);
            }
            if (waited > GiveUpAfter) throw new StorageException($"the database's server {pid} was killed, but parts of it still run in {data} ({string.Join(", ", left)}); end them and try again");
            cancel.WaitHandle.WaitOne(20);
            cancel.ThrowIfCancellationRequested();
        }
    }

    /// <summary>A killed process loses its command line at once, and its entry when its parent has asked after it.</summary>
    static bool IsEnding(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Length == 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Processes whose working directory is the folder, as that of all of a server's is.</summary>
    static int[] ProcessesIn(string folder)
    {
        var found = new List<int>();
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(process), out var pid) && new FileInfo(process + "/cwd").LinkTarget == folder && IsAlive(pid)) found.Add(pid);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Ended meanwhile, or another user's: the server's processes are visible to its owner.
            }
        }
        return [.. found];
    }

    /// <summary>After a power loss the recorded id may belong to another program by now.</summary>
    static bool IsServerOf(string data, int pid)
    {
        if (!IsAlive(pid)) return false;
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Split('\0').Contains(data, StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
