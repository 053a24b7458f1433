using AtomSets.Studies;

namespace AtomSets.Dashboard;

/// <summary>
/// The studies: their list, and each with its plan, read anew only when something was written to it; of a large study that runs, where something always is, not more often than takes a tenth of the time.
/// </summary>
sealed class StudyCatalog(IStudyDirectory engine, TimeProvider time)
{
    /// <summary>The steps of a large study take some forty megabytes.</summary>
    const int Kept = 4, Share = 10;

    /// <summary>So old a running study's plan may be in any case.</summary>
    static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(2);

    readonly Lock _lock = new();
    readonly Dictionary<string, Reading> _readings = new(StringComparer.Ordinal);

    sealed record Reading(long Began, Task<(StudyDetails Details, TimeSpan Took)> Task);

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
        // Asked by many at once, it is read once; who gives up does not stop the others.
        var reading = Open(summary);
        try
        {
            return (await reading.Task.WaitAsync(cancellation)).Details;
        }
        catch (Exception) when (reading.Task.IsFaulted)
        {
            lock (_lock) _readings.Remove(name);
            throw;
        }
    }

    Reading Open(StudySummary study)
    {
        lock (_lock)
        {
            if (_readings.TryGetValue(study.Name, out var known) && IsGood(known, study)) return known;
            if (_readings.Count >= Kept) _readings.Clear();
            return _readings[study.Name] = new Reading(time.GetTimestamp(), Task.Run(() => ReadAsync(study.Name)));
        }
    }

    bool IsGood(Reading known, StudySummary study)
    {
        if (!known.Task.IsCompleted) return true;
        if (!known.Task.IsCompletedSuccessfully) return false;
        var ((details, took), isRunning) = (known.Task.Result, study.Header.Status == StudyStatus.Running);
        return details.Summary.Created == study.Created
            && (details.Summary.LastSequence == study.LastSequence || (isRunning && time.GetElapsedTime(known.Began) < (Share * took > s_fresh ? Share * took : s_fresh)));
    }

    async Task<(StudyDetails, TimeSpan)> ReadAsync(string name)
    {
        var began = time.GetTimestamp();
        return (await engine.ShowAsync(name, CancellationToken.None), time.GetElapsedTime(began));
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
