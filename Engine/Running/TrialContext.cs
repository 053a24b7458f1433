using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Tensors;

namespace AtomSets.Engine;

/// <summary>What every worker of a process shares.</summary>
public sealed record TrialContext(
    ModelRegistry Models, DataCache Data, ArtifactStore Artifacts, ITrialLedger Ledger, IMetricSink Metrics)
{
    /// <summary>Makes a worker's kernels.</summary>
    public Func<IKernels> Kernels { get; init; } = () => CpuKernels.Create();

    /// <summary>The <see cref="NumericsClass"/> of these kernels.</summary>
    public string Numerics { get; init; } = NumericsClass.Cpu;

    /// <summary>Time between checkpoints of a running trial.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time that epoch rows wait in memory.</summary>
    public TimeSpan MetricsInterval { get; init; } = TimeSpan.FromSeconds(2);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
