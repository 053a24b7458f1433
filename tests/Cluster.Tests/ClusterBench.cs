using AtomSets.Client;
using AtomSets.Core.Tests.Engine;
using AtomSets.Engine;
using AtomSets.Grains;
using AtomSets.Models;
using AtomSets.Silo;
using Orleans.TestingHost;

namespace AtomSets.Cluster.Tests;

/// <summary>Silos in this process over the stores and the folder of an <see cref="EngineBench"/>, each with two workers.</summary>
sealed class ClusterBench : IAsyncDisposable
{
    readonly InProcessTestCluster _cluster;

    ClusterBench(InProcessTestCluster cluster, EngineBench bench)
    {
        _cluster = cluster;
        Engine = new ClusterEngine(cluster.Client, bench.Log, bench.Ledger, bench.Metrics, TimeProvider.System);
    }

    public ClusterEngine Engine { get; }

    public InProcessTestCluster Cluster => _cluster;

    public static async Task<ClusterBench> StartAsync(EngineBench bench, short silos = 2, int workers = 2)
    {
        var context = new TrialContext(ModelRegistry.Default, bench.Data, bench.Artifacts, bench.Ledger, bench.Metrics);
        var times = new ClusterTimes { Beat = TimeSpan.FromMilliseconds(200) };
        var builder = new InProcessTestClusterBuilder(silos);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((options, silo) => silo.Services.AddAtomSets(
            new DeviceOptions { Silo = options.SiloName, Workers = workers, Owner = $"{options.SiloName}-{Guid.NewGuid():N}" }, times, bench.Log, context));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new ClusterBench(cluster, bench);
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
    }
}
