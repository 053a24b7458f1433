using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

/// <summary>A study and its driver in a <see cref="RandomWorld"/>: the log, what follows from it, and what the driver would lose in a crash.</summary>
sealed class WorldStudy(ResolvedStudy plan)
{
    readonly List<Decision> _decisions = [];
    (int Events, string State) _snapshot;

    public ResolvedStudy Plan { get; private set; } = plan;

    public string Name => Plan.Name;

    public List<StudyEvent> Log { get; } = [];

    public StudyState State { get; private set; } = null!;

    /// <summary>Epochs of failures that were known when a trial was submitted: they are not news.</summary>
    public Dictionary<TrialKey, long> OldFailures { get; } = [];

    /// <summary>Applies and stores.</summary>
    public IReadOnlyList<StudyCommand> Append(StudyEvent happened)
    {
        var step = StudyMachine.Apply(State, happened);
        if (happened is StudyExtended extended) Plan = extended.Study;
        State = step.State;
        Log.Add(happened);
        _decisions.AddRange(step.Decisions);
        return step.Commands;
    }

    public void TakeSnapshot() => _snapshot = (Log.Count, StudyMachine.Snapshot(State));

    /// <summary>Forgets everything but the log and the last snapshot, and comes back from these.</summary>
    public void Restart()
    {
        var before = StudyMachine.Snapshot(State);
        var state = _snapshot.Events > 0 ? StudyMachine.Restore(_snapshot.State) : null;
        foreach (var happened in Log.Skip(_snapshot.Events)) state = StudyMachine.Apply(state, happened).State;
        Assert.Equal(before, StudyMachine.Snapshot(state!));
        State = state!;
        OldFailures.Clear();
    }

    /// <summary>One sequence of events gives one sequence of decisions; and the study ends as one that nothing disturbed.</summary>
    public void CheckEnd()
    {
        var (state, decisions) = ((StudyState?)null, new List<Decision>());
        foreach (var happened in Log)
        {
            var step = StudyMachine.Apply(state, happened);
            state = step.State;
            decisions.AddRange(step.Decisions);
        }
        Assert.Equal(decisions, _decisions);
        var undisturbed = WorldPlans.Undisturbed(Plan);
        Assert.Equal(undisturbed.Status, State.Status);
        Assert.Equal(Rows(undisturbed), Rows(State));
        Assert.Equal(Rows(undisturbed), Rows(state!));
    }

    static IEnumerable<(string, NodeStatus, TrialKey?, string?)> Rows(StudyState state) =>
        state.Rows().Select(row => (row.Node, row.Status, row.Key, row.Winner)).Order();
}
