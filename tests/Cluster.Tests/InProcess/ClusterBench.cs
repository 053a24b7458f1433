using AtomSets.Client;
using AtomSets.Contracts;
using AtomSets.Core.Tests.Engine;
using AtomSets.Engine;
using AtomSets.Grains;
using AtomSets.Models;
using AtomSets.Silo;
using AtomSets.Studies;
using Orleans.TestingHost;

namespace AtomSets.Cluster.Tests;

/// <summary>Silos in this process over the folder of an <see cref="EngineBench"/>, each with two workers, and its stores in memory or others.</summary>
sealed class ClusterBench : IAsyncDisposable
{
    readonly InProcessTestCluster _cluster;

    ClusterBench(InProcessTestCluster cluster, IStudyLog log, TrialContext context)
    {
        _cluster = cluster;
        Engine = new ClusterEngine(cluster.Client, log, context.Ledger, context.Metrics, TimeProvider.System);
    }

    public ClusterEngine Engine { get; }

    public InProcessTestCluster Cluster => _cluster;

    public static async Task<ClusterBench> StartAsync(EngineBench bench, short silos = 2, int workers = 2, StoreUnderTest? store = null)
    {
        var log = store?.Log ?? bench.Log;
        var context = new TrialContext(ModelRegistry.Default, bench.Data, bench.Artifacts, store?.Ledger ?? bench.Ledger, store?.Metrics ?? bench.Metrics);
        var times = new ClusterTimes { Beat = TimeSpan.FromMilliseconds(200) };
        var builder = new InProcessTestClusterBuilder(silos);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((options, silo) => silo.Services.AddAtomSets(
            new DeviceOptions { Silo = options.SiloName, Workers = workers, Owner = $"{options.SiloName}-{Guid.NewGuid():N}" }, times, log, context));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new ClusterBench(cluster, log, context);
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
    }
}
