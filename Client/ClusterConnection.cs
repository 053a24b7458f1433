using System.Net.Sockets;
using AtomSets.Grains.Interfaces;
using AtomSets.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Messaging;

namespace AtomSets.Client;

/// <summary>A connection to the cluster whose membership table lies in a database.</summary>
sealed class ClusterConnection : IAsyncDisposable
{
    static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1), ProbeLimit = TimeSpan.FromSeconds(3);

    readonly IHost _host;

    ClusterConnection(IHost host) => _host = host;

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Whether any silo that the table knows can be reached.</summary>
    public Task<bool> IsServedAsync(CancellationToken cancellation) => IsServedAsync(_host, cancellation);

    /// <exception cref="NoSiloException">No silo serves the database.</exception>
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
            // Orleans itself tries for minutes to reach silos that died without a word.
            await host.Services.GetRequiredService<IGatewayListProvider>().InitializeGatewayListProvider();
            if (!await IsServedAsync(host, cancellation)) throw new IOException("none can be reached");
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(StartLimit);
            await host.StartAsync(limit.Token);
            return new ClusterConnection(host);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            host.Dispose();
            throw new NoSiloException($"no silo serves the database {database.Description}: {e.Message.TrimEnd('.')}. Start some: atomsets cluster up --silos 2", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    static async Task<bool> IsServedAsync(IHost host, CancellationToken cancellation)
    {
        var gateways = await host.Services.GetRequiredService<IGatewayListProvider>().GetGateways();
        var answers = await Task.WhenAll(gateways.Select(gateway => AcceptsAsync(gateway, cancellation)));
        return answers.Any(accepts => accepts);
    }

    static async Task<bool> AcceptsAsync(Uri gateway, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ProbeLimit);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(gateway.Host, gateway.Port, limit.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException || e is OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
