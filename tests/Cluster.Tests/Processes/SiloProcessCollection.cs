using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>Tests that start silos as processes, one after the other: a killed silo's ports must be free when it is started again.</summary>
[CollectionDefinition(Name)]
public sealed class SiloProcessCollection
{
    public const string Name = "silo processes";
}
