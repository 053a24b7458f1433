using System.Text.Json;
using AtomSets.Materials;
using Microsoft.AspNetCore.Http;

namespace AtomSets.Dashboard;

/// <summary>One operation of the API: what serves it, and what describes it.</summary>
/// <param name="Path">Behind <c>/api/v1</c>, with its parameters in braces.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Answer">Type of the answer.</param>
/// <param name="HandleAsync">Gives the answer; null where it has written it itself.</param>
sealed record ApiRoute(string Method, string Path, string Summary, Type Answer, Func<ApiRequest, Task<object?>> HandleAsync)
{
    public const string Prefix = "/api/v1";

    public const string EventStream = "text/event-stream";

    static readonly ApiParameter s_lastEvent = ApiParameter.Text(AtomSets.Dashboard.EventStream.LastEvent, "Id of the newest event that is known, as the header Last-Event-ID: only what is new is told.");

    public IReadOnlyList<ApiParameter> Parameters { get; init; } = [];

    /// <summary>Type of the request's body; null where there is none.</summary>
    public Type? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    /// <summary>A question.</summary>
    public static ApiRoute Get<T>(string path, string summary, Func<ApiRequest, Task<T>> handle, params IEnumerable<ApiParameter> parameters) =>
        new(HttpMethods.Get, path, summary, typeof(T), async request => await handle(request)) { Parameters = [.. parameters] };

    /// <summary>A stream of events.</summary>
    public static ApiRoute Events(string path, string summary, Func<ApiRequest, Task> handle, params IEnumerable<ApiParameter> parameters) =>
        new(HttpMethods.Get, path, summary, typeof(string), async request =>
        {
            await handle(request);
            return null;
        }) { Parameters = [.. parameters, s_lastEvent], ContentType = EventStream };

    /// <summary>A request that changes or computes something.</summary>
    public static ApiRoute Post<TBody, T>(string path, string summary, Func<ApiRequest, TBody, Task<T>> handle) =>
        new(HttpMethods.Post, path, summary, typeof(T), async request => await handle(request, await request.BodyAsync<TBody>())) { Body = typeof(TBody) };

    /// <summary>What is not a parameter would be passed over in silence.</summary>
    void RequireKnown(IEnumerable<string> names)
    {
        if (names.FirstOrDefault(name => !Parameters.Any(parameter => parameter.Name == name)) is { } unknown)
            throw ApiException.BadRequest($"there is no parameter '{unknown}' here{(Parameters.Count == 0 ? "" : $"; {NearestName.Advice(unknown, Parameters.Select(parameter => parameter.Name))}")}");
    }

    /// <summary>Answers over HTTP.</summary>
    public async Task ServeAsync(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        try
        {
            RequireKnown(http.Request.Query.Keys);
            // (In a path the server refuses it itself.)
            if (http.Request.Query.SelectMany(pair => pair.Value).Any(text => text?.Contains('\0', StringComparison.Ordinal) == true))
                throw ApiException.BadRequest("a parameter holds the character U+0000, which nothing here does");
            if (await HandleAsync(ApiRequest.Of(http)) is not { } answer) return;
            http.Response.ContentType = "application/json; charset=utf-8";
            await JsonSerializer.SerializeAsync(http.Response.Body, answer, Answer, ApiJson.Options, http.RequestAborted);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked has gone.
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            await ApiProblem.WriteAsync(http, exception);
        }
    }
}
