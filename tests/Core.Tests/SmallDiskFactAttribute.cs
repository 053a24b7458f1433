using Xunit;

namespace AtomSets.Core.Tests;

/// <summary>A test on a disk that becomes full; skipped, with a reason, where there can be none.</summary>
public sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute() => Skip = SmallDisk.SkipReason;
}
