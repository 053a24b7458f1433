using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>
/// Tests that start silos as processes. Most of their time is waiting, so two run at a time, one of each collection: those that kill, stop and hold silos up,
/// </summary>
[CollectionDefinition(Name)]
public sealed class SiloProcessCollection
{
    public const string Name = "silo processes";
}

/// <summary>and those that use a cluster as users do.</summary>
[CollectionDefinition(Name)]
public sealed class SiloProgramCollection
{
    public const string Name = "silo programs";
}
