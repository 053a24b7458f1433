namespace AtomSets.Commands;

/// <summary>Starts and stops silos. Only the cluster's executable has one.</summary>
public interface IClusterControl
{
    /// <summary>Starts silos on this machine until so many run here, and waits until they serve.</summary>
    /// <exception cref="Materials.InputException">One of them did not come up; the message shows the end of its log.</exception>
    Task UpAsync(ClusterRequest request, Action<string> say, CancellationToken cancellation);

    /// <summary>The silos of the cluster, by name: those that the cluster knows, and those of this machine that have died.</summary>
    Task<IReadOnlyList<SiloRow>> StatusAsync(string? database, CancellationToken cancellation);

    /// <summary>Stops a silo, wherever it runs: its trials go on elsewhere, from a checkpoint.</summary>
    /// <param name="database">Of the cluster; null for the environment's.</param>
    /// <exception cref="Materials.InputException">There is no such silo.</exception>
    Task DrainAsync(string? database, string silo, CancellationToken cancellation);

    /// <summary>Stops all silos of this machine, or of the cluster.</summary>
    /// <param name="database">Of the cluster; null for the environment's.</param>
    /// <param name="everywhere">Also those that this machine has not started.</param>
    /// <returns>How many ran, and how many of the cluster still do.</returns>
    Task<(int Stopped, int Left)> DownAsync(string? database, bool everywhere, CancellationToken cancellation);

    /// <summary>The last lines of the logs of the cluster's silos, or of one of them.</summary>
    /// <param name="database">Of the cluster; null for the environment's.</param>
    /// <exception cref="Materials.InputException">There is no such silo.</exception>
    Task<IReadOnlyList<string>> LogsAsync(string? database, string? silo, int lines, CancellationToken cancellation);
}

/// <param name="Workers">Trials at once in each silo; null shares the cores out.</param>
/// <param name="Device">Where workers compute; null for the program's own kernels.</param>
public sealed record ClusterRequest(string? Database, int Silos, int? Workers, string? Device = null);

/// <param name="State">serving, starting or dead.</param>
/// <param name="Process">Of this machine; null when it runs elsewhere.</param>
/// <param name="Doing">What its busy workers do.</param>
public sealed record SiloRow(string Silo, string State, int? Process, int Workers, int Busy, string Doing);
