using System.Net;
using AtomSets.Dashboard;
using AtomSets.Engine;
using AtomSets.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AtomSets.Silo;

/// <summary>
/// What a silo says over HTTP. How it is, for whoever starts and replaces silos: <c>/healthz</c> is 200 unless the cluster has given it up, <c>/readyz</c> is
/// 200 while it is an active member and reaches the database, each else 503; one word of answer, no token. All else needs the token; where there is none, it is for
/// programs of this machine alone: artifacts and data are <see cref="ContentEndpoint"/>'s, the rest is the pages and the API, as <c>atomsets ui</c> has them.
/// </summary>
/// <param name="place">Where it listens; port 0 takes a free one.</param>
/// <param name="token">Null for none.</param>
/// <param name="content">Artifacts and data.</param>
/// <param name="database">That the silo needs.</param>
/// <param name="pages">Makes what the pages and the API read, when the silo starts.</param>
/// <param name="silo">Services of the silo, asked only when a request comes.</param>
sealed class SiloWeb(IPEndPoint place, AccessToken? token, ContentEndpoint content, Database database, Func<DashboardSources> pages, IServiceProvider silo) : IHostedService
{
    WebApplication? _web;
    DashboardApi? _api;

    SiloStatus Status => silo.GetRequiredService<ISiloStatusOracle>().CurrentStatus;

    /// <summary>Where other silos ask for content; null where nobody but this machine's programs may, and they would have to come from outside.</summary>
    public string? Address { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _api = new DashboardApi(pages());
        _web = DashboardServer.CreateBuilder(place).Build();
        _web.Use(AnswerAsync);
        _api.Map(_web, token);
        await _web.StartAsync(cancellationToken);
        if (token is null && !IPAddress.IsLoopback(place.Address)) return;
        var bound = new Uri(_web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Address = $"http://{new IPEndPoint(place.Address, bound.Port)}/";
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_api is { } api) await api.DisposeAsync();
        if (_web is { } web) await web.DisposeAsync();
    }

    async Task AnswerAsync(HttpContext request, RequestDelegate next)
    {
        switch (request.Request.Path.Value)
        {
            case "/healthz":
                await SayAsync(request, Status != SiloStatus.Dead);
                break;
            case "/readyz":
                await SayAsync(request, Status == SiloStatus.Active && await database.AnswersAsync(StopLimit.Patience, request.RequestAborted));
                break;
            case { } path when !ContentEndpoint.IsFor(path):
                await next(request);
                break;
            default:
                if (IsAdmitted(request)) await content.AnswerAsync(request);
                else
                {
                    request.Response.Headers.WWWAuthenticate = "Bearer";
                    request.Response.StatusCode = StatusCodes.Status401Unauthorized;
                    await request.Response.WriteAsync("a token is needed", request.RequestAborted);
                }
                break;
        }
    }

    bool IsAdmitted(HttpContext request) => token is { } secret
        ? secret.Admits(request.Request.Headers.Authorization)
        : LocalRequest.IsFromThisMachine(request) && LocalRequest.NamesThisMachine(request);

    static async Task SayAsync(HttpContext request, bool isGood)
    {
        request.Response.StatusCode = isGood ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await request.Response.WriteAsync(isGood ? "ok" : "not ready", request.RequestAborted);
    }
}
