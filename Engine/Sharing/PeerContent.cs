using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace AtomSets.Engine;

/// <summary>
/// Content of the other machines of a cluster, over HTTP: <c>GET /artifacts/HASH</c> and <c>GET /sets/HASH</c>, the peers in turn until one has it. While a
/// peer does not answer and nobody else has it, they are asked again for a while: it may be restarting.
/// </summary>
public sealed class PeerContent : IContentSource, IDisposable
{
    const int BlockBytes = 1 << 17;

    static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(3), AnswerLimit = TimeSpan.FromMinutes(2), StallLimit = TimeSpan.FromSeconds(30), Pause = TimeSpan.FromSeconds(1);

    static readonly JsonSerializerOptions s_reading = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    readonly Func<CancellationToken, Task<PeerList>> _peers;
    readonly HttpClient _http;
    readonly TimeProvider _time;

    /// <param name="peers">Addresses of the others; asked each time that something is missing.</param>
    /// <param name="token">Sent to them; null where they ask for none.</param>
    /// <param name="time">The clock.</param>
    /// <param name="handler">Carries the requests; null for the network.</param>
    public PeerContent(Func<CancellationToken, Task<PeerList>> peers, string? token, TimeProvider time, HttpMessageHandler? handler = null)
    {
        (_peers, _time) = (peers, time);
        // No proxy of the environment stands between silos, and no redirect carries the token elsewhere.
        _http = new HttpClient(handler ?? new SocketsHttpHandler { ConnectTimeout = ConnectLimit, UseProxy = false, AllowAutoRedirect = false }) { Timeout = AnswerLimit };
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>How long peers that do not answer are waited for. Default: 15 seconds, in which a silo that died is known to have.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Hears why a peer could not give what it was asked for.</summary>
    public Action<string>? Missed { get; set; }

    public bool TryFetch(string hash, ArtifactStore store) => Wait(cancellation => AskAllAsync(async peer =>
    {
        if (store.Contains(hash)) return true;
        return await ReadAsync(peer, $"artifacts/{hash}", stream => store.Put(hash, stream), cancellation);
    }, cancellation));

    public bool TryFetchFiles(string hash, string folder) => Wait(cancellation => AskAllAsync(async peer =>
    {
        if (Directory.Exists(folder)) return true;
        var files = await ListAsync(peer, hash, cancellation);
        return files.Length > 0 && await FetchAllAsync(peer, files, folder, cancellation);
    }, cancellation));

    public IReadOnlyList<SharedFile> ListFiles(string hash)
    {
        SharedFile[] files = [];
        Wait(cancellation => AskAllAsync(async peer => (files = await ListAsync(peer, hash, cancellation)).Length > 0, cancellation));
        return files;
    }

    public void Dispose() => _http.Dispose();

    async Task<SharedFile[]> ListAsync(Uri peer, string hash, CancellationToken cancellation)
    {
        using var answer = await _http.GetAsync(new Uri(peer, $"sets/{hash}"), cancellation);
        if (answer.StatusCode == HttpStatusCode.NotFound) return [];
        answer.EnsureSuccessStatusCode();
        var files = await answer.Content.ReadFromJsonAsync<SharedFile[]>(s_reading, cancellation) ?? [];
        return Array.TrueForAll(files, file => file is { Bytes: >= 0 } && ArtifactStore.IsHash(file.Hash)) ? files : throw new JsonException("the files of a set have a name, a hash and a length each");
    }

    async Task<bool> FetchAllAsync(Uri peer, SharedFile[] files, string folder, CancellationToken cancellation)
    {
        var partial = $"{folder}.{Guid.NewGuid():n}.tmp";
        try
        {
            foreach (var file in files)
            {
                if (!IsBelow(partial, file.Place)) throw new ArtifactException($"\"{file.Place}\" is no place for a file of a data set");
                if (!await ReadAsync(peer, $"artifacts/{file.Hash}", stream => ArtifactStore.Write(Path.Combine(partial, file.Place), file.Hash, stream), cancellation)) return false;
            }
            try
            {
                Directory.Move(partial, folder);
            }
            catch (IOException) when (Directory.Exists(folder))
            {
                // Another worker was faster.
            }
            return true;
        }
        finally
        {
            if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        }
    }

    static bool IsBelow(string folder, string place) =>
        place.Length > 0 && !Path.IsPathRooted(place) && !place.Split('/', '\\').Any(part => part is "" or "." or "..")
        && Path.GetFullPath(Path.Combine(folder, place)).StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <returns>False where the peer has it not.</returns>
    async Task<bool> ReadAsync(Uri peer, string what, Action<Stream> keep, CancellationToken cancellation)
    {
        using var answer = await _http.GetAsync(new Uri(peer, what), HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (answer.StatusCode == HttpStatusCode.NotFound) return false;
        answer.EnsureSuccessStatusCode();
        await using var content = await answer.Content.ReadAsStreamAsync(cancellation);
        using var flowing = new FlowingStream(content, StallLimit, BlockBytes);
        keep(flowing);
        return true;
    }

    async Task<bool> AskAllAsync(Func<Uri, Task<bool>> ask, CancellationToken cancellation)
    {
        for (var began = _time.GetTimestamp(); ; await Task.Delay(Pause, _time, cancellation))
        {
            var peers = await _peers(cancellation);
            var isComplete = peers.IsComplete;
            foreach (var peer in peers.Addresses)
            {
                try
                {
                    if (await ask(peer)) return true;
                }
                catch (HttpRequestException e) when (e.StatusCode is HttpStatusCode.Unauthorized)
                {
                    Missed?.Invoke($"{peer} refuses this silo's token: give all silos the same ATOMSETS_TOKEN_FILE, or all silos of one machine none");
                }
                catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException or TimeoutException or JsonException)
                {
                    Missed?.Invoke($"{peer} did not give what it was asked for: {e.Message}");
                    isComplete = false;
                }
            }
            if (isComplete || _time.GetElapsedTime(began) >= Patience) return false;
        }
    }

    // The thread belongs to a trial, which cannot go on without.
    static bool Wait(Func<CancellationToken, Task<bool>> fetch) => Task.Run(() => fetch(CancellationToken.None)).GetAwaiter().GetResult();
}

/// <summary>Where the other machines answer.</summary>
/// <param name="IsComplete">False while some of them could not be asked where they do.</param>
public sealed record PeerList(IReadOnlyList<Uri> Addresses, bool IsComplete);
