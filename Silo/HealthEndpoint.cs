using System.Net;
using AtomSets.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace AtomSets.Silo;

/// <summary>
/// Says over HTTP how the silo is, for whoever starts and replaces silos: <c>/healthz</c> is 200 unless the cluster has given it up, <c>/readyz</c> is 200
/// while it is an active member and reaches the database, each else 503. One word of answer, nothing else: it needs no token.
/// </summary>
/// <param name="place">Where it listens.</param>
/// <param name="database">That the silo needs.</param>
/// <param name="silo">Services of the silo, asked only when a request comes.</param>
sealed class HealthEndpoint(IPEndPoint place, Database database, IServiceProvider silo) : IHostedService
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    WebApplication? _web;

    SiloStatus Status => silo.GetRequiredService<ISiloStatusOracle>().CurrentStatus;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Empty: no configuration, logging or address of its own from the environment.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(place));
        _web = builder.Build();
        _web.Run(AnswerAsync);
        await _web.StartAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_web is { } web) await web.DisposeAsync();
    }

    async Task AnswerAsync(HttpContext request)
    {
        var isGood = request.Request.Path.Value switch
        {
            "/healthz" => Status != SiloStatus.Dead,
            "/readyz" => Status == SiloStatus.Active && await AnswersAsync(request.RequestAborted),
            _ => (bool?)null,
        };
        request.Response.StatusCode = isGood switch { true => StatusCodes.Status200OK, false => StatusCodes.Status503ServiceUnavailable, null => StatusCodes.Status404NotFound };
        await request.Response.WriteAsync(isGood switch { true => "ok", false => "not ready", null => "unknown" }, request.RequestAborted);
    }

    async Task<bool> AnswersAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            await using var command = database.Source.CreateCommand("SELECT 1");
            await command.ExecuteScalarAsync(limit.Token);
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            return false;
        }
    }
}
