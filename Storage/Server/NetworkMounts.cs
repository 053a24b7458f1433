using System.Text.RegularExpressions;

namespace AtomSets.Storage;

/// <summary>Tells whether a folder lies on a network file system, where PostgreSQL's data can be damaged by two machines or by lost locks.</summary>
static partial class NetworkMounts
{
    static readonly HashSet<string> NetworkTypes = new(StringComparer.Ordinal)
    {
        "nfs", "nfs3", "nfs4", "cifs", "smbfs", "smb3", "lustre", "gpfs", "beegfs", "ceph", "glusterfs", "afs", "orangefs", "pvfs2", "wekafs",
        "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.rclone", "fuse.s3fs", "fuse.beegfs", "fuse.juicefs",
    };

    /// <summary>The file-system type when <paramref name="path"/> (which need not exist yet) is network-mounted, else null.</summary>
    public static string? TypeOf(string path) => TypeOf(Real(path), ReadMounts());

    /// <summary>As above, with the text of <c>/proc/mounts</c>.</summary>
    public static string? TypeOf(string path, string mounts)
    {
        var (longest, type) = (-1, "");
        foreach (var line in mounts.Split('\n'))
        {
            var fields = line.Split(' ');
            if (fields.Length < 3) continue;
            var point = OctalEscape().Replace(fields[1], m => ((char)Convert.ToInt32(m.Groups["code"].Value, 8)).ToString());
            var covers = point == "/" || path == point || path.StartsWith(point + "/", StringComparison.Ordinal);
            // The last of equal mount points hides the ones before it.
            if (covers && point.Length >= longest) (longest, type) = (point.Length, fields[2]);
        }
        return NetworkTypes.Contains(type) ? type : null;
    }

    static string ReadMounts()
    {
        try
        {
            return File.ReadAllText("/proc/mounts");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>Follows the links of the longest part of the path that exists.</summary>
    static string Real(string path)
    {
        path = Path.GetFullPath(path);
        var rest = "";
        for (var at = path; at.Length > 1; at = Path.GetDirectoryName(at) ?? "/")
        {
            if (Directory.Exists(at) && new DirectoryInfo(at).ResolveLinkTarget(returnFinalTarget: true) is { } target) return Real(target.FullName + rest);
            rest = "/" + Path.GetFileName(at) + rest;
        }
        return path;
    }

    [GeneratedRegex(@"\\(?<code>[0-7]{3})", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OctalEscape();
}
