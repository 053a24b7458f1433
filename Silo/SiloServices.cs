using AtomSets.Engine;
using AtomSets.Grains;
using AtomSets.Studies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AtomSets.Silo;

/// <summary>What a silo has beside Orleans itself; the same in the program and in tests.</summary>
public static class SiloServices
{
    public static IServiceCollection AddAtomSets(
        this IServiceCollection services, DeviceOptions devices, ClusterTimes cluster, IStudyLog log, TrialContext context)
    {
        // A sharded trial is spread over as many workers as are free, of any silo.
        cluster = cluster with { Pool = cluster.Pool with { MaxGang = int.MaxValue, ShardsOf = TrialRunner.ShardsOf } };
        services.AddSingleton(devices).AddSingleton(cluster).AddSingleton(log).AddSingleton(context).AddSingleton(context.Ledger).AddSingleton(context.Time);
        services.AddPlacementDirector<DevicePlacement, DevicePlacementDirector>();
        services.AddSingleton<IStudyFileResolver, FileResolver>().AddSingleton<StudyIntake>();
        services.AddSingleton<SiloPeers>().AddGrainService<SiloService>();
        services.AddSingleton<ISiloHost>(provider => new SiloHost(
            devices.Silo, context, provider.GetRequiredService<IHostApplicationLifetime>(), provider.GetService<RecentLines>(), () => provider.GetService<SiloWeb>()?.Address));
        services.AddHostedService<NumericsCheck>();
        services.AddSingleton<DeviceService>().AddSingleton<IDeviceHost>(provider => provider.GetRequiredService<DeviceService>());
        services.AddHostedService(provider => provider.GetRequiredService<DeviceService>());
        return services.AddHostedService<StudyKeeper>();
    }
}
