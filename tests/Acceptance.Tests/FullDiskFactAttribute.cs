using AtomSets.Core.Tests;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>A test of the program on a disk that becomes full; skipped, with a reason, where there can be none or no database.</summary>
public sealed class FullDiskFactAttribute : FactAttribute
{
    public FullDiskFactAttribute() => Skip = PostgresPresence.SkipReason ?? SmallDisk.SkipReason;
}
