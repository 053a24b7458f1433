namespace AtomSets.Studies;

/// <summary>A worker's attempt on its way: it has begun, can be stopped, and tells its end once.</summary>
public sealed class RunningAttempt
{
    readonly CancellationTokenSource _stop;
    readonly Lock _gate = new();
    bool _hasEnded;

    RunningAttempt(Func<CancellationToken, Task<AttemptEnd>> run, Action<AttemptEnd> ended, CancellationToken closing)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(closing);
        Ended = Task.Run(() => RunAsync(run, ended), CancellationToken.None);
    }

    /// <summary>Completes after the end was told; never fails.</summary>
    public Task Ended { get; }

    /// <param name="attempt">Worker and lease.</param>
    /// <param name="request">The trial.</param>
    /// <param name="ended">Hears the end, on any thread; must not throw.</param>
    /// <param name="closing">Stops it as <see cref="Stop"/> does.</param>
    public static RunningAttempt Begin(TrialAttempt attempt, RequestTrial request, Action<AttemptEnd> ended, CancellationToken closing) =>
        Begin(async stop => (await attempt.RunAsync(request.Spec, request.Node, stop)).End, ended, closing);

    /// <param name="run">The worker's part of a trial; may be cancelled, and fails only for want of the store.</param>
    /// <inheritdoc cref="Begin(TrialAttempt, RequestTrial, Action{AttemptEnd}, CancellationToken)"/>
    public static RunningAttempt Begin(Func<CancellationToken, Task<AttemptEnd>> run, Action<AttemptEnd> ended, CancellationToken closing) => new(run, ended, closing);

    /// <summary>The worker stops soon, keeps a checkpoint if it can, and gives its lease back.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            if (!_hasEnded) _ = _stop.CancelAsync();
        }
    }

    async Task RunAsync(Func<CancellationToken, Task<AttemptEnd>> run, Action<AttemptEnd> ended)
    {
        var end = AttemptEnd.Given;
        try
        {
            end = await run(_stop.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or StoreUnavailableException)
        {
            // Nothing is decided: the trial is run again from its checkpoint, here or elsewhere.
        }
        finally
        {
            ended(end);
            lock (_gate) _hasEnded = true;
            _stop.Dispose();
        }
    }
}
