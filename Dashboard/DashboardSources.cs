using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Storage;
using AtomSets.Studies;
using AtomSets.Tensors;

namespace AtomSets.Dashboard;

/// <summary>What the pages and the HTTP API read from; all of it belongs to the caller.</summary>
/// <param name="Studies">The studies.</param>
/// <param name="Ledger">Trials and their results.</param>
/// <param name="Database">Queries go here.</param>
/// <param name="Artifacts">Weights of models.</param>
public sealed record DashboardSources(IStudyDirectory Studies, ITrialLedger Ledger, Database Database, ArtifactStore Artifacts)
{
    public required TimeProvider Time { get; init; }

    /// <summary>Opens data sets.</summary>
    public DataSetLoader Data { get; init; } = new();

    public ModelRegistry Models { get; init; } = ModelRegistry.Default;

    /// <summary>Kernels of predictions.</summary>
    public Func<IKernels> Kernels { get; init; } = () => CpuKernels.Create();

    /// <summary>Folder of the models that come with the program; null where there is none.</summary>
    public string? OwnModels { get; init; }

    /// <summary>The cluster's processes; empty on one machine.</summary>
    public Func<CancellationToken, Task<IReadOnlyList<SiloLine>>> Silos { get; init; } = _ => Task.FromResult<IReadOnlyList<SiloLine>>([]);

    /// <summary>Whether studies run in a cluster.</summary>
    public bool IsCluster { get; init; }
}

/// <summary>One process of a cluster.</summary>
/// <param name="State">serving, starting or dead.</param>
/// <param name="Doing">What its busy workers do, in short.</param>
public sealed record SiloLine(string Silo, string State, int Workers, int Busy, string Doing);
