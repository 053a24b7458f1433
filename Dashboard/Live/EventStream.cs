using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AtomSets.Dashboard;

/// <summary>Server-sent events to one listener. An event's id stands for the state that its listener knows after it, so that a listener that comes again is told only what is new.</summary>
sealed class EventStream : IAsyncDisposable
{
    /// <summary>A parameter with the id of the newest event that is known, for those that cannot send the header.</summary>
    public const string LastEvent = "lastEventId";

    static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(15);

    readonly HttpResponse _response;
    readonly SemaphoreSlim _turn = new(1);
    readonly CancellationTokenSource _end;
    readonly string[] _states;
    readonly Task _life;

    EventStream(HttpContext http, int parts, TimeProvider time)
    {
        _response = http.Response;
        _end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var known = (http.Request.Headers["Last-Event-ID"] is [{ Length: > 0 } id, ..] ? id : (string?)http.Request.Query[LastEvent])?.Split('.') ?? [];
        // It comes back in our own ids.
        _states = known.Length == parts && known.All(state => state.All(char.IsAsciiLetterOrDigit)) ? known : [.. Enumerable.Repeat("", parts)];
        _life = LiveAsync(time);
    }

    /// <param name="parts">Kinds of state that the stream tells of.</param>
    public static async Task<EventStream> OpenAsync(HttpContext http, int parts, TimeProvider time)
    {
        http.Response.ContentType = ApiRoute.EventStream;
        http.Response.Headers.CacheControl = "no-store";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await http.Response.WriteAsync("retry: 2000\n\n", http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        return new EventStream(http, parts, time);
    }

    /// <summary>What a state is called in ids.</summary>
    public static string NameOf<T>(T state) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(state, ApiJson.Options)))[..12];

    /// <summary>Tells of a state, unless the listener knows it.</summary>
    /// <param name="part">Which kind.</param>
    /// <param name="state">Its name.</param>
    /// <param name="isNews">False to tell it in any case.</param>
    public async Task TellAsync<T>(int part, string state, string name, T data, bool isNews = true)
    {
        if (isNews && _states[part] == state) return;
        _states[part] = state;
        await WriteAsync($"id: {string.Join('.', _states)}\nevent: {name}\ndata: {JsonSerializer.Serialize(data, ApiJson.Options)}\n\n");
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _life;
        _end.Dispose();
        _turn.Dispose();
    }

    async Task LiveAsync(TimeProvider time)
    {
        try
        {
            while (true)
            {
                await Task.Delay(SignOfLife, time, _end.Token);
                await WriteAsync(":\n\n");
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The listener has gone, or all is told.
        }
    }

    async Task WriteAsync(string text)
    {
        await _turn.WaitAsync(_end.Token);
        try
        {
            await _response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), _end.Token);
            await _response.Body.FlushAsync(_end.Token);
        }
        finally
        {
            _turn.Release();
        }
    }
}
