using AtomSets.Contracts;
using AtomSets.Core.Tests.Engine;
using AtomSets.Studies;

namespace AtomSets.Cluster.Tests;

/// <summary>The engine of a cluster keeps the contract of all engines, on two silos.</summary>
public sealed class ClusterEngineContractTests : StudyEngineContract
{
    protected override async Task<EngineUnderTest> OpenAsync()
    {
        var bench = new EngineBench();
        return new OnCluster(bench, await ClusterBench.StartAsync(bench), ownsBench: true);
    }

    sealed class OnCluster(EngineBench bench, ClusterBench cluster, bool ownsBench) : EngineUnderTest
    {
        public override IStudyEngine Engine => cluster.Engine;

        public override ITrialLedger Ledger => bench.Ledger;

        public override StudyFile Small(string name) => TinyStudy.Searched(name, "[8]");

        public override StudyFile Larger(string name) => TinyStudy.Searched(name, "[8, 16]");

        public override StudyFile Long(string name) => TinyStudy.File(name, epochs: 1_000_000);

        /// <summary>Other silos, as after a restart of the whole cluster.</summary>
        public override async Task<EngineUnderTest> RestartAsync()
        {
            await cluster.Cluster.StopAllSilosAsync();
            return new OnCluster(bench, await ClusterBench.StartAsync(bench), ownsBench: false);
        }

        public override async ValueTask DisposeAsync()
        {
            await cluster.DisposeAsync();
            if (ownsBench) bench.Dispose();
        }
    }
}
