using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>What became of each parameter when a transfer plan was applied.</summary>
/// <param name="Copied">Taken from the parent and trained on.</param>
/// <param name="Frozen">Taken from the parent and kept.</param>
/// <param name="Reset">Drawn anew.</param>
public sealed record TransferReport(IReadOnlyList<ParameterInfo> Copied, IReadOnlyList<ParameterInfo> Frozen, IReadOnlyList<ParameterInfo> Reset)
{
    /// <summary>Numbers copied and trained on.</summary>
    public long CopiedCount => Copied.Sum(parameter => (long)parameter.Length);

    /// <summary>Numbers copied and kept.</summary>
    public long FrozenCount => Frozen.Sum(parameter => (long)parameter.Length);

    /// <summary>Numbers drawn anew.</summary>
    public long ResetCount => Reset.Sum(parameter => (long)parameter.Length);

    public override string ToString() => FormattableString.Invariant(
        $"{CopiedCount} parameters copied ({Copied.Count} tensors), {FrozenCount} frozen ({Frozen.Count}), {ResetCount} drawn anew ({Reset.Count})");
}
