using AtomSets.Materials;
using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary>Runs a study to its end in front of a person: facts, progress, result table.</summary>
sealed class StudyRunner(CliContext context, Session session)
{
    const long NeededDiskBytes = 64L << 20;

    static readonly TimeSpan s_cleaningInterval = TimeSpan.FromMinutes(5);

    /// <summary>Younger files may belong to a trial whose row is still to be written: it waits ten minutes for a database that is away.</summary>
    static readonly TimeSpan s_youngest = TimeSpan.FromMinutes(15);

    public async Task<int> RunAsync(StudyFile file, CancellationToken cancellation)
    {
        CheckSpace();
        var submitted = await session.Engine.SubmitAsync(file, cancellation);
        context.Error.WriteLine(submitted.Outcome switch
        {
            SubmitOutcome.Started => $"{submitted.Name}: started, {submitted.NewNodes} steps",
            SubmitOutcome.Extended => $"{submitted.Name}: extended by {submitted.NewNodes} steps; what was finished stays",
            SubmitOutcome.Resumed => $"{submitted.Name}: continues where it stopped",
            _ => $"{submitted.Name}: finished already, nothing to compute",
        });
        foreach (var fact in submitted.Facts) context.Error.WriteLine($"- {fact.Text}");
        return await FollowAsync(submitted.Name, cancellation);
    }

    public async Task<int> ResumeAsync(string study, CancellationToken cancellation)
    {
        CheckSpace();
        await session.Engine.ResumeAsync(study, cancellation);
        return await FollowAsync(study, cancellation);
    }

    async Task<int> FollowAsync(string study, CancellationToken cancellation)
    {
        StudyProgress end;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var cleaning = session.OwnsArtifacts ? CleanAsync(ended.Token) : Task.CompletedTask;
        try
        {
            end = await new StudyProgressView(context).FollowAsync(session.Engine.WatchAsync(study, cancellation), silenceLimit: null, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await cleaning;
            return await StopAsync(study);
        }
        finally
        {
            await ended.CancelAsync();
            await cleaning;
        }
        context.Error.WriteLine($"{study}: {end.Status.ToString().ToLowerInvariant()} after {Numbers.Duration(end.Elapsed)}, {string.Join(", ", ProgressText.Counts(end).Prepend(ProgressText.Done(end)))}");
        if (end.Status == StudyStatus.Running)
        {
            // The engine gave up on it, and the message says why.
            context.Error.WriteLine(end.Message ?? $"the study stopped; go on with: atomsets study resume {study}");
            return ExitCodes.FailedWork;
        }
        await new ResultPrinter(context, session).PrintStudyAsync(study, CancellationToken.None);
        if (end.Failed > 0) context.Error.WriteLine($"{end.Failed} trials failed, {end.Blocked} were blocked by them. All reasons: atomsets study show {end.Study}");
        return end.Status == StudyStatus.Finished ? ExitCodes.Done : ExitCodes.FailedWork;
    }

    /// <summary>What ended searches kept at their pauses can be many gigabytes: it goes while the study runs.</summary>
    async Task CleanAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await Task.Delay(s_cleaningInterval, context.Time, cancellation);
                session.Artifacts.Collect(await session.ArtifactUse.ReadAsync(cancellation), s_youngest);
            }
        }
        catch (OperationCanceledException)
        {
            // The study ended or is stopped.
        }
        catch (Exception e) when (e is StorageException or StoreUnavailableException or IOException or UnauthorizedAccessException)
        {
            context.Error.WriteLine($"The artifact folder is not cleaned up any more while this study runs ({e.Message.TrimEnd('.')}); do it with: atomsets db gc");
        }
    }

    /// <summary>Closing the session waits for the checkpoints; a person should know what takes the time, and that it need not.</summary>
    async Task<int> StopAsync(string study)
    {
        if (session.GoesOn)
        {
            context.Error.WriteLine($"{study} runs on in the cluster. Follow it with: atomsets study watch {study} --cluster   Stop it with: atomsets study cancel {study} --cluster");
            return ExitCodes.Interrupted;
        }
        context.Error.WriteLine("Stopping: running trials write their checkpoints. Ctrl-C again ends at once.");
        await session.DisposeAsync();
        context.Error.WriteLine($"Stopped. Finished trials are kept. Continue with: atomsets study resume {study}");
        return ExitCodes.Interrupted;
    }

    // A trial that cannot keep its graphs or checkpoints fails: better said before it begins.
    void CheckSpace()
    {
        var folder = session.Artifacts.Root;
        var free = new DriveInfo(folder).AvailableFreeSpace;
        if (free < NeededDiskBytes)
            throw new InputException($"only {Numbers.Bytes(free)} are free on the disk of {folder}, and a study needs {Numbers.Bytes(NeededDiskBytes)} at least; "
                + "free some, or set ATOMSETS_HOME to a folder on another disk");
    }
}
