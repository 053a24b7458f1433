using System.Globalization;
using AtomSets.Contracts;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

/// <summary>A pool, a ledger and workers that misbehave, all driven by one keyed stream.</summary>
sealed class RandomSchedule
{
    static readonly TrialSpec[] Specs = [.. Enumerable.Range(0, 12).Select(i => Samples.Train($"trial-{i}"))];

    readonly KeyedStream _random;
    readonly ManualTime _time = new();
    readonly InMemoryTrialLedger _ledger;
    readonly Dictionary<TrialKey, int> _finishes = [];
    readonly Dictionary<string, HashSet<TrialKey>> _waiting = new(StringComparer.Ordinal);
    readonly List<Attempt> _attempts = []; // also of workers that the pool has given up
    readonly List<PoolEvent> _delayed = [];
    readonly HashSet<string> _alive = new(StringComparer.Ordinal);
    readonly int _gang;
    PoolState _pool;
    ulong _position;
    int _names;

    public RandomSchedule(ulong seed)
    {
        _random = new KeyedStream(seed, "schedule");
        _ledger = new InMemoryTrialLedger(_time);
        _gang = 1 + (int)Below(3);
        _pool = PoolState.Empty(_gang);
    }

    sealed record Attempt(string Worker, TrialKey Key, long Ticket, TrialLease? Lease, bool Leads, bool MayGiveBack);

    public void Run()
    {
        for (var i = 0; i < 3; i++) Join();
        for (var step = 0; step < 120; step++) Step();

        // Calm: everyone still there works properly, everything delayed arrives, leases of the dead run out.
        if (_alive.Count == 0) Join();
        for (var round = 0; _waiting.Values.Any(keys => keys.Count > 0); round++)
        {
            Assert.True(round < 400, $"no end: {_waiting.Values.Sum(keys => keys.Count)} trials wait, {_pool.FreeCount} of {_pool.WorkerCount} workers are free");
            _time.Advance(TimeSpan.FromMinutes(2));
            Deliver(_delayed.Count);
            foreach (var attempt in _attempts.Where(attempt => _alive.Contains(attempt.Worker)).ToArray()) End(attempt, report: true);
            WakeAll();
        }
        Assert.All(_finishes, finish => Assert.Equal(1, finish.Value));
        Assert.Equal(0, _pool.TrialCount);
        foreach (var attempt in _attempts.Where(attempt => _alive.Contains(attempt.Worker)).ToArray()) End(attempt, report: true);
        Deliver(_delayed.Count);
        Assert.Equal(_alive.Count, _pool.FreeCount);
    }

    void Step()
    {
        switch (Below(14))
        {
            case 0:
                Join();
                break;
            case 1 when _alive.Count > 0:
                var gone = Pick(_alive.Order(StringComparer.Ordinal).ToArray()); // its attempts live on: a zombie may still write
                _alive.Remove(gone);
                Apply(new WorkerLeft(gone));
                break;
            case 2 when _alive.Count > 0: // restart under the same name
                var back = Pick(_alive.Order(StringComparer.Ordinal).ToArray());
                _attempts.RemoveAll(attempt => attempt.Worker == back);
                Apply(new WorkerJoined(back, PlaceOf(back)));
                break;
            case 3 or 4 or 5:
                Submit();
                break;
            case 6 when _waiting.Count > 0:
                var study = Pick(_waiting.Keys.Order(StringComparer.Ordinal).ToArray());
                if (_waiting[study].Count == 0) break;
                var unwanted = Pick(_waiting[study].Order().ToArray());
                _waiting[study].Remove(unwanted);
                Apply(new TrialsWithdrawn(study, [unwanted]));
                break;
            case 7:
                _time.Advance(TimeSpan.FromSeconds(20)); // leases last a minute
                break;
            case 8:
                WakeAll();
                break;
            case 9:
                Deliver((int)Below(3));
                break;
            default:
                if (_attempts.Count > 0) End(Pick(_attempts.ToArray()), report: Below(5) > 0);
                break;
        }
    }

    void Join()
    {
        var name = $"w{_names++}";
        _alive.Add(name);
        Apply(new WorkerJoined(name, PlaceOf(name)));
    }

    /// <summary>Three places, of which each lacks what every fifth trial needs.</summary>
    static string PlaceOf(string worker) => $"place{int.Parse(worker.AsSpan(1), CultureInfo.InvariantCulture) % 3}";

    static bool Lacks(string worker, TrialKey key) => Array.FindIndex(Specs, spec => spec.Key == key) % 5 == PlaceOf(worker)[^1] - '0';

    void Submit()
    {
        var study = $"s{Below(3)}";
        var keys = Enumerable.Range(0, 1 + (int)Below(4)).Select(_ => Pick(Specs).Key).Distinct().ToArray();
        // As a driver does: what is finished already is not submitted.
        keys = [.. keys.Where(key => !_finishes.ContainsKey(key))];
        if (!_waiting.TryGetValue(study, out var waiting)) _waiting.Add(study, waiting = []);
        waiting.UnionWith(keys);
        Apply(new TrialsSubmitted(study, (int)Below(2), [.. keys.Select((key, i) => new PoolTrial(key, i, 1 + (int)Below(3)))]));
    }

    /// <summary>The attempt's worker stops: finishes, fails to (stale lease), or lets go; its report arrives now, later or doubled.</summary>
    void End(Attempt attempt, bool report)
    {
        _attempts.Remove(attempt);
        var end = AttemptEnd.Given;
        if (attempt.Leads && attempt.MayGiveBack && Lacks(attempt.Worker, attempt.Key))
        {
            if (attempt.Lease is { } lease) _ledger.ReleaseAsync(lease, CancellationToken.None).GetAwaiter().GetResult();
            end = AttemptEnd.Lacking;
        }
        else if (attempt.Leads)
        {
            var finished = attempt.Lease is { } held && Below(4) > 0
                && _ledger.FinishAsync(held, Samples.Trained(0.1), [], CancellationToken.None).GetAwaiter().GetResult();
            if (finished) _finishes[attempt.Key] = _finishes.GetValueOrDefault(attempt.Key) + 1;
            else if (attempt.Lease is { } given) _ledger.ReleaseAsync(given, CancellationToken.None).GetAwaiter().GetResult();
            end = finished ? AttemptEnd.Settled : AttemptEnd.Given;
        }
        var message = new WorkerReported(attempt.Worker, attempt.Key, attempt.Ticket, end);
        if (report) Apply(message);
        else _delayed.Add(message);
        if (Below(3) == 0) _delayed.Add(message);
    }

    void Deliver(int count)
    {
        for (var i = 0; i < count && _delayed.Count > 0; i++)
        {
            var late = _delayed[(int)Below((ulong)_delayed.Count)];
            _delayed.Remove(late);
            Apply(late);
        }
    }

    void WakeAll()
    {
        foreach (var spec in Specs) Apply(new TrialWoken(spec.Key));
    }

    void Apply(PoolEvent happened)
    {
        var step = PoolMachine.Apply(_pool, happened);
        _pool = step.State;
        foreach (var command in step.Commands)
        {
            switch (command)
            {
                case AssignTrial assign:
                    Begin(assign);
                    break;
                case RevokeTrial revoke:
                    foreach (var attempt in _attempts.Where(attempt => attempt.Worker == revoke.Worker && attempt.Ticket == revoke.Ticket).ToArray())
                    {
                        _attempts.Remove(attempt);
                        if (attempt is { Leads: true, Lease: { } lease }) _ledger.ReleaseAsync(lease, CancellationToken.None).GetAwaiter().GetResult();
                        _delayed.Add(new WorkerReported(attempt.Worker, attempt.Key, attempt.Ticket, AttemptEnd.Given));
                    }
                    break;
                case NotifyStudy notify:
                    Assert.True(_finishes.ContainsKey(notify.Key), "a study heard of an end that the ledger does not have");
                    _waiting[notify.Study].Remove(notify.Key);
                    break;
            }
        }
    }

    void Begin(AssignTrial assign)
    {
        Assert.InRange(assign.Workers.Length, 1, _gang);
        foreach (var worker in assign.Workers)
        {
            Assert.Contains(worker, _alive);
            Assert.DoesNotContain(_attempts, attempt => attempt.Worker == worker && !_delayed.OfType<WorkerReported>().Any(late => late.Ticket == attempt.Ticket));
        }
        var spec = Array.Find(Specs, spec => spec.Key == assign.Key)!;
        var claim = _ledger.ClaimAsync(spec, assign.Workers[0], TimeSpan.FromMinutes(1), CancellationToken.None).GetAwaiter().GetResult();
        switch (claim)
        {
            case TrialClaim.Claimed claimed:
                for (var i = 0; i < assign.Workers.Length; i++) _attempts.Add(new Attempt(assign.Workers[i], assign.Key, assign.Ticket, i == 0 ? claimed.Lease : null, i == 0, assign.MayGiveBack));
                break;
            default:
                var end = claim is TrialClaim.AlreadyFinished ? AttemptEnd.Settled : AttemptEnd.HeldByOther;
                _delayed.Add(new WorkerReported(assign.Workers[0], assign.Key, assign.Ticket, end));
                foreach (var worker in assign.Workers.Skip(1)) _attempts.Add(new Attempt(worker, assign.Key, assign.Ticket, null, false, assign.MayGiveBack));
                break;
        }
    }

    ulong Below(ulong bound) => _random.Below(_position++, bound);

    T Pick<T>(T[] from) => from[(int)Below((ulong)from.Length)];
}
