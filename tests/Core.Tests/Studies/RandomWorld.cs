using AtomSets.Contracts;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

/// <summary>
/// Studies that share keys, on one ledger and one pool of gangs, driven by one keyed stream: workers join, die and go on as ghosts; leases run out;
/// reports and hints come late, twice and out of order; drivers and the whole pool crash and come back from the logs; studies are
/// cancelled, resumed, extended and given other priorities.
/// </summary>
sealed class RandomWorld
{
    const int Steps = 200;

    readonly KeyedStream _random;
    readonly ManualTime _time = new();
    readonly InMemoryTrialLedger _ledger;
    readonly List<WorldStudy> _studies = [];
    readonly Dictionary<TrialKey, TrialSpec> _specs = [];
    readonly Dictionary<TrialKey, int> _finishes = [];
    readonly List<Attempt> _attempts = []; // ghosts included
    readonly List<WorkerReported> _reports = [];
    readonly List<(WorldStudy Study, TrialKey Key)> _hints = [];
    readonly HashSet<string> _alive = new(StringComparer.Ordinal);
    readonly int _gang;
    PoolState _pool;
    ulong _position;
    int _names;

    public RandomWorld(ulong seed)
    {
        _random = new KeyedStream(seed, "world");
        _ledger = new InMemoryTrialLedger(_time);
        _gang = 1 + (int)Below(3);
        _pool = PoolState.Empty(_gang);
    }

    /// <param name="Lease">The leader's.</param>
    sealed record Attempt(string Worker, TrialKey Key, long Ticket, TrialLease? Lease)
    {
        /// <summary>The pool has given the worker up, or is gone itself; it may still write to the ledger.</summary>
        public bool IsGhost { get; set; }
    }

    public void Run()
    {
        for (var i = 0; i < 3; i++) Join();
        var left = new Queue<ResolvedStudy>(WorldPlans.Studies.OrderBy(_ => Below(1000)).Take(2 + (int)Below(3)));
        Begin(left.Dequeue());
        for (var step = 0; step < Steps; step++)
        {
            if (left.Count > 0 && Below(20) == 0) Begin(left.Dequeue());
            Step();
        }
        while (left.TryDequeue(out var study)) Begin(study);
        Calm();

        Assert.All(_finishes, finish => Assert.Equal(1, finish.Value));
        foreach (var study in _studies) study.CheckEnd();
        var wanted = _studies.SelectMany(study => study.State.Rows()).Where(row => row is { Status: NodeStatus.Finished, Key: not null }).Select(row => row.Key!.Value);
        Assert.All(wanted, key => Assert.True(_finishes.ContainsKey(key), "a trial counts as finished that never was"));
        Assert.Equal(0, _pool.TrialCount);
        while (_reports.Count > 0) Deliver();
        foreach (var attempt in _attempts.Where(attempt => !attempt.IsGhost).ToArray()) End(attempt, late: false);
        Assert.Equal(_alive.Count, _pool.FreeCount);
    }

    /// <summary>Everyone still there works properly, everything delayed arrives, leases of the dead run out, cancelled studies go on.</summary>
    void Calm()
    {
        if (_alive.Count == 0) Join();
        foreach (var study in _studies.Where(study => study.State.Status == StudyStatus.Cancelled)) Steer(study, new ResumeRequested());
        for (var round = 0; _studies.Any(study => study.State.Status == StudyStatus.Running); round++)
        {
            Assert.True(round < 1000, $"no end: {string.Join(", ", _studies.Select(study => $"{study.Name} {study.State.Status} waits for {study.State.OutstandingCount}"))}; {_pool.TrialCount} trials, {_pool.FreeCount} of {_pool.WorkerCount} workers free");
            _time.Advance(TimeSpan.FromMinutes(2));
            while (_reports.Count > 0) Deliver();
            foreach (var attempt in _attempts.Where(attempt => !attempt.IsGhost).ToArray()) End(attempt, late: false);
            while (_hints.Count > 0) Hear();
            WakeAll();
        }
    }

    void Step()
    {
        switch (Below(32))
        {
            case 0 or 1:
                Join();
                break;
            case 2 when _alive.Count > 0:
                var gone = Pick(_alive.Order(StringComparer.Ordinal));
                _alive.Remove(gone);
                Haunt(attempt => attempt.Worker == gone);
                Apply(new WorkerLeft(gone));
                break;
            case 3 when _alive.Count > 0: // it starts again under its name, and what it ran is gone
                var back = Pick(_alive.Order(StringComparer.Ordinal));
                _attempts.RemoveAll(attempt => attempt.Worker == back);
                Apply(new WorkerJoined(back));
                break;
            case 4:
                Restart(Pick(_studies));
                break;
            case 5 when Below(4) == 0:
                CrashPool();
                break;
            case 6 when Below(3) == 0:
                var study = Pick(_studies);
                Steer(study, study.State.Status == StudyStatus.Running ? new CancelRequested() : new ResumeRequested());
                break;
            case 7 when Below(6) == 0 && Pick(_studies) is var extended && extended.Plan == WorldPlans.Studies.Single(plan => plan.Name == extended.Name):
                Steer(extended, new StudyExtended(WorldPlans.Extended(extended.Plan)));
                break;
            case 8:
                Steer(Pick(_studies), new PriorityChanged((int)Below(3)));
                break;
            case 9:
                Pick(_studies).TakeSnapshot();
                break;
            case 10 or 11:
                _time.Advance(TimeSpan.FromSeconds(20)); // leases last a minute
                break;
            case 12:
                WakeAll();
                break;
            case 13 or 14 or 15 or 16 when _reports.Count > 0:
                Deliver();
                break;
            case < 24 when _hints.Count > 0:
                Hear();
                break;
            default:
                if (_attempts.Count > 0) End(Pick(_attempts), late: Below(4) == 0);
                break;
        }
    }

    void Begin(ResolvedStudy plan)
    {
        var study = new WorldStudy(plan);
        _studies.Add(study);
        CarryOut(study, study.Append(new StudyStarted(plan)));
    }

    void Join()
    {
        var name = $"w{_names++}";
        _alive.Add(name);
        Apply(new WorkerJoined(name));
    }

    void Haunt(Func<Attempt, bool> which)
    {
        foreach (var attempt in _attempts.Where(which)) attempt.IsGhost = true;
    }

    /// <summary>A driver ends and comes back; the pool and what runs for other studies stay.</summary>
    void Restart(WorldStudy study)
    {
        Apply(new StudyWithdrawn(study.Name));
        study.Restart();
        GoOn(study);
    }

    /// <summary>The process dies: pool and drivers begin anew from the logs. Some of its workers go on for a while as ghosts, others are gone with their leases.</summary>
    void CrashPool()
    {
        Haunt(_ => true);
        _attempts.RemoveAll(_ => Below(2) == 0);
        _reports.Clear();
        _hints.Clear();
        _pool = PoolState.Empty(_gang);
        var workers = _alive.Count;
        _alive.Clear();
        for (var i = 0; i < workers; i++) Join();
        foreach (var study in _studies)
        {
            study.Restart();
            GoOn(study);
        }
    }

    void GoOn(WorldStudy study)
    {
        if (study.State.Status == StudyStatus.Running) CarryOut(study, [.. study.State.Requests()]);
    }

    /// <summary>A person's wish, written to the log and taken up by the driver.</summary>
    void Steer(WorldStudy study, StudyEvent wish) => CarryOut(study, study.Append(wish));

    /// <summary>As <see cref="StudyDriver"/> does; what is finished already is told at once.</summary>
    void CarryOut(WorldStudy study, IReadOnlyList<StudyCommand> commands)
    {
        var known = new List<StudyEvent>();
        foreach (var command in commands)
        {
            switch (command)
            {
                case WithdrawTrial withdraw:
                    Apply(new TrialsWithdrawn(study.Name, [withdraw.Key]));
                    break;
                case SetPriority priority:
                    Apply(new StudyPrioritized(study.Name, priority.Priority));
                    break;
                case RequestTrial request:
                    _specs[request.Key] = request.Spec;
                    if (Find(request.Key) is { Status: TrialStatus.Finished } finished)
                    {
                        known.Add(Ended(finished, reused: true));
                        break;
                    }
                    study.OldFailures[request.Key] = Find(request.Key) is { Status: TrialStatus.Failed } failed ? failed.Epoch : 0;
                    Submit(study, request);
                    break;
            }
        }
        foreach (var happened in known) CarryOut(study, study.Append(happened));
        if (study.State.Status != StudyStatus.Running) Apply(new StudyWithdrawn(study.Name));
    }

    /// <summary>A driver hears that a trial has ended, perhaps for the second time, and looks into the ledger.</summary>
    void Hear()
    {
        var (study, key) = Pick(_hints);
        _hints.Remove((study, key));
        if (Below(4) == 0) _hints.Add((study, key));
        if (study.State.Status != StudyStatus.Running || Find(key) is not { } record) return;
        if (record.Status is TrialStatus.Finished || (record.Status is TrialStatus.Failed && record.Epoch > study.OldFailures.GetValueOrDefault(key)))
            CarryOut(study, study.Append(Ended(record, reused: false)));
        else if (study.State.RequestOf(key) is { } request)
            Submit(study, request); // it is in work again for another study
    }

    void Submit(WorldStudy study, RequestTrial request) =>
        Apply(new TrialsSubmitted(study.Name, request.Priority, [new PoolTrial(request.Key, request.Order, WorldPlans.Shards(request.Key))]));

    static StudyEvent Ended(TrialRecord record, bool reused) => record switch
    {
        { Status: TrialStatus.Failed } => new TrialFailed(record.Key, record.Epoch, record.Failure!, record.TransientFailure),
        { Result: TrainResult result } => new TrialFinished(record.Key, result.Score, reused),
        _ => new EvaluationFinished(record.Key, reused),
    };

    /// <summary>An attempt stops: finishes, fails, lets go, or finds its lease taken; its report may come late, and twice.</summary>
    void End(Attempt attempt, bool late)
    {
        _attempts.Remove(attempt);
        var settled = false;
        if (attempt.Lease is { } lease)
        {
            switch (Below(8))
            {
                case 0:
                    Wait(_ledger.ReleaseAsync(lease, default));
                    break;
                case 1:
                    settled = Wait(_ledger.FailAsync(lease, "a bad moment", transient: true, default));
                    break;
                case var _ when WorldPlans.IsDoomed(lease.Key):
                    settled = Wait(_ledger.FailAsync(lease, "doomed", transient: false, default));
                    break;
                default:
                    settled = Finish(lease);
                    break;
            }
        }
        var report = new WorkerReported(attempt.Worker, attempt.Key, attempt.Ticket, settled ? AttemptEnd.Settled : AttemptEnd.Given);
        if (!late) Apply(report);
        if (late || Below(3) == 0) _reports.Add(report);
    }

    bool Finish(TrialLease lease)
    {
        TrialResult result = _specs[lease.Key].Kind == TrialKind.Evaluate ? Samples.Evaluated(1) : Samples.Trained(WorldPlans.Score(lease.Key));
        if (!Wait(_ledger.FinishAsync(lease, result, [], default))) return false;
        _finishes[lease.Key] = _finishes.GetValueOrDefault(lease.Key) + 1;
        return true;
    }

    void Deliver()
    {
        var report = Pick(_reports);
        _reports.Remove(report);
        Apply(report);
    }

    void WakeAll()
    {
        foreach (var key in _specs.Keys.Order()) Apply(new TrialWoken(key));
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
                    Assign(assign);
                    break;
                case RevokeTrial revoke:
                    foreach (var attempt in _attempts.Where(attempt => !attempt.IsGhost && attempt.Worker == revoke.Worker && attempt.Ticket == revoke.Ticket).ToArray())
                    {
                        _attempts.Remove(attempt);
                        if (attempt.Lease is { } lease) Wait(_ledger.ReleaseAsync(lease, default));
                        _reports.Add(new WorkerReported(attempt.Worker, attempt.Key, attempt.Ticket, AttemptEnd.Given));
                    }
                    break;
                case NotifyStudy notify:
                    Assert.True(Find(notify.Key)!.Status is TrialStatus.Finished or TrialStatus.Failed, "a study hears of an end that the ledger does not have");
                    _hints.Add((_studies.Single(study => study.Name == notify.Study), notify.Key));
                    break;
            }
        }
    }

    void Assign(AssignTrial assign)
    {
        Assert.InRange(assign.Workers.Length, 1, Math.Min(_gang, WorldPlans.Shards(assign.Key)));
        foreach (var worker in assign.Workers)
        {
            Assert.Contains(worker, _alive);
            Assert.DoesNotContain(_attempts, attempt => attempt.Worker == worker && !attempt.IsGhost);
        }
        var claim = Wait(_ledger.ClaimAsync(_specs[assign.Key], assign.Workers[0], TimeSpan.FromMinutes(1), default));
        if (claim is not TrialClaim.Claimed)
            _reports.Add(new WorkerReported(assign.Workers[0], assign.Key, assign.Ticket, claim is TrialClaim.AlreadyFinished ? AttemptEnd.Settled : AttemptEnd.HeldByOther));
        for (var i = 0; i < assign.Workers.Length; i++)
        {
            if (i == 0 && claim is not TrialClaim.Claimed) continue;
            _attempts.Add(new Attempt(assign.Workers[i], assign.Key, assign.Ticket, i == 0 ? ((TrialClaim.Claimed)claim).Lease : null));
        }
    }

    TrialRecord? Find(TrialKey key) => Wait(_ledger.FindAsync([key], default)).GetValueOrDefault(key);

    static T Wait<T>(Task<T> done) => done.GetAwaiter().GetResult(); // the ledger in memory never waits

    ulong Below(ulong bound) => _random.Below(_position++, bound);

    T Pick<T>(IEnumerable<T> from)
    {
        var all = from.ToArray();
        return all[(int)Below((ulong)all.Length)];
    }
}
