using System.Text.Json;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>
/// A study's log of events and its log of decisions, as stored. Trials end in one order here and in another there: the events of two runs are the same, their order is
/// not. One order of events gives one decision log.
/// </summary>
/// <param name="Events">In their order.</param>
/// <param name="Decisions">In their order.</param>
sealed record StudyRecord(string Study, IReadOnlyList<StudyEvent> Events, IReadOnlyList<Decision> Decisions)
{
    /// <summary>Of all studies of a home whose server runs.</summary>
    public static async Task<IReadOnlyList<StudyRecord>> OfAsync(ProgramHome home)
    {
        var events = (await home.RowsAsync("SELECT name, payload FROM study_events e JOIN studies s ON s.id = e.study_id ORDER BY name COLLATE \"C\", seq")).Select(Row)
            .ToLookup(row => row.GetProperty("name").GetString()!, row => row.GetProperty("payload").Deserialize<StudyEvent>(StudyJson.Options)!);
        var decisions = (await home.RowsAsync("SELECT name, node, decision FROM study_decisions d JOIN studies s ON s.id = d.study_id ORDER BY name COLLATE \"C\", seq, ordinal")).Select(Row)
            .ToLookup(row => row.GetProperty("name").GetString()!, row => new Decision(row.GetProperty("node").GetString(), row.GetProperty("decision").GetString()!));
        return [.. events.Select(study => new StudyRecord(study.Key, [.. study], [.. decisions[study.Key]]))];
    }

    /// <summary>The decision log is what the study's machine decides on these events, line by line: the host that wrote it added nothing of its own.</summary>
    public void MustBeItsMachines() => MustDecide(Events, Decisions);

    /// <summary>
    /// The same events but for their order and what they cost, the same draws in the same order; and the machine that hears of this run's trials in the other's order decides
    /// what the other decided, line by line.
    /// </summary>
    public void MustEqual(StudyRecord other)
    {
        var (mine, theirs) = (ByName(), other.ByName());
        Assert.Equal(theirs.Keys.Order(StringComparer.Ordinal), mine.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, happened) in theirs) Assert.Equal(Text(happened), Text(mine[name]));
        Assert.Equal(other.Draws(), Draws());
        // What was drawn is stored with whichever event set it off: without it, it is drawn anew.
        MustDecide([.. other.Events.Select(happened => Plain(mine[Name(happened)]))], other.Decisions);
    }

    /// <summary>Of searches, in their order.</summary>
    IEnumerable<string> Draws() => Events.SelectMany(happened => happened.Drawn ?? []).Select(drawn => $"{drawn.Search} {drawn.Number} {JsonSerializer.Serialize(drawn.Values, StudyJson.Options)}");

    void MustDecide(IEnumerable<StudyEvent> events, IReadOnlyList<Decision> expected)
    {
        StudyState? state = null;
        var decided = new List<Decision>();
        foreach (var happened in events)
        {
            var step = StudyMachine.Apply(state, happened);
            state = step.State;
            decided.AddRange(step.Decisions);
        }
        Assert.Equal(expected.Select(Line), decided.Select(Line));
    }

    Dictionary<string, StudyEvent> ByName() => Events.ToDictionary(Name, StringComparer.Ordinal);

    static string Name(StudyEvent happened) => happened switch
    {
        TrialFinished trained => $"trained {trained.Key}",
        EvaluationFinished tested => $"tested {tested.Key}",
        _ => happened.GetType().Name,
    };

    /// <summary>Without what depends on the order of work and on the machine.</summary>
    static StudyEvent Plain(StudyEvent happened) => happened switch
    {
        TrialFinished trained => trained with { CoreSeconds = 0, Reused = false, Drawn = null },
        EvaluationFinished tested => tested with { Reused = false, Drawn = null },
        _ => happened with { Drawn = null },
    };

    static string Text(StudyEvent happened) => JsonSerializer.Serialize(Plain(happened), StudyJson.Options);

    /// <summary>A trial that was finished for another study first was "finished before".</summary>
    string Line(Decision decision) => $"{Study} {decision.Node}: {decision.Text.Replace(" was finished before", " finished", StringComparison.Ordinal)}";

    static JsonElement Row(string row) => JsonDocument.Parse(row).RootElement;
}
