namespace AtomSets.Commands;

/// <summary>Starts and stops the silos of this machine. Only the cluster's executable has one.</summary>
public interface IClusterControl
{
    /// <summary>Starts silos until so many run, and waits until they serve.</summary>
    /// <exception cref="Materials.InputException">One of them did not come up; the message shows the end of its log.</exception>
    Task UpAsync(ClusterRequest request, Action<string> say, CancellationToken cancellation);

    /// <summary>The silos of the cluster, by name: those that the cluster knows, and those of this machine that have died.</summary>
    Task<IReadOnlyList<SiloRow>> StatusAsync(string? database, CancellationToken cancellation);

    /// <summary>Stops a silo of this machine: its trials go on elsewhere, from a checkpoint.</summary>
    /// <exception cref="Materials.InputException">There is no such silo here.</exception>
    Task DrainAsync(string silo, CancellationToken cancellation);

    /// <summary>Stops all silos of this machine.</summary>
    /// <returns>How many ran.</returns>
    Task<int> DownAsync(CancellationToken cancellation);

    /// <summary>The last lines of the logs of this machine's silos, or of one of them.</summary>
    /// <exception cref="Materials.InputException">There is no such silo here.</exception>
    IReadOnlyList<string> Logs(string? silo, int lines);
}

/// <param name="Workers">Trials at once in each silo; null shares the cores out.</param>
/// <param name="Device">Where workers compute; null for the program's own kernels.</param>
public sealed record ClusterRequest(string? Database, int Silos, int? Workers, string? Device = null);

/// <param name="State">serving, starting or dead.</param>
/// <param name="Process">Of this machine; null when it runs elsewhere.</param>
/// <param name="Doing">What its busy workers do.</param>
public sealed record SiloRow(string Silo, string State, int? Process, int Workers, int Busy, string Doing);
