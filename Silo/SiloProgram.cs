using System.Net;
using AtomSets.Engine;
using AtomSets.Grains;
using AtomSets.Grains.Interfaces;
using AtomSets.Local;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Storage;
using AtomSets.Tensors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace AtomSets.Silo;

/// <summary>Composes a silo: PostgreSQL for every row and for the membership, the program's folder for artifacts, devices with their threads.</summary>
static class SiloProgram
{
    static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(60);

    /// <summary>Runs until SIGTERM or Ctrl-C; running trials then keep a checkpoint and go to other silos.</summary>
    public static async Task RunAsync(SiloSettings settings, TimeProvider time, CancellationToken cancellation)
    {
        var device = ComputeDevice.Of(settings.Device);
        var locations = DataLocations.FromEnvironment();
        var artifacts = MachineEnvironment.OpenArtifacts(locations.Home, time);
        var interval = MachineEnvironment.CheckpointInterval();
        await using var database = await Database.OpenAsync(new DatabaseOptions(settings.Database, Console.Error.WriteLine), cancellation);
        var cluster = await ClusterTables.EnsureAsync(database, cancellation);
        using var data = new DataCache(new DataSetLoader(locations, DataSetRegistry.Shared), () => CpuKernels.Create());
        var context = new TrialContext(ModelRegistry.Default, data, artifacts, new PostgresTrialLedger(database), new PostgresMetricSink(database))
        {
            Time = time, Kernels = device.Kernels, Numerics = device.Numerics,
        };
        if (interval is { } seconds) context = context with { CheckpointInterval = seconds };

        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", true));
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("AtomSets", LogLevel.Information);
        // Before Orleans: it answers while the silo still joins, and until the last trial has kept its checkpoint.
        if (settings.HealthPort is { } health) builder.Services.AddHostedService(services => new HealthEndpoint(new IPEndPoint(settings.Address, health), database, services));
        builder.UseOrleans(silo => Configure(silo, settings, cluster, database.ConnectionString));
        builder.Services.AddAtomSets(
            new DeviceOptions { Silo = settings.Name, Workers = settings.Workers, Owner = ProcessOwner.Current },
            new ClusterTimes(), new PostgresStudyLog(database), context);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownLimit);
        using var host = builder.Build();
        await host.RunAsync(cancellation);
    }

    static void Configure(ISiloBuilder silo, SiloSettings settings, string name, string database)
    {
        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (name, ClusterNames.Service));
        silo.Configure<SiloOptions>(options => options.SiloName = settings.Name);
        silo.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (ClusterNames.Database, database));
        silo.ConfigureEndpoints(settings.Address, settings.Port, settings.GatewayPort, listenOnAnyHostAddress: !IPAddress.IsLoopback(settings.Address));
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            // Three probes of two seconds: a silo whose cores all train is not taken for dead, a dead one is known after some six.
            membership.ProbeTimeout = TimeSpan.FromSeconds(2);
            membership.NumMissedProbesLimit = 3;
            // After a crash of the whole cluster its rows are stale after three of these, and do not hold up the next start.
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        });
    }
}
