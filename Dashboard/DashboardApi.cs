using System.Text.Json.Nodes;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AtomSets.Dashboard;

/// <summary>The HTTP API and the pages: the same in <c>atomsets ui</c> and in every silo.</summary>
public sealed class DashboardApi : IAsyncDisposable
{
    /// <summary>Bytes of a request's body at most.</summary>
    public const int MostBodyBytes = 1 << 20;

    static readonly TimeSpan s_databasePatience = TimeSpan.FromSeconds(2);

    readonly DashboardSources _sources;
    readonly StudyWatches _watches;
    readonly ModelQuestions _models;
    readonly PageAssets _pages = new();
    readonly MetricsPage _metrics = new();

    /// <summary>Makes the answers; nothing is read before the first request.</summary>
    public DashboardApi(DashboardSources sources)
    {
        _sources = sources;
        _watches = new StudyWatches(sources.Studies, sources.Time);
        var studies = new StudyCatalog(sources.Studies, sources.Time);
        var rows = new ResultRows(sources.Database);
        var desk = new DataDesk(sources.Data);
        _models = new ModelQuestions(sources);
        var workers = new WorkerBoard(studies, _watches, new DeviceQueries(sources.Database), sources.Silos);
        Routes =
        [
            ApiRoute.Get("/info", "The program and its database.", _ => Task.FromResult(Info())),
            .. new StudyQuestions(sources, studies, _watches).Routes,
            .. new ResultQuestions(sources, studies, _watches, rows).Routes,
            .. new MaterialQuestions(sources, studies, desk).Routes,
            .. new DataQuestions(desk).Routes,
            .. _models.Routes,
            .. new LiveEvents(studies, _watches, workers, sources.Time).Routes,
            .. workers.Routes,
        ];
    }

    /// <summary>Every operation, behind <see cref="ApiRoute.Prefix"/>.</summary>
    internal IReadOnlyList<ApiRoute> Routes { get; }

    /// <summary>The program's version.</summary>
    public static string Version => ProgramVersion.Number;

    /// <summary>Services that <see cref="Map"/> needs.</summary>
    public static void AddServices(IServiceCollection services)
    {
        services.AddRoutingCore();
        services.AddResponseCompression(compression =>
        {
            compression.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "application/problem+json", "image/svg+xml"];
            // Over HTTPS compression could tell an attacker parts of secrets; ours answers hold none.
            compression.EnableForHttps = true;
        });
    }

    /// <summary>Serves API and pages.</summary>
    /// <param name="app">Has <see cref="AddServices"/>' services.</param>
    /// <param name="token">Who may ask; null: programs of this machine.</param>
    /// <param name="isReady">Whether the process can work, beyond reaching its database; null: always.</param>
    public void Map(WebApplication app, AccessToken? token, Func<CancellationToken, Task<bool>>? isReady = null)
    {
        var guard = new AccessGuard(token);
        app.Use(async (http, next) =>
        {
            http.Response.Headers.XContentTypeOptions = "nosniff";
            if (http.Request.Path.Value is "/healthz" or "/readyz" || await guard.AdmitAsync(http)) await next(http);
        });
        app.UseResponseCompression();
        app.UseRouting();
        app.MapGet("/healthz", http => SayAsync(http, isGood: true));
        app.MapGet("/readyz", async http => await SayAsync(http, await _sources.Database.AnswersAsync(s_databasePatience, http.RequestAborted) && (isReady is null || await isReady(http.RequestAborted))));
        app.MapGet(MetricsPage.Path, _metrics.ServeAsync);
        app.MapGet("/api/openapi.json", http => http.Response.WriteAsJsonAsync(Description(), http.RequestAborted));
        foreach (var route in Routes) app.MapMethods(ApiRoute.Prefix + route.Path, [route.Method], route.ServeAsync);
        app.MapFallback("{**path}", _pages.ServeAsync);
    }

    /// <summary>Whether the program was built with its pages.</summary>
    public bool HasPages => _pages.Exist;

    /// <summary>A study in one HTML file that opens from disk.</summary>
    /// <exception cref="AtomSets.Studies.StudyNotFoundException"/>
    public Task<string> ReportAsync(string study, CancellationToken cancellation) => new StudyReport(Routes, _pages).WriteAsync(study, _sources.Time.GetUtcNow(), cancellation);

    /// <summary>OpenAPI description of every operation.</summary>
    public JsonObject Description() => OpenApi.Describe(Routes, Version);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _watches.DisposeAsync();
        _models.Dispose();
        _metrics.Dispose();
    }

    InfoAnswer Info() => new("AtomSets Cluster", Version, _sources.Database.Description, _sources.IsCluster, _pages.Exist, _sources.Time.GetUtcNow());

    static Task SayAsync(HttpContext http, bool isGood)
    {
        http.Response.StatusCode = isGood ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return http.Response.WriteAsync(isGood ? "ok" : "not ready", http.RequestAborted);
    }
}

/// <param name="Cluster">Whether studies run in a cluster.</param>
/// <param name="Pages">Whether the program was built with its pages.</param>
sealed record InfoAnswer(string Product, string Version, string Database, bool Cluster, bool Pages, DateTimeOffset Time);
