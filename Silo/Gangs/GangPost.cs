using System.Collections.Concurrent;
using AtomSets.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace AtomSets.Silo;

/// <summary>The gangs that this silo takes part in, and those that it did: messages find their gang here. Safe for concurrent use.</summary>
sealed partial class GangPost(IGrainFactory grains, TimeProvider time, ILogger<GangPost> logger)
{
    const int Remembered = 1000;

    readonly ConcurrentDictionary<(Guid Pool, long Ticket), GangLink> _links = new();
    readonly ConcurrentDictionary<(Guid Pool, long Ticket), bool> _past = new();
    readonly ConcurrentQueue<(Guid Pool, long Ticket)> _order = new();
    long _stale;

    /// <summary>Messages that came for gangs that had ended.</summary>
    public long Stale => Interlocked.Read(ref _stale);

    /// <param name="order">Of a gang of several silos.</param>
    /// <param name="self">This silo's place in it.</param>
    public GangLink Open(OrderWire order, int self)
    {
        var link = new GangLink(order, self, grains, time);
        _links[link.Ticket] = link;
        return link;
    }

    public PieceAnswer Put(PieceWire piece)
    {
        var ticket = (piece.Pool, piece.Ticket);
        if (_links.TryGetValue(ticket, out var link))
        {
            link.Put(piece);
            return PieceAnswer.Taken;
        }
        if (!_past.ContainsKey(ticket)) return PieceAnswer.NotYet;
        Interlocked.Increment(ref _stale);
        CameLate(logger, piece.Ticket, piece.From, piece.Step, piece.Stage, piece.Part);
        return PieceAnswer.Stale;
    }

    /// <summary>Waits for what is under way; what comes from now on is out of date.</summary>
    public async Task CloseAsync(GangLink link, TimeSpan patience)
    {
        await link.CloseAsync(patience);
        _past[link.Ticket] = true;
        _links.TryRemove(link.Ticket, out _);
        _order.Enqueue(link.Ticket);
        if (_order.Count > Remembered && _order.TryDequeue(out var oldest)) _past.TryRemove(oldest, out _);
        link.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "A message for an attempt that has ended (ticket {Ticket}, from {From}, step {Step}, stage {Stage}, part {Part}) was not taken")]
    private static partial void CameLate(ILogger logger, long ticket, int from, long step, int stage, int part);
}
