using System.Net.Sockets;

namespace AtomSets.Storage.Tests;

/// <summary>
/// A socket before a server's that passes everything on, but cuts the connection instead of passing every so many-th answer: the server has done what
/// it was asked to, and the client never hears of it.
/// </summary>
sealed class LossyLine : IAsyncDisposable
{
    const string SocketName = ".s.PGSQL.5432";

    readonly string _server;
    readonly int _every;
    readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    readonly CancellationTokenSource _closing = new();
    readonly Task _accepting;
    int _answers, _lost;

    /// <param name="server">Folder of the server's socket.</param>
    /// <param name="every">Each so many-th answer is lost.</param>
    public LossyLine(string server, int every)
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
            await Task.WhenAny(CopyAsync(client, server, () => false, cut.Token), CopyAsync(server, client, Loses, cut.Token));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The server does not run, or we close.
        }
        await cut.CancelAsync();
    }

    bool Loses()
    {
        if (Interlocked.Increment(ref _answers) % _every != 0) return false;
        Interlocked.Increment(ref _lost);
        return true;
    }

    static async Task CopyAsync(Socket from, Socket to, Func<bool> loses, CancellationToken cancel)
    {
        try
        {
            var buffer = new byte[1 << 16];
            while (await from.ReceiveAsync(buffer, cancel) is var read and > 0)
            {
                if (loses()) return;
                for (var sent = 0; sent < read;) sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), cancel);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either end has gone.
        }
    }
}
