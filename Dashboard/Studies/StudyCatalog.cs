using System.Collections.Concurrent;
using AtomSets.Studies;

namespace AtomSets.Dashboard;

/// <summary>The studies: their list, and each with its plan, read anew only when something was written to it.</summary>
sealed class StudyCatalog(IStudyDirectory engine)
{
    const int Kept = 16;

    readonly ConcurrentDictionary<string, StudyDetails> _details = new(StringComparer.Ordinal);

    public async Task<StudiesAnswer> ListAsync(CancellationToken cancellation) =>
        new([.. (await engine.ListAsync(cancellation)).OrderByDescending(study => study.Changed).ThenBy(study => study.Name, StringComparer.Ordinal).Select(StudyLine.Of)]);

    /// <exception cref="StudyNotFoundException"/>
    public async Task<StudySummary> FindAsync(string name, CancellationToken cancellation) =>
        (await engine.ListAsync(cancellation)).FirstOrDefault(study => study.Name == name) ?? throw new StudyNotFoundException(name);

    /// <summary>All studies that run.</summary>
    public async Task<IReadOnlyList<StudySummary>> RunningAsync(CancellationToken cancellation) => [.. (await engine.ListAsync(cancellation)).Where(study => study.Header.Status == StudyStatus.Running)];

    /// <summary>A study's newest revision and rows.</summary>
    /// <exception cref="StudyNotFoundException"/>
    public async Task<StudyDetails> DetailsAsync(string name, CancellationToken cancellation)
    {
        var summary = await FindAsync(name, cancellation);
        if (_details.TryGetValue(name, out var known) && (known.Summary.Created, known.Summary.LastSequence) == (summary.Created, summary.LastSequence)) return known;
        var details = await engine.ShowAsync(name, cancellation);
        if (_details.Count >= Kept) _details.Clear();
        return _details[name] = details;
    }
}

/// <summary>All studies, those changed last first.</summary>
sealed record StudiesAnswer(IReadOnlyList<StudyLine> Studies);

/// <param name="Nodes">Steps of the plan that are known so far.</param>
/// <param name="Sequence">Of its newest event: it grows with everything that is written to the study.</param>
sealed record StudyLine(
    string Name, string Status, string Description, int Priority, DateTimeOffset Created, DateTimeOffset Changed, int Nodes, int Finished, int Failed, int Blocked, long Sequence)
{
    public static StudyLine Of(StudySummary study) => new(study.Name, ProgressAnswer.Word(study.Header.Status), study.Header.Description, study.Header.Priority, study.Created, study.Changed,
        study.Header.Nodes, study.Header.Finished, study.Header.Failed, study.Header.Blocked, study.LastSequence);
}
