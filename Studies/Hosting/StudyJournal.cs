using System.Collections.Immutable;
using System.Text.Json;

namespace AtomSets.Studies;

/// <summary>A study's state kept in step with its log: loads, appends, and takes in what others appended.</summary>
sealed class StudyJournal(string study, IStudyLog log, TimeProvider time, StudyDriverOptions options)
{
    long _next = 1;
    long _snapshotAt;

    public StudyState? State { get; private set; }

    /// <summary>Reads the snapshot and the events after it.</summary>
    /// <exception cref="StudyNotFoundException"/>
    public async Task<bool> LoadAsync(CancellationToken cancellation)
    {
        (State, _next) = (null, 1);
        var snapshot = await log.LoadSnapshotAsync(study, cancellation);
        if (StudyMachine.TryRestore(snapshot) is { } state) (State, _next, _snapshotAt) = (state, snapshot!.Sequence + 1, snapshot.Sequence);
        await foreach (var stored in log.ReadAsync(study, _next, cancellation))
        {
            State = StudyMachine.Apply(State, stored.Event).State;
            _next = stored.Sequence + 1;
        }
        if (State is null) throw new StudyNotFoundException(study);
        return true;
    }

    /// <summary>Applies and stores events in one commit; what others stored first is taken in before.</summary>
    /// <returns>The commands of these events (and of those taken in).</returns>
    /// <exception cref="StudyLogConflictException">Another host reports trials of this study.</exception>
    public async Task<ImmutableArray<StudyCommand>> CommitAsync(IReadOnlyList<StudyEvent> events, CancellationToken cancellation)
    {
        var commands = ImmutableArray<StudyCommand>.Empty;
        while (true)
        {
            var (state, commit, added) = Prepare(events);
            try
            {
                // An append whose answer was lost comes back as a conflict with our own events.
                await StoreRetry.RunAsync(
                    async () =>
                    {
                        await log.AppendAsync(study, commit, cancellation);
                        return true;
                    },
                    time, options.StorePatience, cancellation);
            }
            catch (StudyLogConflictException)
            {
                var foreign = await StoreRetry.RunAsync(() => ReadNewAsync(cancellation), time, options.StorePatience, cancellation);
                if (!IsOwn(foreign, commit))
                {
                    commands = [.. commands, .. TakeIn(foreign)];
                    continue;
                }
            }
            State = state;
            _next += commit.Events.Length;
            await SnapshotAsync(cancellation);
            return [.. commands, .. added];
        }
    }

    /// <summary>Applies what others have appended.</summary>
    /// <returns>The commands that follow; null when nothing was appended.</returns>
    /// <exception cref="StudyLogConflictException">Another host reports trials of this study.</exception>
    /// <exception cref="StudyNotFoundException">It was deleted.</exception>
    public async Task<ImmutableArray<StudyCommand>?> AdoptAsync(CancellationToken cancellation)
    {
        var summary = await log.FindAsync(study, cancellation) ?? throw new StudyNotFoundException(study);
        return summary.LastSequence < _next ? null : [.. TakeIn(await ReadNewAsync(cancellation))];
    }

    (StudyState State, StudyCommit Commit, ImmutableArray<StudyCommand> Commands) Prepare(IReadOnlyList<StudyEvent> events)
    {
        var state = State;
        var commands = ImmutableArray.CreateBuilder<StudyCommand>();
        var decisions = ImmutableArray.CreateBuilder<Decision>();
        var rows = new Dictionary<string, NodeRow>(StringComparer.Ordinal);
        var removed = new HashSet<string>(StringComparer.Ordinal);
        var stored = ImmutableArray.CreateBuilder<StudyEvent>(events.Count);
        foreach (var happened in events)
        {
            var step = StudyMachine.Apply(state, happened);
            stored.Add(step.Drawn is { } drawn ? happened with { Drawn = drawn } : happened);
            state = step.State;
            commands.AddRange(step.Commands);
            decisions.AddRange(step.Decisions);
            foreach (var row in step.ChangedNodes)
            {
                rows[row.Node] = row;
                removed.Remove(row.Node);
            }
            foreach (var node in step.RemovedNodes)
            {
                rows.Remove(node);
                removed.Add(node);
            }
        }
        var commit = new StudyCommit(_next, stored.DrainToImmutable(), decisions.DrainToImmutable(), [.. rows.Values], [.. removed], state!.Header);
        return (state, commit, commands.DrainToImmutable());
    }

    async Task<List<StudyEvent>> ReadNewAsync(CancellationToken cancellation)
    {
        var events = new List<StudyEvent>();
        await foreach (var stored in log.ReadAsync(study, _next, cancellation)) events.Add(stored.Event);
        return events;
    }

    /// <summary>People may steer a study from anywhere; its trials are reported by one host only.</summary>
    List<StudyCommand> TakeIn(List<StudyEvent> foreign)
    {
        if (foreign.Any(happened => happened is not (StudyExtended or CancelRequested or ResumeRequested or PriorityChanged)))
            throw new StudyLogConflictException(study, _next);
        var commands = new List<StudyCommand>();
        foreach (var happened in foreign)
        {
            var step = StudyMachine.Apply(State, happened);
            State = step.State;
            commands.AddRange(step.Commands);
            _next++;
        }
        return commands;
    }

    static bool IsOwn(List<StudyEvent> found, StudyCommit commit) => found.Count >= commit.Events.Length
        && commit.Events.Select((happened, i) => (happened, i)).All(pair => Json(pair.happened) == Json(found[pair.i]));

    static string Json(StudyEvent happened) => JsonSerializer.Serialize(happened, StudyJson.Options);

    async Task SnapshotAsync(CancellationToken cancellation)
    {
        var last = _next - 1;
        if (last - _snapshotAt < Math.Max(options.SnapshotEvery, State!.TrialCount / 4)) return;
        try
        {
            await log.SaveSnapshotAsync(study, new StudySnapshot(last, StudyMachine.Snapshot(State)), cancellation);
            _snapshotAt = last;
        }
        catch (StoreUnavailableException)
        {
            // It only saves reading; the next commit tries again.
        }
    }

    /// <summary>The first commit of a new study.</summary>
    public static StudyCommit First(ResolvedStudy resolved)
    {
        var step = StudyMachine.Apply(null, new StudyStarted(resolved));
        return new StudyCommit(1, [new StudyStarted(resolved)], step.Decisions, step.ChangedNodes, [], step.State.Header);
    }
}
