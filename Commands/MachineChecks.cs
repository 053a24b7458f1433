using System.Globalization;
using System.Runtime.InteropServices;
using AtomSets.Storage;
using AtomSets.Tensors;

namespace AtomSets.Commands;

/// <summary>Whether something is there.</summary>
public enum CheckState
{
    /// <summary>There, and usable.</summary>
    Ok,

    /// <summary>Absent; the program works without it, with less.</summary>
    Optional,

    /// <summary>Absent, and needed.</summary>
    Missing,
}

/// <summary>One finding about this machine.</summary>
/// <param name="Name">What was looked for.</param>
/// <param name="State">Whether it is there.</param>
/// <param name="Found">What was found.</param>
/// <param name="Remedy">How to get it; null when nothing is to be done.</param>
public sealed record MachineCheck(string Name, CheckState State, string Found, string? Remedy);

/// <summary>Looks at the machine for <c>doctor</c>; changes nothing.</summary>
/// <param name="environment">Reads an environment variable.</param>
public sealed class MachineChecks(Func<string, string?> environment)
{
    const long EnoughDiskBytes = 2L << 30;

    /// <summary>All checks, in the order in which they matter.</summary>
    public IReadOnlyList<MachineCheck> Run() => [Runtime(), Processor(), Memory(), Postgres(), Home(), Data(), new PeerChecks(environment).Run()];

    static MachineCheck Runtime() => new(".NET", CheckState.Ok, $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.OSDescription.Trim()}", null);

    static MachineCheck Processor() => new("processor", CheckState.Ok,
        string.Create(CultureInfo.InvariantCulture, $"{System.Environment.ProcessorCount} cores, kernels for {CpuKernels.BestPath}"), null);

    static MachineCheck Memory() => new("memory", CheckState.Ok, Numbers.Bytes(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes), null);

    MachineCheck Postgres()
    {
        if (DatabaseSetting.Read(environment) is var (_, source)) return new("PostgreSQL", CheckState.Ok, $"{source} names a server", null);
        try
        {
            return new("PostgreSQL", CheckState.Ok, $"server programs in {ServerBinaries.Find().Directory}", null);
        }
        catch (StorageException missing)
        {
            return new("PostgreSQL", CheckState.Missing, "no server programs", missing.Message);
        }
    }

    static MachineCheck Home()
    {
        var home = ServerPlace.FromEnvironment().Home;
        var existing = home;
        while (!Directory.Exists(existing)) existing = Path.GetDirectoryName(existing) ?? "/";
        var free = new DriveInfo(existing).AvailableFreeSpace;
        return free >= EnoughDiskBytes
            ? new("home folder", CheckState.Ok, $"{home}, {Numbers.Bytes(free)} free", null)
            : new("home folder", CheckState.Missing, $"{home}, only {Numbers.Bytes(free)} free",
                "free at least 2 GiB, or set ATOMSETS_HOME to a folder on a larger local disk");
    }

    MachineCheck Data()
    {
        var folder = environment("ATOMSETS_DATA");
        return !string.IsNullOrEmpty(folder) && Directory.Exists(folder)
            ? new("data sets", CheckState.Ok, folder, null)
            : new("data sets", CheckState.Optional, "none beside the program; the built-in set 'ionic' is used",
                "set ATOMSETS_DATA to the folder of the data sets, or bring your own with: atomsets data import");
    }
}
