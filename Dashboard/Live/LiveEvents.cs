using AtomSets.Studies;

namespace AtomSets.Dashboard;

/// <summary>What happens, as it happens: in all studies, and in one.</summary>
sealed class LiveEvents(StudyCatalog studies, StudyWatches watches, WorkerBoard workers, TimeProvider time)
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1), ResultInterval = TimeSpan.FromSeconds(2);

    public IEnumerable<ApiRoute> Routes =>
    [
        ApiRoute.Events("/events", "The list of studies and what the workers do, on every change: events `studies` and `workers`.", AllAsync),
        ApiRoute.Events("/studies/{name}/events", "A study's progress on every change: events `progress`, `results` (something to read anew) and `end`.", OneAsync),
    ];

    async Task AllAsync(ApiRequest request)
    {
        await using var stream = await EventStream.OpenAsync(request.Http!, 2, time);
        try
        {
            while (true)
            {
                var list = await studies.ListAsync(request.Cancellation);
                await stream.TellAsync(0, EventStream.NameOf(list), "studies", list);
                var board = await workers.ReadAsync(request.Cancellation);
                // Ages and what is left change all the time.
                await stream.TellAsync(1, EventStream.NameOf(board with { Workers = [.. board.Workers.Select(worker => worker with { Age = null, Remaining = null, SamplesPerSecond = null })] }), "workers", board);
                await Task.Delay(Interval, time, request.Cancellation);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or StoreUnavailableException)
        {
            // The listener has gone; or it comes again by itself when the database is back.
        }
    }

    async Task OneAsync(ApiRequest request)
    {
        var study = await studies.FindAsync(request["name"], request.Cancellation);
        await using var stream = await EventStream.OpenAsync(request.Http!, 2, time);
        try
        {
            var (counts, toldAt) = ("", 0L);
            await foreach (var item in watches.FollowAsync(study, request.Cancellation))
            {
                if (item.Status != StudyStatus.Running) study = await studies.FindAsync(study.Name, request.Cancellation);
                var progress = ProgressAnswer.Of(item, study, time.GetUtcNow());
                await stream.TellAsync(0, EventStream.NameOf(progress with { Elapsed = 0, Remaining = null, RemainingLow = null, RemainingHigh = null, Workers = [.. progress.Workers.Select(worker => worker with { Age = null })] }), "progress", progress);
                var now = FormattableString.Invariant($"{item.Status} {item.Trials} {item.Finished} {item.Failed} {item.Blocked} {item.Skipped}");
                var isEnd = item.Status != StudyStatus.Running;
                if (now != counts && (isEnd || toldAt == 0 || time.GetElapsedTime(toldAt) >= ResultInterval))
                {
                    (counts, toldAt) = (now, time.GetTimestamp());
                    var sequence = (await studies.FindAsync(study.Name, request.Cancellation)).LastSequence;
                    await stream.TellAsync(1, FormattableString.Invariant($"{sequence}"), "results", new ResultsEvent(sequence));
                }
                if (isEnd) await stream.TellAsync(0, EventStream.NameOf(progress), "end", progress, isNews: false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or StoreUnavailableException or StudyNotFoundException)
        {
            // As above; or the study was deleted.
        }
    }
}

/// <param name="Sequence">Of the study's newest event.</param>
sealed record ResultsEvent(long Sequence);
