using System.Collections.Immutable;
using AtomSets.Grains.Interfaces;
using AtomSets.Studies;

namespace AtomSets.Silo;

/// <summary>This silo's end of a gang: messages of the others wait here for the training thread, its own go to the grains of the others until these have them.</summary>
sealed class GangLink : IGangLink, IDisposable
{
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10), LongestPause = TimeSpan.FromSeconds(1);

    readonly OrderWire _order;
    readonly IGpuWorkerGrain[] _members;
    readonly TimeProvider _time;
    readonly CancellationTokenSource _closing = new();
    readonly object _gate = new();
    readonly Dictionary<(int From, GangPlace Place), byte[]> _pieces = [];
    readonly HashSet<(int From, GangPlace Place)> _taken = [];
    (int From, GangPlace Place)? _awaited;
    TaskCompletionSource? _delivered;
    long _step = -1;
    int _underWay;
    Task? _ending;
    bool _othersHaveEnded;

    public GangLink(OrderWire order, int self, IGrainFactory grains, TimeProvider time)
    {
        (_order, Self, _time) = (order, self, time);
        Workers = [.. order.Gang.Select(member => member.Workers.Length)];
        _members = [.. order.Gang.Select(member => grains.GetGrain<IGpuWorkerGrain>(member.Workers[0]))];
    }

    public ImmutableArray<int> Workers { get; }

    public int Self { get; }

    public string? Problem { get; private set; }

    public (Guid Pool, long Ticket) Ticket => (_order.Pool, _order.Ticket);

    public void Send(int to, GangPlace place, byte[] payload)
    {
        lock (_gate) _underWay++;
        _ = DeliverAsync(_members[to], new PieceWire(_order.Pool, _order.Ticket, Self, place.Step, (int)place.Stage, place.Part, payload));
    }

    public byte[] Receive(int from, GangPlace place, CancellationToken cancellation)
    {
        using var registration = cancellation.UnsafeRegister(link => ((GangLink)link!).Wake(), this);
        lock (_gate)
        {
            if (place.Step > _step)
            {
                // The training has passed what lay before: all of it was taken.
                _step = place.Step;
                _taken.RemoveWhere(name => name.Place.Step < _step);
            }
            while (true)
            {
                if (_pieces.Remove((from, place), out var payload))
                {
                    _taken.Add((from, place));
                    _awaited = null;
                    return payload;
                }
                if (_othersHaveEnded) throw new GangEndedException(Problem);
                cancellation.ThrowIfCancellationRequested();
                _awaited = (from, place);
                Monitor.Wait(_gate);
            }
        }
    }

    public void End(string? problem)
    {
        lock (_gate) _ending ??= EndAsync(problem ?? "");
    }

    /// <summary>A message of another silo has come.</summary>
    public void Put(PieceWire piece)
    {
        var name = (piece.From, Place: new GangPlace(piece.Step, (GangStage)piece.Stage, piece.Part));
        lock (_gate)
        {
            if (name.Place.Stage == GangStage.End)
            {
                Problem ??= piece.Payload is [] ? null : System.Text.Encoding.UTF8.GetString(piece.Payload);
                _othersHaveEnded = true;
                Monitor.PulseAll(_gate);
            }
            else if (name.Place.Step >= _step && !_taken.Contains(name) && _pieces.TryAdd(name, piece.Payload) && _awaited == name)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits until all that was sent is there, but not for long: a silo that died takes nothing more.</summary>
    public async Task CloseAsync(TimeSpan patience)
    {
        try
        {
            await AllSentAsync().WaitAsync(patience, _time);
        }
        catch (TimeoutException)
        {
            // Whoever has not got it is told by the pool.
        }
        await _closing.CancelAsync();
    }

    public void Dispose() => _closing.Dispose();

    void Wake()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }

    async Task EndAsync(string problem)
    {
        // Who waits for what was sent before shall have it.
        await DeliveredAsync();
        var payload = System.Text.Encoding.UTF8.GetBytes(problem);
        for (var member = 0; member < _members.Length; member++)
        {
            if (member != Self) Send(member, new GangPlace(long.MaxValue, GangStage.End), payload);
        }
    }

    async Task AllSentAsync()
    {
        if (_ending is { } ending) await ending;
        await DeliveredAsync();
    }

    Task DeliveredAsync()
    {
        lock (_gate) return _underWay == 0 ? Task.CompletedTask : (_delivered ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    async Task DeliverAsync(IGpuWorkerGrain member, PieceWire piece)
    {
        for (var pause = FirstPause; !_closing.IsCancellationRequested; pause = pause < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                var answer = await member.PutAsync(piece);
                if (answer == PieceAnswer.Taken) break;
                if (answer == PieceAnswer.Stale)
                {
                    // It has ended there: nothing more will come.
                    EndedThere();
                    break;
                }
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Lost on the way, perhaps after it was taken: as long as the gang lasts it is sent again, whatever the cluster suffers from.
            }
            await Task.Delay(pause, _time, CancellationToken.None);
        }
        TaskCompletionSource? delivered = null;
        lock (_gate)
        {
            if (--_underWay == 0) (delivered, _delivered) = (_delivered, null);
        }
        delivered?.SetResult();
    }

    void EndedThere()
    {
        lock (_gate)
        {
            _othersHaveEnded = true;
            Monitor.PulseAll(_gate);
        }
    }
}
