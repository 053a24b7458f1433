using System.Diagnostics;
using System.Globalization;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>
/// Names processes in leases (<c>machine:process:start</c>), and tells which of this machine's have died. The start is in the kernel's ticks since it
/// booted: a date would move with the clock, and a running process would be taken for a dead one with the same number.
/// </summary>
public static class ProcessOwner
{
    /// <summary>This process.</summary>
    public static string Current { get; } = Of(Environment.ProcessId);

    /// <summary>Name of a process of this machine.</summary>
    public static string Of(int process) => Name(process, Start(process) ?? "?");

    /// <summary>Ends the leases of processes of this machine that no longer exist, so that a restart after a crash need not wait for them.</summary>
    public static async Task ExpireDeadAsync(ITrialLedger ledger, CancellationToken cancellation)
    {
        foreach (var owner in await ledger.OwnersAsync(cancellation))
        {
            if (IsDead(owner)) await ledger.ExpireAsync(owner, cancellation);
        }
    }

    /// <summary>True only for a process of this machine that is certainly gone.</summary>
    public static bool IsDead(string owner)
    {
        // "machine:process:start/worker"
        var parts = owner.Split('/')[0].Split(':');
        if (parts.Length != 3 || parts[0] != Environment.MachineName) return false;
        if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return false;
        try
        {
            using var process = Process.GetProcessById(id);
            // Another user's may be hidden: then it is alive for all that we know.
            return Start(id) is { } start && Name(id, start) != string.Join(':', parts);
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    static string Name(int id, string start) => string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}:{id}:{start}");

    /// <returns>"ended" for a process that only waits for its parent to ask after it; null where the kernel does not say.</returns>
    static string? Start(int id)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            // After the name in brackets, which may hold anything: the state, and as the twentieth field the start
            // (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html).
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? "ended" : fields[19];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
