using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>One application of a pool event in progress.</summary>
sealed class PoolTransition
{
    readonly int _maxGang;
    readonly PersistentMap<string, PoolWorker>.Builder _workers;
    readonly ImmutableSortedSet<(long Joined, string Worker)>.Builder _free;
    readonly PersistentMap<TrialKey, PoolJob>.Builder _jobs;
    readonly ImmutableSortedDictionary<string, PoolStudy>.Builder _studies;
    readonly List<PoolCommand> _commands = [];
    long _clock;

    public PoolTransition(PoolState state)
    {
        _maxGang = state.MaxGang;
        _workers = state.Workers.ToBuilder();
        _free = state.Free.ToBuilder();
        _jobs = state.Jobs.ToBuilder();
        _studies = state.Studies.ToBuilder();
        _clock = state.Clock;
    }

    public void Joined(string worker, string place)
    {
        _clock++;
        _workers[worker] = new PoolWorker(_clock, place, null);
        _free.Add((_clock, worker));
    }

    public void Left(string worker)
    {
        if (!_workers.TryGetValue(worker, out var gone)) return;
        _workers.Remove(worker);
        _free.Remove((gone.Joined, worker));
        if (gone.Running is { } running && IsCurrent(running.Key, running.Ticket)) Requeue(running.Key);
    }

    public void Submitted(TrialsSubmitted submitted)
    {
        var study = _studies.GetValueOrDefault(submitted.Study) ?? new PoolStudy(0, [], 0, _clock, 0);
        _studies[submitted.Study] = study with { Priority = submitted.Priority };
        foreach (var trial in submitted.Trials)
        {
            var job = _jobs.GetValueOrDefault(trial.Key)
                ?? new PoolJob(ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal), trial.Shards, JobStanding.Queued, 0, [], null);
            if (job.Wanted.ContainsKey(submitted.Study)) continue;
            _jobs[trial.Key] = job with { Wanted = job.Wanted.Add(submitted.Study, trial.Order) };
            study = _studies[submitted.Study];
            _studies[submitted.Study] = study with
            {
                Trials = study.Trials + 1,
                Queue = job.Standing == JobStanding.Queued ? study.Queue.Add((trial.Order, trial.Key)) : study.Queue,
            };
        }
        Forget(submitted.Study);
    }

    public void Prioritized(string study, int priority)
    {
        if (_studies.TryGetValue(study, out var row)) _studies[study] = row with { Priority = priority };
    }

    public IEnumerable<TrialKey> KeysOf(string study) => _jobs.Where(job => job.Value.Wanted.ContainsKey(study)).Select(job => job.Key).Order().ToArray();

    public void Withdrawn(string study, TrialKey key)
    {
        if (!_jobs.TryGetValue(key, out var job) || !job.Wanted.TryGetValue(study, out var order)) return;
        Unsubscribe(study, order, key);
        job = job with { Wanted = job.Wanted.Remove(study) };
        if (!job.Wanted.IsEmpty)
        {
            _jobs[key] = job;
            return;
        }
        _jobs.Remove(key);
        if (job.Standing != JobStanding.Running) return;
        Repay(job);
        Revoke(key, job);
    }

    public void Reported(ImmutableArray<string> workers, TrialKey key, long ticket, AttemptEnd end)
    {
        var isTheirs = false;
        foreach (var name in workers)
        {
            if (!_workers.TryGetValue(name, out var worker) || worker.Running != (key, ticket)) continue;
            isTheirs = true;
            _workers[name] = worker with { Running = null };
            _free.Add((worker.Joined, name));
        }
        if (!isTheirs || !IsCurrent(key, ticket)) return;
        var job = _jobs[key];
        switch (end)
        {
            case AttemptEnd.Settled:
                Repay(job);
                Revoke(key, job);
                _jobs.Remove(key);
                foreach (var (study, order) in job.Wanted)
                {
                    _commands.Add(new NotifyStudy(study, key));
                    Unsubscribe(study, order, key);
                }
                break;
            case AttemptEnd.HeldByOther:
                Repay(job);
                Revoke(key, job);
                _jobs[key] = job with { Standing = JobStanding.Parked, Gang = [], Payer = null };
                _commands.Add(new WakeLater(key));
                break;
            case AttemptEnd.Lacking:
                if (_workers.GetValueOrDefault(job.Gang[0])?.Place is { } place) _jobs[key] = job with { Lacking = job.Lacking.Add(place) };
                Requeue(key);
                break;
            default:
                Requeue(key);
                break;
        }
    }

    public void Woken(TrialKey key)
    {
        if (!_jobs.TryGetValue(key, out var job) || job.Standing != JobStanding.Parked) return;
        Queue(key, job);
    }

    /// <summary>Gives free workers their trials.</summary>
    public void Place()
    {
        while (_free.Count > 0 && NextTurn() is var (study, key))
        {
            var job = _jobs[key];
            foreach (var (other, order) in job.Wanted) _studies[other] = _studies[other] with { Queue = _studies[other].Queue.Remove((order, key)) };
            var gang = Able(job).Take(Math.Min(job.Shards, _maxGang)).ToImmutableArray();
            var lead = _workers[gang[0].Worker].Place;
            var ticket = ++_clock;
            foreach (var slot in gang)
            {
                _free.Remove(slot);
                _workers[slot.Worker] = _workers[slot.Worker] with { Running = (key, ticket) };
            }
            ImmutableArray<string> names = [.. gang.Select(slot => slot.Worker)];
            _studies[study] = _studies[study] with { Running = _studies[study].Running + names.Length, Served = ticket };
            _jobs[key] = job with { Standing = JobStanding.Running, Ticket = ticket, Gang = names, Payer = study };
            _commands.Add(new AssignTrial(key, ticket, names, _workers.Any(worker => worker.Value.Place != lead && !job.Lacking.Contains(worker.Value.Place))));
        }
    }

    public PoolStep Finish() => new(
        new PoolState
        {
            MaxGang = _maxGang,
            Workers = _workers.ToImmutable(),
            Free = _free.ToImmutable(),
            Jobs = _jobs.ToImmutable(),
            Studies = _studies.ToImmutable(),
            Clock = _clock,
        },
        [.. _commands]);

    /// <summary>The study whose turn it is, and its first trial that a free worker can take. There are few studies at a time: looking through them all is cheaper than keeping them sorted.</summary>
    (string Study, TrialKey Key)? NextTurn()
    {
        (string Study, TrialKey Key)? best = null;
        PoolStudy? held = null;
        foreach (var (name, study) in _studies)
        {
            if (study.Queue.IsEmpty) continue;
            if (held is not null && Turn(study).CompareTo(Turn(held)) >= 0) continue;
            foreach (var (_, key) in study.Queue)
            {
                if (!Able(_jobs[key]).Any()) continue;
                (best, held) = ((name, key), study);
                break;
            }
        }
        return best;
    }

    /// <summary>Free workers at places that do not lack what a trial needs; all of them where there is no such place.</summary>
    IEnumerable<(long Joined, string Worker)> Able(PoolJob job) => job.Lacking.IsEmpty || _workers.All(worker => job.Lacking.Contains(worker.Value.Place))
        ? _free
        : _free.Where(slot => !job.Lacking.Contains(_workers[slot.Worker].Place));

    static (int, int, long) Turn(PoolStudy study) => (-study.Priority, study.Running, study.Served);

    bool IsCurrent(TrialKey key, long ticket) => _jobs.TryGetValue(key, out var job) && job.Standing == JobStanding.Running && job.Ticket == ticket;

    /// <summary>The attempt is over without outcome: the trial goes back to its place in the queues.</summary>
    void Requeue(TrialKey key)
    {
        var job = _jobs[key];
        Repay(job);
        Revoke(key, job);
        Queue(key, job);
    }

    void Queue(TrialKey key, PoolJob job)
    {
        _jobs[key] = job with { Standing = JobStanding.Queued, Gang = [], Payer = null };
        foreach (var (study, order) in job.Wanted) _studies[study] = _studies[study] with { Queue = _studies[study].Queue.Add((order, key)) };
    }

    /// <summary>Stops those of the gang that have not reported; each stays taken until it does.</summary>
    void Revoke(TrialKey key, PoolJob job)
    {
        foreach (var worker in job.Gang)
        {
            if (_workers.GetValueOrDefault(worker)?.Running == (key, job.Ticket)) _commands.Add(new RevokeTrial(worker, key, job.Ticket));
        }
    }

    void Repay(PoolJob job)
    {
        if (job.Payer is not { } payer || !_studies.TryGetValue(payer, out var study)) return;
        _studies[payer] = study with { Running = study.Running - job.Gang.Length };
        Forget(payer);
    }

    void Unsubscribe(string study, long order, TrialKey key)
    {
        var row = _studies[study];
        _studies[study] = row with { Queue = row.Queue.Remove((order, key)), Trials = row.Trials - 1 };
        Forget(study);
    }

    void Forget(string study)
    {
        if (_studies[study] is { Trials: 0, Running: 0 }) _studies.Remove(study);
    }
}
