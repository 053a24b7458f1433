namespace AtomSets.Studies;

/// <summary>A ledger in memory, for tests and simulations. Keeps every promise of <see cref="ITrialLedger"/> within one process.</summary>
public sealed class InMemoryTrialLedger(TimeProvider time) : ITrialLedger
{
    readonly Lock _gate = new();
    readonly SortedDictionary<TrialKey, Row> _rows = [];

    sealed class Row(TrialSpec spec)
    {
        public TrialSpec Spec { get; } = spec;
        public TrialStatus Status { get; set; } = TrialStatus.Released;
        public long Epoch { get; set; }
        public string Owner { get; set; } = "";
        public DateTimeOffset Since { get; set; }
        public DateTimeOffset Until { get; set; }
        public int Attempts { get; set; }
        public TrialCheckpoint? Checkpoint { get; set; }
        public TrialResult? Result { get; set; }
        public IReadOnlyList<TrialPrediction> Predictions { get; set; } = [];
        public string? Failure { get; set; }
        public bool Transient { get; set; }
        public int Stale { get; set; }

        public TrialRecord Record() => new(
            Spec.Key, Spec.Kind, Status, Epoch, Owner, Until, Attempts, Checkpoint, Result, Failure, Transient, Stale);
    }

    public Task<TrialClaim> ClaimAsync(TrialSpec spec, string owner, TimeSpan lease, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (!_rows.TryGetValue(spec.Key, out var row)) _rows.Add(spec.Key, row = new Row(spec));
            if (row.Status == TrialStatus.Finished) return Task.FromResult<TrialClaim>(new TrialClaim.AlreadyFinished(row.Result!));
            if (row.Status == TrialStatus.Claimed)
            {
                if (row.Until > time.GetUtcNow() && row.Until <= time.GetUtcNow() + ITrialLedger.MostLease(lease) && row.Owner != owner) return Task.FromResult<TrialClaim>(new TrialClaim.HeldByOther(row.Owner, row.Until));
                row.Attempts++;
            }
            row.Status = TrialStatus.Claimed;
            row.Epoch++;
            row.Owner = owner;
            row.Since = time.GetUtcNow();
            row.Until = time.GetUtcNow() + lease;
            row.Failure = null;
            row.Transient = false;
            return Task.FromResult<TrialClaim>(new TrialClaim.Claimed(new TrialLease(spec.Key, row.Epoch), row.Checkpoint, row.Attempts));
        }
    }

    public Task<bool> RenewAsync(TrialLease lease, TimeSpan duration, CancellationToken cancellation) =>
        Write(lease, row => row.Until = time.GetUtcNow() + duration);

    public Task<bool> RecordCheckpointAsync(TrialLease lease, TrialCheckpoint checkpoint, CancellationToken cancellation) => Write(lease, row =>
    {
        row.Checkpoint = checkpoint;
        row.Attempts = 0;
    });

    public Task<bool> FinishAsync(TrialLease lease, TrialResult result, IReadOnlyList<TrialPrediction> predictions, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_rows.TryGetValue(lease.Key, out var row)) return Task.FromResult(false);
            if ((result is EvaluationResult) != (row.Spec.Kind == TrialKind.Evaluate))
                throw new ArgumentException($"Trial {lease.Key.Short} is of kind {row.Spec.Kind}, but its result is a {result.GetType().Name}.", nameof(result));
            if (row.Status == TrialStatus.Finished && row.Epoch == lease.Epoch) return Task.FromResult(true); // a repetition
            return Write(lease, current =>
            {
                current.Status = TrialStatus.Finished;
                current.Result = result;
                current.Predictions = [.. predictions];
                current.Checkpoint = null;
                current.Attempts = 0;
            });
        }
    }

    public Task<bool> FailAsync(TrialLease lease, string reason, bool transient, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_rows.TryGetValue(lease.Key, out var row) && row.Status == TrialStatus.Failed && row.Epoch == lease.Epoch) return Task.FromResult(true);
            return Write(lease, current =>
            {
                current.Status = TrialStatus.Failed;
                current.Failure = reason;
                current.Transient = transient;
                current.Attempts = 0;
            });
        }
    }

    public Task<bool> ReleaseAsync(TrialLease lease, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_rows.TryGetValue(lease.Key, out var row) && row.Status == TrialStatus.Released && row.Epoch == lease.Epoch) return Task.FromResult(true);
            return Write(lease, current =>
            {
                current.Status = TrialStatus.Released;
                current.Attempts = 0;
            });
        }
    }

    public Task ReopenAsync(TrialKey key, string weights, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_rows.GetValueOrDefault(key) is { Status: TrialStatus.Finished, Result: TrainResult result } row && result.Weights == weights)
                (row.Status, row.Predictions) = (TrialStatus.Released, []);
            return Task.CompletedTask;
        }
    }

    public Task<IReadOnlyList<ClaimedTrial>> ClaimedAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            return Task.FromResult<IReadOnlyList<ClaimedTrial>>([.. _rows.Values.Where(row => row.Status == TrialStatus.Claimed)
                .Select(row => new ClaimedTrial(row.Spec.Key, row.Owner, now - row.Since, row.Until - now))]);
        }
    }

    public Task<IReadOnlyList<string>> OwnersAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<string>>(
                [.. _rows.Values.Where(Runs).Select(row => row.Owner).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
        }
    }

    public Task<int> ExpireAsync(string owner, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var held = _rows.Values.Where(row => Runs(row) && row.Owner == owner).ToArray();
            foreach (var row in held) row.Until = time.GetUtcNow();
            return Task.FromResult(held.Length);
        }
    }

    public Task<IReadOnlyDictionary<TrialKey, TrialRecord>> FindAsync(IReadOnlyCollection<TrialKey> keys, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyDictionary<TrialKey, TrialRecord>>(
                keys.Distinct().Where(_rows.ContainsKey).ToDictionary(key => key, key => _rows[key].Record()));
        }
    }

    public Task<TrialSpec?> SpecAsync(TrialKey key, CancellationToken cancellation)
    {
        lock (_gate) return Task.FromResult(_rows.GetValueOrDefault(key)?.Spec);
    }

    public Task<IReadOnlyList<TrialKey>> CompleteKeyAsync(string prefix, int limit, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<TrialKey>>(
                [.. _rows.Keys.Where(key => key.Hex.StartsWith(prefix, StringComparison.Ordinal)).Take(limit)]);
        }
    }

    public Task<IReadOnlyList<TrialPrediction>> PredictionsAsync(TrialKey key, CancellationToken cancellation)
    {
        lock (_gate) return Task.FromResult(_rows.GetValueOrDefault(key)?.Predictions ?? []);
    }

    public Task<IReadOnlyList<TestLookCount>> CountTestLooksAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            var counts = _rows.Values.Select(row => row.Result).OfType<EvaluationResult>().SelectMany(result => result.Looks)
                .GroupBy(look => look)
                .Select(group => new TestLookCount(group.Key.DataSet, group.Key.Target, group.Key.Rows, group.Key.RowCount, group.Count()))
                .OrderBy(count => count.DataSet, StringComparer.Ordinal).ThenBy(count => count.Target, StringComparer.Ordinal)
                .ThenBy(count => count.Rows, StringComparer.Ordinal);
            return Task.FromResult<IReadOnlyList<TestLookCount>>([.. counts]);
        }
    }

    /// <summary>For the metric sink: whether this lease may write about its trial.</summary>
    internal bool IsNewest(TrialLease lease)
    {
        lock (_gate) return _rows.TryGetValue(lease.Key, out var row) && row.Epoch == lease.Epoch;
    }

    bool Runs(Row row) => row.Status == TrialStatus.Claimed && row.Until > time.GetUtcNow();

    Task<bool> Write(TrialLease lease, Action<Row> change)
    {
        lock (_gate)
        {
            if (!_rows.TryGetValue(lease.Key, out var row)) return Task.FromResult(false);
            if (row.Epoch != lease.Epoch || row.Status != TrialStatus.Claimed)
            {
                row.Stale++;
                return Task.FromResult(false);
            }
            change(row);
            return Task.FromResult(true);
        }
    }
}
