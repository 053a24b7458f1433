using AtomSets.Contracts;
using AtomSets.Core.Tests.Engine;
using AtomSets.Storage.Tests;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>The engine of a cluster keeps the contract of all engines, on two silos with stores in memory.</summary>
public sealed class ClusterEngineContractTests : StudyEngineContract
{
    protected override Task<EngineUnderTest> OpenAsync() => OnCluster.OpenAsync(null);
}

/// <summary>The same on PostgreSQL.</summary>
public sealed class PostgresClusterEngineContractTests(TestDatabase test) : StudyEngineContract, IClassFixture<TestDatabase>
{
    protected override async Task<EngineUnderTest> OpenAsync() => await OnCluster.OpenAsync(await PostgresStore.OpenAsync(test));
}

/// <param name="store">Null for the stores of the bench.</param>
sealed class OnCluster(EngineBench bench, StoreUnderTest? store, ClusterBench cluster, bool ownsBench) : EngineUnderTest
{
    public override IStudyEngine Engine => cluster.Engine;

    public override ITrialLedger Ledger => store?.Ledger ?? bench.Ledger;

    public static async Task<EngineUnderTest> OpenAsync(StoreUnderTest? store)
    {
        var bench = new EngineBench();
        return new OnCluster(bench, store, await ClusterBench.StartAsync(bench, store: store), ownsBench: true);
    }

    public override StudyFile Small(string name) => TinyStudy.Searched(name, "[8]");

    public override StudyFile Larger(string name) => TinyStudy.Searched(name, "[8, 16]");

    public override StudyFile Long(string name) => TinyStudy.File(name, epochs: 1_000_000);

    /// <summary>Other silos, as after a restart of the whole cluster.</summary>
    public override async Task<EngineUnderTest> RestartAsync()
    {
        await cluster.Cluster.StopAllSilosAsync();
        return new OnCluster(bench, store, await ClusterBench.StartAsync(bench, store: store), ownsBench: false);
    }

    public override async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        if (ownsBench) bench.Dispose();
    }
}
