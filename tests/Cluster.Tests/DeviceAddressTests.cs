using AtomSets.Core.Tests.Engine;
using AtomSets.Grains.Interfaces;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;
using Orleans.TestingHost;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>A silo that dies may take the addresses of other silos' devices with it: a call then brings the grain up where the caller is.</summary>
public sealed class DeviceAddressTests
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_device_whose_address_was_lost_is_found_again()
    {
        using var bench = new EngineBench();
        await using var cluster = await ClusterBench.StartAsync(bench, silos: 2, workers: 1);
        using var patience = new CancellationTokenSource(Patience);
        SiloWire[] silos;
        while ((silos = await cluster.Cluster.Client.GetGrain<IWorkerPoolGrain>(0).SilosAsync()).Length < 2) await Task.Delay(20, patience.Token);
        foreach (var caller in cluster.Cluster.Silos.Cast<InProcessSiloHandle>())
        {
            var elsewhere = silos.Single(silo => silo.Silo != caller.Name).Workers.Single().Worker;
            var device = caller.ServiceProvider.GetRequiredService<IGrainFactory>().GetGrain<IGpuWorkerGrain>(elsewhere);
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(OrderAnswer.Taken, await AnswerAsync(device, patience.Token));
                await device.AsReference<IGrainManagementExtension>().DeactivateOnIdle();
                // The first to call it now is another silo than the device's.
            }
        }
    }

    /// <summary>The first that is not a refusal, or the last within the patience.</summary>
    static async Task<OrderAnswer> AnswerAsync(IGpuWorkerGrain device, CancellationToken patience)
    {
        OrderAnswer answer;
        while ((answer = await device.RevokeAsync(Guid.Empty, 0)) != OrderAnswer.Taken && !patience.IsCancellationRequested) await Task.Delay(20, CancellationToken.None);
        return answer;
    }
}
