using System.Collections.Concurrent;
using AtomSets.Grains.Interfaces;
using AtomSets.Studies;

namespace AtomSets.Grains;

/// <summary>The pool machine over workers of other processes: orders and revocations go to their grains, silence counts as death.</summary>
/// <param name="id">Of the activation that hosts this pool.</param>
sealed class RemoteWorkers(Guid id, IGrainFactory grains, TimeProvider time, ClusterTimes options) : PoolHost(time, options.Pool)
{
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    readonly TimeProvider _time = time;
    readonly Lock _gate = new();
    readonly Dictionary<string, Silo> _silos = new(StringComparer.Ordinal); // by host
    readonly HashSet<string> _members = new(StringComparer.Ordinal); // workers that have joined
    readonly ConcurrentDictionary<string, string> _hosts = new(StringComparer.Ordinal); // by worker
    readonly ConcurrentDictionary<long, GangOrders> _orders = new(); // by ticket
    readonly ConcurrentDictionary<(long Ticket, string Host), Task> _sending = new();

    sealed class Silo
    {
        public required BeatWire Beat { get; set; }

        public long Seen { get; set; }

        public bool IsLeaving { get; set; }
    }

    public BeatAnswerWire Beat(BeatWire beat)
    {
        var strangers = new List<string>();
        lock (_gate)
        {
            if (!_silos.TryGetValue(beat.Host, out var silo)) _silos[beat.Host] = silo = new Silo { Beat = beat };
            (silo.Beat, silo.Seen) = (beat, _time.GetTimestamp());
            foreach (var worker in beat.Workers)
            {
                _hosts[worker.Worker] = beat.Host;
                if (silo.IsLeaving || _members.Contains(worker.Worker)) continue;
                if (!worker.IsIdle) strangers.Add(worker.Worker);
                else
                {
                    _members.Add(worker.Worker);
                    Joined(worker.Worker, beat.Host);
                }
            }
        }
        return new BeatAnswerWire(id, [.. strangers]);
    }

    public void Leave(string host)
    {
        lock (_gate)
        {
            if (!_silos.TryGetValue(host, out var silo)) return;
            silo.IsLeaving = true;
            // When they have stopped is told as any other end; nobody waits for it here.
            foreach (var worker in silo.Beat.Workers.Where(worker => _members.Remove(worker.Worker))) _ = LeavingAsync(worker.Worker);
        }
    }

    public void Report(ReportWire report)
    {
        if (report.Pool != id) return;
        _sending.TryRemove((report.Ticket, report.Host), out _);
        if (_orders.TryGetValue(report.Ticket, out var orders)) Over(report.Ticket, orders.Reported(report.Host, (AttemptEnd)report.End));
    }

    /// <summary>Workers of silos that have been silent too long are lost. An order to them that was on its way is void.</summary>
    public void Sweep()
    {
        lock (_gate)
        {
            foreach (var (host, silo) in _silos.Where(entry => _time.GetElapsedTime(entry.Value.Seen) > options.SilentAfter).ToArray())
            {
                _silos.Remove(host);
                foreach (var worker in silo.Beat.Workers)
                {
                    Lose(worker.Worker);
                    _hosts.TryRemove(worker.Worker, out _);
                }
                foreach (var (ticket, orders) in _orders) Over(ticket, orders.Lost(host));
            }
            foreach (var (ticket, orders) in _orders) Over(ticket, orders.Look());
        }
    }

    public SiloWire[] Silos()
    {
        lock (_gate) return [.. _silos.Values.Select(silo => new SiloWire(silo.Beat.Silo, silo.Beat.Host, silo.Beat.Workers)).OrderBy(silo => silo.Silo, StringComparer.Ordinal)];
    }

    public Task StopAsync() => CloseAsync();

    protected override void Begin(PoolAssignment assignment)
    {
        var gang = assignment.Gang.GroupBy(worker => _hosts.GetValueOrDefault(worker, ""), StringComparer.Ordinal).Select(silo => new MemberWire(silo.Key, [.. silo])).ToArray();
        var order = new OrderWire(id, assignment.Ticket, RequestWire.From(assignment.Request), gang, assignment.MayGiveBack);
        _orders[assignment.Ticket] = new GangOrders(gang);
        foreach (var member in gang)
            _sending[(assignment.Ticket, member.Host)] = Task.Run(() => SendAsync(assignment.Ticket, member, IsMember, grain => grain.BeginAsync(order)));
    }

    protected override void Revoke(PoolAssignment assignment)
    {
        if (!_orders.TryGetValue(assignment.Ticket, out var orders)) return;
        foreach (var member in orders.Gang)
        {
            // After the order itself: a revocation that overtakes it would be lost.
            if (_sending.TryGetValue((assignment.Ticket, member.Host), out var before)) _sending[(assignment.Ticket, member.Host)] = Task.Run(() => RevokeAfterAsync(before, member, assignment.Ticket));
        }
    }

    async Task RevokeAfterAsync(Task before, MemberWire member, long ticket)
    {
        await before;
        await SendAsync(ticket, member, IsThere, grain => grain.RevokeAsync(id, ticket));
    }

    /// <summary>Until the silo has it, or is lost. One that refuses does not do what this pool thinks: its workers join anew with its next sign of life.</summary>
    async Task SendAsync(long ticket, MemberWire member, Func<string, bool> isWanted, Func<IGpuWorkerGrain, Task<OrderAnswer>> call)
    {
        var worker = member.Workers[0];
        for (var pause = FirstPause; !Closing.IsCancellationRequested && isWanted(worker); pause = pause < options.Beat ? pause * 2 : options.Beat)
        {
            try
            {
                switch (await call(grains.GetGrain<IGpuWorkerGrain>(worker)))
                {
                    case OrderAnswer.Taken:
                        return;
                    case OrderAnswer.Refused:
                        lock (_gate)
                        {
                            foreach (var refused in member.Workers) Lose(refused);
                            if (_orders.TryGetValue(ticket, out var orders)) Over(ticket, orders.Lost(member.Host));
                        }
                        return;
                }
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // The cluster heals: an order given up would hold its workers for ever.
            }
            await Task.Delay(pause, _time, CancellationToken.None);
        }
    }

    /// <summary>The attempt of a ticket is over everywhere, if it has an end.</summary>
    void Over(long ticket, AttemptEnd? end)
    {
        if (end is null || !_orders.TryRemove(ticket, out var orders)) return;
        foreach (var member in orders.Gang) _sending.TryRemove((ticket, member.Host), out _);
        Ended(ticket, end.Value);
    }

    bool IsMember(string worker)
    {
        lock (_gate) return _members.Contains(worker);
    }

    /// <summary>Also while its silo leaves.</summary>
    bool IsThere(string worker)
    {
        lock (_gate) return _silos.Values.Any(silo => silo.Beat.Workers.Any(row => row.Worker == worker));
    }

    void Lose(string worker)
    {
        if (_members.Remove(worker)) Lost(worker);
    }
}
