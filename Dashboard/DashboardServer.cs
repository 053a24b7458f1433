using System.Net;
using System.Net.Sockets;
using AtomSets.Engine;
using AtomSets.Materials;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AtomSets.Dashboard;

/// <summary>Pages and API of one machine, listening.</summary>
public sealed class DashboardServer : IAsyncDisposable
{
    static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(2);

    readonly WebApplication _web;
    readonly DashboardApi _api;

    DashboardServer(WebApplication web, DashboardApi api, Uri address) => (_web, _api, Address) = (web, api, address);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Begins to listen.</summary>
    /// <param name="place">Port 0 takes a free one.</param>
    /// <param name="token">Null: for programs of this machine alone.</param>
    /// <exception cref="InputException">The place is beyond this machine and there is no token, or the port is taken.</exception>
    public static async Task<DashboardServer> StartAsync(DashboardSources sources, IPEndPoint place, AccessToken? token, CancellationToken cancellation)
    {
        if (token is null && !IPAddress.IsLoopback(place.Address))
            throw new InputException($"{place.Address} can be reached from other machines: give a token with --token or {AccessToken.Variable} (make one with: openssl rand -hex 32), or leave out --host");
        var builder = CreateBuilder(place);
        var api = new DashboardApi(sources);
        var web = builder.Build();
        try
        {
            api.Map(web, token);
            await web.StartAsync(cancellation);
        }
        catch (Exception e)
        {
            await web.DisposeAsync();
            await api.DisposeAsync();
            if (e is IOException { InnerException: SocketException or Microsoft.AspNetCore.Connections.AddressInUseException } or SocketException)
                throw new InputException($"port {place.Port} cannot be used ({e.Message.TrimEnd('.')}): name another with --port, or 0 for any that is free", e);
            throw;
        }
        var bound = new Uri(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return new DashboardServer(web, api, new Uri($"http://{new IPEndPoint(place.Address, bound.Port)}/"));
    }

    /// <summary>A web application with what <see cref="DashboardApi.Map"/> needs, that listens at one place.</summary>
    public static WebApplicationBuilder CreateBuilder(IPEndPoint place)
    {
        // Empty: no configuration, logging or address of its own from the environment.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = s_endLimit);
        DashboardApi.AddServices(builder.Services);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = DashboardApi.MostBodyBytes;
            kestrel.Listen(place, listen => listen.Protocols = HttpProtocols.Http1);
        });
        return builder;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        await _web.DisposeAsync();
    }
}
