using AtomSets.Grains.Interfaces;
using AtomSets.Materials;
using AtomSets.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace AtomSets.Client;

/// <summary>A connection to the cluster whose membership table lies in a database.</summary>
sealed class ClusterConnection : IAsyncDisposable
{
    readonly IHost _host;

    ClusterConnection(IHost host) => _host = host;

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <exception cref="InputException">No silo serves the database.</exception>
    public static async Task<ClusterConnection> OpenAsync(Database database, CancellationToken cancellation)
    {
        var name = await ClusterTables.EnsureAsync(database, cancellation);
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (name, ClusterNames.Service));
            client.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (ClusterNames.Database, database.ConnectionString));
            client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = TimeSpan.FromSeconds(2));
        });
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellation);
            return new ClusterConnection(host);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            host.Dispose();
            throw new InputException($"no silo serves the database {database.Description}: {e.Message.TrimEnd('.')}. Start some: atomsets cluster up --silos 2", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
