using System.Diagnostics;
using System.Globalization;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>Names processes in leases (<c>machine:process:start</c>), and tells which of this machine's have died.</summary>
public static class ProcessOwner
{
    /// <summary>This process.</summary>
    public static string Current { get; } = Name(Process.GetCurrentProcess());

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
            return process.HasExited || Name(process) != string.Join(':', parts);
        }
        catch (ArgumentException)
        {
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception or NotSupportedException)
        {
            return false;
        }
    }

    static string Name(Process process) => string.Create(
        CultureInfo.InvariantCulture, $"{Environment.MachineName}:{process.Id}:{process.StartTime.ToUniversalTime():yyyyMMddHHmmss}");
}
