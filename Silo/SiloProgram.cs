using System.Net;
using AtomSets.Dashboard;
using AtomSets.Engine;
using AtomSets.Grains;
using AtomSets.Grains.Interfaces;
using AtomSets.Local;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Storage;
using AtomSets.Tensors;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace AtomSets.Silo;

/// <summary>Composes a silo: PostgreSQL for every row and for the membership, the program's folder for artifacts, devices with their threads.</summary>
static partial class SiloProgram
{
    static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(60);

    /// <summary>
    /// From 10.3 on Orleans lets the time of a probe drift between these two, and waits for as many of the longer as may be missed: 20 s. By name, since 10.2 does not know them.
    /// </summary>
    static readonly Dictionary<string, string?> FixedProbes = new(StringComparer.Ordinal) { ["MinProbeTimeout"] = "00:00:01", ["MaxProbeTimeout"] = "00:00:01" };

    /// <summary>Runs until SIGTERM or Ctrl-C; running trials then keep a checkpoint and go to other silos.</summary>
    public static async Task RunAsync(SiloSettings settings, TimeProvider time, CancellationToken cancellation)
    {
        using var telemetry = TelemetryExport.Start(Environment.GetEnvironmentVariable, "atomsets-silo");
        var device = ComputeDevice.Of(settings.Device);
        var token = AccessToken.Read(Environment.GetEnvironmentVariable);
        var locations = DataLocations.FromEnvironment();
        var artifacts = MachineEnvironment.OpenArtifacts(locations.Home, time);
        var interval = MachineEnvironment.CheckpointInterval();
        await using var database = await Database.OpenAsync(new DatabaseOptions(settings.Database, Console.Error.WriteLine), cancellation);
        var cluster = await ClusterTables.EnsureAsync(database, cancellation);
        var shelf = new DataShelf(locations, DataSetRegistry.Shared);
        using var data = new DataCache(new DataSetLoader(locations, DataSetRegistry.Shared), () => CpuKernels.Create()) { Shelf = shelf };
        var context = new TrialContext(ModelRegistry.Default, data, artifacts, new PostgresTrialLedger(database), new PostgresMetricSink(database))
        {
            Time = time, Kernels = device.Kernels, Numerics = device.Numerics,
        };
        if (interval is { } seconds) context = context with { CheckpointInterval = seconds };

        var builder = Host.CreateApplicationBuilder();
        var lines = new RecentLines(time);
        builder.Logging.ClearProviders().AddProvider(lines);
        builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", true));
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("AtomSets", LogLevel.Information).AddFilter("AtomSets.Grains.SiloService", LogLevel.Warning);
        builder.Services.AddSingleton(lines);
        // Before Orleans: it answers while the silo still joins, and until the last trial has kept its checkpoint.
        builder.Services.AddSingleton(services => new SiloWeb(new IPEndPoint(settings.Address, settings.HttpPort), token, new ContentEndpoint(artifacts, shelf), database, () => Pages(services, database, context, locations), services));
        builder.Services.AddHostedService(services => services.GetRequiredService<SiloWeb>());
        builder.Services.AddSingleton(database).AddHostedService<StopLimit>();
        builder.UseOrleans(silo => Configure(silo, settings, cluster, database.ConnectionString));
        builder.Services.AddSingleton(new ArtifactUse(database)).AddHostedService<Handover>();
        builder.Services.AddAtomSets(
            new DeviceOptions { Silo = settings.Name, Workers = settings.Workers, Owner = ProcessOwner.Current },
            new ClusterTimes(), new PostgresStudyLog(database), context);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownLimit);
        using var host = builder.Build();
        using var others = Others(host.Services, token, time);
        artifacts.Others = data.Others = others;
        try
        {
            await host.StartAsync(cancellation);
        }
        catch (Exception e)
        {
            try
            {
                // It may be a member already: it leaves as others do.
                await host.StopAsync(CancellationToken.None);
            }
            catch (Exception stop) when (stop is InvalidOperationException or AggregateException)
            {
                // Orleans has nothing to stop before it has begun.
            }
            if (PortTakenException.Find(e) is { } taken)
                throw new PortTakenException($"a port is taken ({taken.Message}): of --port {settings.Port}, --gateway-port {settings.GatewayPort} and --http-port {settings.HttpPort}; name others", e);
            throw;
        }
        await host.WaitForShutdownAsync(cancellation);
    }

    static DashboardSources Pages(IServiceProvider services, Database database, TrialContext context, DataLocations locations)
    {
        var studies = new SiloStudies(services, new PostgresStudyLog(database), context);
        return new DashboardSources(studies, context.Ledger, database, context.Artifacts)
        {
            Time = context.Time, Data = new DataSetLoader(locations, DataSetRegistry.Shared), OwnModels = locations.OwnModels, Silos = studies.SilosAsync, IsCluster = true,
        };
    }

    static PeerContent Others(IServiceProvider services, AccessToken? token, TimeProvider time)
    {
        var peers = services.GetRequiredService<SiloPeers>();
        var logger = services.GetRequiredService<ILogger<PeerContent>>();
        return new PeerContent(
            async _ =>
            {
                var (silos, isComplete) = await peers.OthersAsync();
                return new PeerList([.. silos.Select(silo => silo.Card.Http).OfType<string>().Select(http => new Uri(http))], isComplete);
            },
            token?.Text, time)
        {
            Missed = problem => Missed(logger, problem),
        };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem}")]
    private static partial void Missed(ILogger logger, string problem);

    static void Configure(ISiloBuilder silo, SiloSettings settings, string name, string database)
    {
        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (name, ClusterNames.Service));
        silo.Configure<SiloOptions>(options => options.SiloName = settings.Name);
        silo.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (ClusterNames.Database, database));
        silo.ConfigureEndpoints(settings.Address, settings.Port, settings.GatewayPort, listenOnAnyHostAddress: !IPAddress.IsLoopback(settings.Address));
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            // Five probes of a second, all missed: a silo whose cores all train is not taken for dead, one that is gone or stands still is known after five to six.
            membership.ProbeTimeout = TimeSpan.FromSeconds(1);
            membership.NumMissedProbesLimit = 5;
            // The last probe through a third silo has the same time limit there as here, so that its answer comes too late: again and again, for 15 to 20 s.
            membership.EnableIndirectProbes = false;
            // One that was given up while it stood still or was cut off learns it here, and ends: until then its workers are lost to the cluster.
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            // After a crash of the whole cluster its rows are stale after three of these, and do not hold up the next start.
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        });
        silo.Configure<ClusterMembershipOptions>(new ConfigurationBuilder().AddInMemoryCollection(FixedProbes).Build());
    }
}
