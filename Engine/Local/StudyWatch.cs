using System.Collections.Immutable;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>Adds up a study's progress from its node rows and the ledger, re-reading only when its log has moved.</summary>
sealed class StudyWatch(string study, IStudyLog log, ITrialLedger ledger, TimeProvider time)
{
    const int FindAtOnce = 1000;

    readonly Dictionary<TrialKey, (ValidationScore? Score, double Seconds)> _finished = [];
    readonly long _began = time.GetTimestamp();
    long _sequence = -1, _nextEvent = 1;
    int _trials, _trialsDone, _reused, _doneAtStart = -1, _failed, _blocked;
    ValidationScore? _best;
    HashSet<TrialKey> _keys = [];

    /// <param name="host">Who drives the study here; null when no one does.</param>
    /// <param name="workers">What this process's workers do.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="StudyNotFoundException"/>
    public async Task<StudyProgress> ReadAsync(HostedStudy? host, IEnumerable<WorkerProgress> workers, CancellationToken cancellation)
    {
        var summary = await log.FindAsync(study, cancellation) ?? throw new StudyNotFoundException(study);
        if (summary.LastSequence != _sequence) await CountAsync(summary, cancellation);
        ImmutableArray<WorkerProgress> busy = [.. workers.Where(w => w.Key is { } key && _keys.Contains(key))];
        var elapsed = time.GetElapsedTime(_began);
        return new StudyProgress(
            study, summary.Header.Status, _trials, _trialsDone, _reused, _failed, _blocked, busy.Select(w => w.Key).Distinct().Count(), _best, elapsed, Remaining(elapsed), busy,
            host?.Message);
    }

    async Task CountAsync(StudySummary summary, CancellationToken cancellation)
    {
        var rows = await log.NodesAsync(study, cancellation);
        _sequence = summary.LastSequence;
        // Nodes whose key is not known yet count as one trial each.
        var trialRows = rows.Where(row => row.Kind is "train" or "evaluate").ToArray();
        _keys = [.. trialRows.Select(row => row.Key).OfType<TrialKey>()];
        _trials = _keys.Count + trialRows.Count(row => row.Key is null);
        var done = trialRows.Where(row => row is { Status: NodeStatus.Finished, Key: not null }).Select(row => row.Key!.Value).ToHashSet();
        foreach (var chunk in done.Where(key => !_finished.ContainsKey(key)).ToArray().Chunk(FindAtOnce))
        {
            foreach (var (key, record) in await ledger.FindAsync(chunk, cancellation))
            {
                if (record.Result is { } result) _finished[key] = ((result as TrainResult)?.Score, result.Seconds);
            }
        }
        _trialsDone = done.Count;
        if (_doneAtStart < 0) _doneAtStart = _trialsDone;
        _failed = trialRows.Count(row => row.Status == NodeStatus.Failed);
        _blocked = trialRows.Count(row => row.Status == NodeStatus.Blocked);
        _best = Best(trialRows);
        await CountReusedAsync(cancellation);
    }

    // Errors of pre-training and of other units cannot be compared with the target's: the best is among the rows with the most common unit.
    ValidationScore? Best(NodeRow[] rows)
    {
        var scores = rows.Where(row => row.Kind == "train" && row.Key is not null && row.Labels.GetValueOrDefault("role") != "pretrain")
            .Select(row => _finished.GetValueOrDefault(row.Key!.Value).Score).OfType<ValidationScore>().ToArray();
        if (scores.Length == 0) return null;
        var common = scores.GroupBy(score => (score.Metric, score.Unit)).MaxBy(group => group.Count())!;
        return common.MinBy(score => score.Value);
    }

    async Task CountReusedAsync(CancellationToken cancellation)
    {
        await foreach (var stored in log.ReadAsync(study, _nextEvent, cancellation))
        {
            if (stored.Event is TrialFinished { Reused: true } or EvaluationFinished { Reused: true }) _reused++;
            _nextEvent = stored.Sequence + 1;
        }
    }

    TimeSpan? Remaining(TimeSpan elapsed)
    {
        var fresh = _trialsDone - _doneAtStart;
        var left = _trials - _trialsDone - _failed - _blocked;
        if (left <= 0) return TimeSpan.Zero;
        return fresh < 2 ? null : elapsed * ((double)left / fresh);
    }
}
