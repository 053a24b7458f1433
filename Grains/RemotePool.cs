using System.Collections.Concurrent;
using System.Collections.Immutable;
using AtomSets.Grains.Interfaces;
using AtomSets.Studies;

namespace AtomSets.Grains;

/// <summary>
/// The pool as one study's driver sees it. What was submitted and has not ended is submitted again whenever the pool turns out to be a new activation,
/// which knows nothing of it, or to serve another host of the study.
/// </summary>
sealed class RemotePool : ITrialPool, IAsyncDisposable
{
    const int SubmitAtOnce = 500;

    readonly Guid _host = Guid.NewGuid();
    readonly string _study;
    readonly IWorkerPoolGrain _pool;
    readonly TimeProvider _time;
    readonly ClusterTimes _options;
    readonly ConcurrentDictionary<TrialKey, RequestWire> _outstanding = new();
    readonly SemaphoreSlim _inOrder = new(1);
    readonly CancellationTokenSource _closing = new();
    readonly Task _watching;
    volatile bool _isLeaving;
    Guid _known;
    int? _priority;

    public RemotePool(string study, IWorkerPoolGrain pool, TimeProvider time, ClusterTimes options)
    {
        (_study, _pool, _time, _options) = (study, pool, time, options);
        _watching = Task.Run(() => WatchAsync(_closing.Token));
    }

    /// <summary>The ledger has an outcome: nothing is to be submitted again.</summary>
    public void Ended(TrialKey key) => _outstanding.TryRemove(key, out _);

    public Task SubmitAsync(string study, ImmutableArray<RequestTrial> trials, CancellationToken cancellation)
    {
        foreach (var trial in trials) _outstanding[trial.Key] = RequestWire.From(trial);
        return InOrderAsync(() => SendAsync([.. trials.Select(RequestWire.From)], cancellation), cancellation);
    }

    public Task PrioritizeAsync(string study, int priority, CancellationToken cancellation) => InOrderAsync(
        () =>
        {
            _priority = priority;
            return CallAsync(() => _pool.PrioritizeAsync(study, priority), cancellation);
        },
        cancellation);

    public Task WithdrawAsync(string study, ImmutableArray<TrialKey> keys, CancellationToken cancellation)
    {
        foreach (var key in keys) Ended(key);
        return InOrderAsync(() => CallAsync(() => _pool.WithdrawAsync(study, _host, [.. keys.Select(key => key.Hex)]), cancellation), cancellation);
    }

    public async Task<ImmutableArray<TrialKey>> WithdrawWaitingAsync(string study, ImmutableArray<TrialKey> keys, CancellationToken cancellation)
    {
        var request = Guid.NewGuid();
        ImmutableArray<TrialKey> waiting = [];
        await InOrderAsync(
            async () =>
            {
                var withdrawn = await GrainCalls.RetryAsync(
                    () => _pool.WithdrawWaitingAsync(study, _host, [.. keys.Select(key => key.Hex)], request), _options.Patience, _time, cancellation);
                waiting = [.. withdrawn.Select(key => new TrialKey(key))];
                foreach (var key in waiting) Ended(key);
            },
            cancellation);
        return waiting;
    }

    /// <summary>This host goes away and the study does not: its trials go on, and its next host, which submits them again, has them.</summary>
    public void Leave() => _isLeaving = true;

    public Task WithdrawAllAsync(string study, CancellationToken cancellation)
    {
        if (_isLeaving) return Task.CompletedTask;
        _outstanding.Clear();
        return InOrderAsync(() => CallAsync(() => _pool.WithdrawAllAsync(study, _host), cancellation), cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _watching;
        _closing.Dispose();
        _inOrder.Dispose();
    }

    async Task WatchAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await Task.Delay(_options.Beat, _time, cancellation);
                try
                {
                    var now = await _pool.WhichAsync(_study);
                    if (now.Pool != _known || (now.Host != _host && !_outstanding.IsEmpty)) await InOrderAsync(() => SubmitAgainAsync(cancellation), cancellation);
                }
                catch (Exception e) when (e is not OutOfMemoryException && !cancellation.IsCancellationRequested)
                {
                    // The cluster heals: ask again after the next pause. Whoever gave up would never hear of a new pool.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The study's host has ended.
        }
    }

    async Task SubmitAgainAsync(CancellationToken cancellation)
    {
        if (_outstanding.IsEmpty)
        {
            _known = (await _pool.WhichAsync(_study)).Pool;
            return;
        }
        await SendAsync([.. _outstanding.Values.OrderBy(request => request.Order)], cancellation);
        if (_priority is { } priority) await CallAsync(() => _pool.PrioritizeAsync(_study, priority), cancellation);
    }

    async Task SendAsync(RequestWire[] trials, CancellationToken cancellation)
    {
        foreach (var chunk in trials.Chunk(SubmitAtOnce))
        {
            var took = await GrainCalls.RetryAsync(() => _pool.SubmitAsync(_study, _host, chunk), _options.Patience, _time, cancellation);
            if (_known == Guid.Empty) _known = took;
            else if (took != _known)
            {
                // A new activation: it has this chunk only.
                _known = took;
                await SendAsync([.. _outstanding.Values.OrderBy(request => request.Order)], cancellation);
                return;
            }
        }
    }

    Task CallAsync(Func<Task> call, CancellationToken cancellation) => GrainCalls.RetryAsync(call, _options.Patience, _time, cancellation);

    async Task InOrderAsync(Func<Task> call, CancellationToken cancellation)
    {
        await _inOrder.WaitAsync(cancellation);
        try
        {
            await call();
        }
        finally
        {
            _inOrder.Release();
        }
    }
}
