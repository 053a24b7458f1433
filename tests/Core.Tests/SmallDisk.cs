using System.Diagnostics;

namespace AtomSets.Core.Tests;

/// <summary>A disk of a few bytes, in memory, that really becomes full. Needs root and a kernel that lets root mount.</summary>
public sealed class SmallDisk : IDisposable
{
    readonly bool _ownsFolder;

    /// <param name="bytes">Its size, in whole pages.</param>
    /// <param name="folder">Where it is mounted, an empty folder; null: a new one.</param>
    public SmallDisk(long bytes, string? folder = null)
    {
        _ownsFolder = folder is null;
        Folder = folder ?? Directory.CreateTempSubdirectory("atomsets-disk-").FullName;
        if (Run("mount", "-t", "tmpfs", "-o", FormattableString.Invariant($"size={bytes},mode=755"), "none", Folder) != 0) throw new InvalidOperationException($"{Folder} could not be mounted");
    }

    /// <summary>Why there is none here; null where there is.</summary>
    public static string? SkipReason { get; } = Environment.IsPrivilegedProcess && CanMount() ? null : "needs root that may mount a tmpfs";

    public string Folder { get; }

    string Ballast => Path.Combine(Folder, "ballast");

    /// <summary>Fills it to the last byte.</summary>
    public void Fill()
    {
        // One byte at a time in the end: also a write of less than a page must find no room.
        using var file = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.Read, 0);
        for (var block = new byte[1 << 20]; block.Length > 0;)
        {
            try
            {
                file.Write(block);
            }
            catch (IOException)
            {
                block = block.Length == 1 ? [] : new byte[block.Length / 2];
            }
        }
    }

    /// <summary>Gives the room back that <see cref="Fill"/> took.</summary>
    public void Free() => File.Delete(Ballast);

    public void Dispose()
    {
        Run("umount", "-l", Folder);
        if (_ownsFolder) Directory.Delete(Folder);
    }

    static bool CanMount()
    {
        try
        {
            using var disk = new SmallDisk(1 << 16);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
