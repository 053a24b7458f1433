namespace AtomSets.Studies;

/// <summary>
/// Steers studies through their logs, from any process: a driver that runs the study takes it up within a second (at once when told by
/// <see cref="StudyDriver.Look"/>).
/// </summary>
public sealed class StudyControl(IStudyLog log, TimeProvider time)
{
    readonly StudyDriverOptions _options = new();

    /// <summary>Stores a new study, or what is new in its file, or the wish to go on. The study is driven by whoever hosts it.</summary>
    /// <exception cref="StudyInputException">The plan breaks a rule; nothing is stored.</exception>
    public async Task<SubmittedStudy> SubmitAsync(ResolvedStudy study, CancellationToken cancellation)
    {
        while (true)
        {
            if (await log.FindAsync(study.Name, cancellation) is null)
            {
                try
                {
                    var first = StudyJournal.First(study);
                    // Where the answer was lost the second call finds the study there.
                    await StoreRetry.RunAsync(
                        async () =>
                        {
                            await log.CreateAsync(study.Name, first, cancellation);
                            return true;
                        },
                        time, _options.StorePatience, cancellation);
                    return new SubmittedStudy(study.Name, SubmitOutcome.Started, first.Header.Nodes, study.Facts);
                }
                catch (StudyExistsException)
                {
                    continue; // someone was quicker
                }
            }
            var journal = await OpenAsync(study.Name, cancellation);
            var before = journal.State!;
            if (before.Plan.Hash == study.Hash)
            {
                if (study.Priority is { } priority && priority != before.Priority) await StoreAsync(journal, new PriorityChanged(priority), cancellation);
                if (before.Status == StudyStatus.Finished) return new SubmittedStudy(study.Name, SubmitOutcome.AlreadyFinished, 0, study.Facts);
                await StoreResumeAsync(journal, cancellation);
                return new SubmittedStudy(study.Name, SubmitOutcome.Resumed, 0, study.Facts);
            }
            await StoreAsync(journal, new StudyExtended(study), cancellation);
            var fresh = journal.State!.Nodes.Keys.Count(node => !before.Nodes.ContainsKey(node));
            return new SubmittedStudy(study.Name, SubmitOutcome.Extended, fresh, study.Facts);
        }
    }

    /// <exception cref="StudyNotFoundException"/>
    public async Task ResumeAsync(string study, CancellationToken cancellation)
    {
        var journal = await OpenAsync(study, cancellation);
        await StoreResumeAsync(journal, cancellation);
    }

    /// <exception cref="StudyNotFoundException"/>
    public async Task CancelAsync(string study, CancellationToken cancellation)
    {
        var journal = await OpenAsync(study, cancellation);
        if (journal.State!.Status == StudyStatus.Running) await StoreAsync(journal, new CancelRequested(), cancellation);
    }

    /// <summary>Gives a study's trials another priority, also while it runs.</summary>
    /// <exception cref="StudyNotFoundException"/>
    public async Task PrioritizeAsync(string study, int priority, CancellationToken cancellation)
    {
        var journal = await OpenAsync(study, cancellation);
        if (journal.State!.Priority != priority) await StoreAsync(journal, new PriorityChanged(priority), cancellation);
    }

    /// <summary>The study, its rows and its decisions, as stored.</summary>
    /// <exception cref="StudyNotFoundException"/>
    public async Task<StudyDetails> ShowAsync(string study, CancellationToken cancellation)
    {
        // All stored: nothing of the log is replayed.
        var summary = await log.FindAsync(study, cancellation) ?? throw new StudyNotFoundException(study);
        var (revision, nodes, decisions) = (log.RevisionAsync(study, cancellation), log.NodesAsync(study, cancellation), log.DecisionsAsync(study, cancellation));
        return new StudyDetails(summary, await revision, [.. await nodes], [.. await decisions]);
    }

    /// <summary>A running study without failures needs no word: driving it is enough.</summary>
    async Task StoreResumeAsync(StudyJournal journal, CancellationToken cancellation)
    {
        var header = journal.State!.Header;
        if (header.Status is StudyStatus.Cancelled or StudyStatus.Failed || header.Failed > 0) await StoreAsync(journal, new ResumeRequested(), cancellation);
    }

    async Task<StudyJournal> OpenAsync(string study, CancellationToken cancellation)
    {
        var journal = new StudyJournal(study, log, time, _options);
        await journal.LoadAsync(cancellation);
        return journal;
    }

    /// <summary>A driver may append between our reading and our writing: then read again.</summary>
    async Task StoreAsync(StudyJournal journal, StudyEvent wish, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await journal.CommitAsync([wish], cancellation);
                return;
            }
            catch (StudyLogConflictException)
            {
                await journal.LoadAsync(cancellation);
            }
        }
    }
}
