using System.Runtime.CompilerServices;

namespace AtomSets.Studies;

/// <summary>Event logs in memory, for tests and simulations. Keeps every promise of <see cref="IStudyLog"/> within one process.</summary>
public sealed class InMemoryStudyLog(TimeProvider time) : IStudyLog
{
    readonly Lock _gate = new();
    readonly SortedDictionary<string, Entry> _studies = new(StringComparer.Ordinal);

    sealed class Entry(DateTimeOffset created)
    {
        public DateTimeOffset Created { get; } = created;
        public DateTimeOffset Changed { get; set; } = created;
        public List<StoredEvent> Events { get; } = [];
        public List<StoredDecision> Decisions { get; } = [];
        public List<string> NodeOrder { get; } = [];
        public Dictionary<string, NodeRow> Nodes { get; } = new(StringComparer.Ordinal);
        public StudyHeader Header { get; set; } = null!;
        public StudySnapshot? Snapshot { get; set; }
        public StudySnapshot? Ending { get; set; }
    }

    public Task CreateAsync(string study, StudyCommit first, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_studies.ContainsKey(study)) throw new StudyExistsException(study);
            if (first.ExpectedSequence != 1) throw new StudyLogConflictException(study, first.ExpectedSequence);
            var entry = new Entry(time.GetUtcNow());
            _studies.Add(study, entry);
            Store(entry, first);
        }
        return Task.CompletedTask;
    }

    public Task AppendAsync(string study, StudyCommit commit, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var entry = Get(study);
            if (commit.ExpectedSequence != entry.Events.Count + 1) throw new StudyLogConflictException(study, commit.ExpectedSequence);
            Store(entry, commit);
        }
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<StoredEvent> ReadAsync(string study, long fromSequence, [EnumeratorCancellation] CancellationToken cancellation)
    {
        StoredEvent[] events;
        lock (_gate) events = [.. Get(study).Events.Skip((int)Math.Max(0, fromSequence - 1))];
        foreach (var stored in events)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return stored;
        }
        await Task.CompletedTask;
    }

    public Task SaveSnapshotAsync(string study, StudySnapshot snapshot, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var entry = Get(study);
            if (entry.Snapshot is null || entry.Snapshot.Sequence < snapshot.Sequence) entry.Snapshot = snapshot;
        }
        return Task.CompletedTask;
    }

    public Task<StudySnapshot?> LoadSnapshotAsync(string study, CancellationToken cancellation)
    {
        lock (_gate) return Task.FromResult(_studies.GetValueOrDefault(study)?.Snapshot);
    }

    public Task<ResolvedStudy> RevisionAsync(string study, CancellationToken cancellation)
    {
        lock (_gate) return Task.FromResult(Get(study).Events.Select(stored => StudyEvent.RevisionOf(stored.Event)).OfType<ResolvedStudy>().Last());
    }

    public Task SaveEndingAsync(string study, StudySnapshot ending, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var entry = Get(study);
            if (entry.Ending is null || entry.Ending.Sequence < ending.Sequence) entry.Ending = ending;
        }
        return Task.CompletedTask;
    }

    public Task<StudySnapshot?> LoadEndingAsync(string study, CancellationToken cancellation)
    {
        lock (_gate) return Task.FromResult(_studies.GetValueOrDefault(study)?.Ending);
    }

    public Task<IReadOnlyList<StudySummary>> ListAsync(CancellationToken cancellation)
    {
        lock (_gate) return Task.FromResult<IReadOnlyList<StudySummary>>([.. _studies.Select(study => Summary(study.Key, study.Value))]);
    }

    public Task<StudySummary?> FindAsync(string study, CancellationToken cancellation)
    {
        lock (_gate) return Task.FromResult(_studies.TryGetValue(study, out var entry) ? Summary(study, entry) : null);
    }

    public Task<IReadOnlyList<NodeRow>> NodesAsync(string study, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var entry = Get(study);
            return Task.FromResult<IReadOnlyList<NodeRow>>([.. entry.NodeOrder.Select(node => entry.Nodes[node])]);
        }
    }

    public Task<IReadOnlyList<StoredDecision>> DecisionsAsync(string study, CancellationToken cancellation)
    {
        lock (_gate) return Task.FromResult<IReadOnlyList<StoredDecision>>([.. Get(study).Decisions]);
    }

    public Task<DecisionPage> DecisionsAsync(string study, DecisionFilter filter, CancellationToken cancellation)
    {
        lock (_gate) return Task.FromResult(DecisionPage.Of(Get(study).Decisions, filter));
    }

    public Task<bool> DeleteAsync(string study, CancellationToken cancellation)
    {
        lock (_gate) return Task.FromResult(_studies.Remove(study));
    }

    Entry Get(string study) => _studies.GetValueOrDefault(study) ?? throw new StudyNotFoundException(study);

    static StudySummary Summary(string study, Entry entry) => new(study, entry.Header, entry.Events.Count, entry.Created, entry.Changed);

    void Store(Entry entry, StudyCommit commit)
    {
        var now = time.GetUtcNow();
        foreach (var happened in commit.Events) entry.Events.Add(new StoredEvent(entry.Events.Count + 1, now, happened));
        entry.Decisions.AddRange(commit.Decisions.Select(decision => new StoredDecision(entry.Events.Count, now, decision)));
        foreach (var node in commit.RemovedNodes)
        {
            entry.Nodes.Remove(node);
            entry.NodeOrder.Remove(node);
        }
        foreach (var row in commit.ChangedNodes)
        {
            if (!entry.Nodes.ContainsKey(row.Node)) entry.NodeOrder.Add(row.Node);
            entry.Nodes[row.Node] = row;
        }
        entry.Header = commit.Header;
        entry.Changed = now;
    }
}
