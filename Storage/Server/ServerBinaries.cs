namespace AtomSets.Storage;

/// <summary>The folder of PostgreSQL's programs (<c>initdb</c>, <c>postgres</c>) on this machine.</summary>
/// <param name="Directory">The folder.</param>
/// <param name="Major">Major version, or 0 where the path does not tell it.</param>
public sealed record ServerBinaries(string Directory, int Major)
{
    const string DebianRoot = "/usr/lib/postgresql";

    public string Initdb => Path.Combine(Directory, "initdb");

    public string Postgres => Path.Combine(Directory, "postgres");

    /// <summary>
    /// Finds the programs: <c>ATOMSETS_PG_BIN</c> when set, else the newest of Debian's versions, else <c>PATH</c>. Data that exist already need
    /// their own major version.
    /// </summary>
    /// <param name="dataMajor">Major version of existing data, or null.</param>
    /// <exception cref="StorageException">No PostgreSQL here, or none that fits the data.</exception>
    public static ServerBinaries Find(int? dataMajor = null) =>
        Find(dataMajor, Environment.GetEnvironmentVariable("ATOMSETS_PG_BIN"), DebianRoot, Environment.GetEnvironmentVariable("PATH"));

    internal static ServerBinaries Find(int? dataMajor, string? chosen, string debianRoot, string? path)
    {
        if (!string.IsNullOrWhiteSpace(chosen))
        {
            return IsComplete(chosen)
                ? new ServerBinaries(Path.GetFullPath(chosen), MajorOf(chosen))
                : throw new StorageException($"ATOMSETS_PG_BIN={chosen} holds no PostgreSQL server (initdb and postgres); set it to such a folder, for example /usr/lib/postgresql/15/bin, or unset it");
        }
        var found = Candidates(debianRoot, path).ToList();
        if (found.Count == 0)
            throw new StorageException("PostgreSQL is not installed here; install it (Debian, Ubuntu: apt-get install postgresql), set ATOMSETS_PG_BIN to the folder of its programs, or name a running server with --db");
        if (dataMajor is not { } wanted) return found[0];
        return found.Find(b => b.Major == wanted) ?? found.Find(b => b.Major == 0)
            ?? throw new StorageException($"the database was made by PostgreSQL {wanted}, but this machine has {string.Join(", ", found.Select(b => b.Major).Distinct())}; install postgresql-{wanted}, or set ATOMSETS_PG_BIN to its programs");
    }

    static IEnumerable<ServerBinaries> Candidates(string debianRoot, string? path)
    {
        if (System.IO.Directory.Exists(debianRoot))
        {
            var versions = System.IO.Directory.GetDirectories(debianRoot).Select(d => Path.Combine(d, "bin")).Where(IsComplete)
                .Select(d => new ServerBinaries(d, MajorOf(d))).OrderByDescending(b => b.Major);
            foreach (var version in versions) yield return version;
        }
        foreach (var folder in (path ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Where(IsComplete))
        {
            // A link in PATH says nothing of its version, and the server needs the folder it was installed in.
            var target = File.ResolveLinkTarget(Path.Combine(folder, "postgres"), returnFinalTarget: true)?.FullName;
            var real = target is null ? folder : Path.GetDirectoryName(target)!;
            if (IsComplete(real)) yield return new ServerBinaries(real, MajorOf(real));
        }
    }

    static bool IsComplete(string folder) => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres"));

    /// <summary>From paths such as <c>/usr/lib/postgresql/15/bin</c>.</summary>
    static int MajorOf(string folder) =>
        int.TryParse(Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))))?.Split('.')[0], out var major) ? major : 0;
}
