using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>Who computes a study's trials, in this process and in others, and for how long nobody has.</summary>
sealed class WorkerWatch(ITrialLedger ledger, IMetricSink metrics, TimeProvider time, StudyFollowerOptions options)
{
    /// <summary>Between two trials, and while a driver takes in results, nobody holds a claim.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    ImmutableArray<WorkerProgress> _others = [];
    ImmutableArray<ClaimedTrial> _claims = [];
    long _lookedAt, _sequence = -1;
    long? _seenAt;

    /// <summary>Own workers that compute for the study, then claims of other processes on its trials.</summary>
    public async Task<ImmutableArray<WorkerProgress>> ReadAsync(IReadOnlyCollection<WorkerProgress> own, StudyTally tally, bool look, CancellationToken cancellation)
    {
        ImmutableArray<WorkerProgress> busy = [.. own.Where(worker => worker.Key is { } key && tally.Outstanding(key) is not null)];
        if (!look) return busy;
        if (_lookedAt == 0 || time.GetElapsedTime(_lookedAt) >= options.LookAfter)
        {
            _lookedAt = time.GetTimestamp();
            _claims = [.. await ledger.ClaimedAsync(cancellation)];
            var mine = own.Select(worker => worker.Key).OfType<TrialKey>().ToHashSet();
            var claimed = _claims.Where(claim => !mine.Contains(claim.Key) && tally.Outstanding(claim.Key) is not null).ToArray();
            var epochs = await metrics.LastAsync([.. claimed.Select(claim => claim.Key)], cancellation);
            _others = [.. claimed.OrderBy(claim => claim.Owner, OwnerOrder.Instance).Select(claim => Describe(claim, tally, epochs.TryGetValue(claim.Key, out var row) ? row : null))];
        }
        // A trial may have ended, or come here, since the last look.
        var here = busy.Select(worker => worker.Key).ToHashSet();
        return [.. busy, .. _others.Where(worker => !here.Contains(worker.Key) && tally.Outstanding(worker.Key!.Value) is not null)];
    }

    /// <summary>How long nobody has computed anything for anyone, so that the study's process must have gone.</summary>
    /// <remarks>While workers are busy with other studies this one may rightly wait, so their claims count as signs of life.</remarks>
    public TimeSpan? Silence(StudySummary summary, bool hasOwn)
    {
        var isNews = _sequence >= 0 && summary.LastSequence != _sequence;
        _sequence = summary.LastSequence;
        if (hasOwn || isNews || _claims.Any(IsAlive))
        {
            _seenAt = time.GetTimestamp();
            return null;
        }
        // By a clock that nobody sets, from the last sign that came while we looked; only what was before is told by the store's dates.
        var silence = _seenAt is { } seen ? time.GetElapsedTime(seen) : time.GetUtcNow() - summary.Changed;
        // A lease that ran out was renewed until shortly before.
        var lapsed = _claims.Where(claim => !options.IsDead(claim.Owner)).Select(claim => -claim.LeaseLeft).DefaultIfEmpty(TimeSpan.MaxValue).Min();
        if (lapsed < silence) silence = lapsed;
        return silence >= Grace ? silence : null;
    }

    bool IsAlive(ClaimedTrial claim) => claim.LeaseLeft > TimeSpan.Zero && !options.IsDead(claim.Owner);

    WorkerProgress Describe(ClaimedTrial claim, StudyTally tally, EpochRow? last)
    {
        var (_, kind, node, unit) = tally.Outstanding(claim.Key)!;
        var activity = kind.Work == 0 ? "evaluating" : last is null ? "preparing" : "training";
        var left = last is { } row && kind.Epochs is { } cap && cap >= row.Epoch ? TimeSpan.FromSeconds(row.Seconds * (cap - row.Epoch)) : (TimeSpan?)null;
        return new WorkerProgress(
            claim.Owner[(claim.Owner.LastIndexOf('/') + 1)..], activity, claim.Key, node, last?.Epoch ?? 0, kind.Epochs ?? 0,
            last is { } epoch && double.IsFinite(epoch.ValidationError) ? epoch.ValidationError : null, unit, last?.SamplesPerSecond, left)
        {
            // Negative where the store's clock was set back.
            Owner = claim.Owner, Age = claim.Age < TimeSpan.Zero ? TimeSpan.Zero : claim.Age, IsAlive = IsAlive(claim),
        };
    }

    /// <summary>w2 before w10.</summary>
    sealed class OwnerOrder : IComparer<string>
    {
        public static OwnerOrder Instance { get; } = new();

        public int Compare(string? x, string? y)
        {
            var (a, b) = (Split(x ?? ""), Split(y ?? ""));
            var names = string.CompareOrdinal(a.Name, b.Name);
            return names != 0 ? names : a.Number.CompareTo(b.Number);
        }

        static (string Name, long Number) Split(string owner)
        {
            var name = owner.TrimEnd([.. "0123456789"]);
            return (name, long.TryParse(owner.AsSpan(name.Length), out var number) ? number : 0);
        }
    }
}
