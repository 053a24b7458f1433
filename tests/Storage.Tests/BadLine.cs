using System.Net.Sockets;

namespace AtomSets.Storage.Tests;

/// <summary>
/// A socket before a server's that passes everything on, but may cut the connection instead of passing every so many-th answer (the server has done what
/// it was asked to, and the client never hears of it), and may pass nothing more at all, as if the client stood still.
/// </summary>
sealed class BadLine : IAsyncDisposable
{
    const string SocketName = ".s.PGSQL.5432";

    readonly string _server;
    readonly int _every;
    readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    readonly CancellationTokenSource _closing = new();
    readonly Task _accepting;
    int _answers, _lost;
    long _passed, _most = long.MaxValue;

    /// <param name="server">Folder of the server's socket.</param>
    /// <param name="every">Each so many-th answer is lost.</param>
    public BadLine(string server, int every = int.MaxValue)
    {
        (_server, _every) = (server, every);
        Folder = Directory.CreateTempSubdirectory("atomsets-line-").FullName;
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(Folder, SocketName)));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>Host for clients.</summary>
    public string Folder { get; }

    /// <summary>How many answers were lost.</summary>
    public int Lost => _lost;

    /// <summary>Bytes that clients have sent.</summary>
    public long Passed => Interlocked.Read(ref _passed);

    /// <summary>Passes only so many more bytes of clients, and no answers from then on; connections stay open.</summary>
    public void StandStillAfter(long bytes) => Interlocked.Exchange(ref _most, Passed + bytes);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _closing.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    async Task AcceptAsync()
    {
        var calls = new List<Task>();
        try
        {
            while (true) calls.Add(PassAsync(await _listener.AcceptAsync(_closing.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(calls);
        }
    }

    async Task PassAsync(Socket client)
    {
        using var caller = client;
        using var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        try
        {
            await server.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_server, SocketName)), cut.Token);
            await Task.WhenAny(CopyAsync(client, server, Asked, cut.Token), CopyAsync(server, client, Answered, cut.Token));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The server does not run, or we close.
        }
        await cut.CancelAsync();
    }

    /// <summary>How many bytes of a client's are passed; null would cut the connection.</summary>
    int? Asked(int bytes)
    {
        var before = Interlocked.Add(ref _passed, bytes) - bytes;
        return (int)Math.Clamp(Interlocked.Read(ref _most) - before, 0, bytes);
    }

    /// <summary>As <see cref="Asked"/>, of the server's.</summary>
    int? Answered(int bytes)
    {
        if (Passed > Interlocked.Read(ref _most)) return 0;
        if (Interlocked.Increment(ref _answers) % _every != 0) return bytes;
        Interlocked.Increment(ref _lost);
        return null;
    }

    static async Task CopyAsync(Socket from, Socket to, Func<int, int?> passed, CancellationToken cancel)
    {
        try
        {
            var buffer = new byte[1 << 16];
            while (await from.ReceiveAsync(buffer, cancel) is var read and > 0)
            {
                if (passed(read) is not { } wanted) return;
                for (var sent = 0; sent < wanted;) sent += await to.SendAsync(buffer.AsMemory(sent, wanted - sent), cancel);
                if (wanted < read) await Task.Delay(Timeout.Infinite, cancel);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either end has gone.
        }
    }
}
