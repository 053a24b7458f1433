using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>
/// The engine of one machine: a worker per core, every study driven by its own loop, everything that matters in the ports' stores. Several processes may
/// share the stores: a trial is computed once, by whoever claims it first.
/// </summary>
public sealed class LocalEngine : IStudyEngine
{
    readonly LocalEngineOptions _options;
    readonly TrialContext _context;
    readonly IStudyLog _log;
    readonly StudyResolver _resolver;
    readonly StudyControl _control;
    readonly PoolDriver _pool;
    readonly TrialRunner[] _workers;
    readonly ConcurrentDictionary<string, HostedStudy> _hosted = new(StringComparer.Ordinal);
    readonly Lock _hosting = new();
    readonly CancellationTokenSource _closing = new();
    volatile bool _isFresh = true;

    /// <summary>Starts the workers; they wait for studies.</summary>
    /// <param name="log">Event logs of the studies.</param>
    /// <param name="context">What workers need: models, data, artifacts, ledger, metrics.</param>
    /// <param name="options">Number of workers, times.</param>
    public LocalEngine(IStudyLog log, TrialContext context, LocalEngineOptions? options = null)
    {
        _options = options ?? new LocalEngineOptions();
        _log = log;
        _context = context;
        _resolver = new StudyResolver(context.Models, context.Data, context.Artifacts, context.Numerics);
        _control = new StudyControl(log, context.Time);
        var workers = Math.Max(1, _options.Workers);
        _pool = new PoolDriver(context.Ledger, context.Time, new PoolDriverOptions
        {
            Owner = _options.Owner, Attempts = _options.Attempts with { IsGone = ProcessOwner.IsDead }, MaxGang = workers, ShardsOf = TrialContent.ShardsOf,
        });
        _workers = [.. Enumerable.Range(1, workers).Select(i => new TrialRunner(context, string.Create(CultureInfo.InvariantCulture, $"w{i}")))];
        foreach (var worker in _workers) _pool.Join(worker.State.Now.Worker, worker);
    }

    /// <inheritdoc/>
    public async Task<SubmittedStudy> SubmitAsync(StudyFile file, CancellationToken cancellation)
    {
        // Reading data and parsing structures takes seconds: not on the caller's thread.
        var resolved = await Task.Run(() => _resolver.Resolve(file.Text, file.Origin, null, cancellation), cancellation);
        return await SubmitAsync(resolved with { Priority = file.Priority ?? resolved.Priority }, cancellation);
    }

    /// <summary>As the other overload, for a study that is resolved already.</summary>
    /// <exception cref="StudyInputException">The plan breaks a rule; nothing is stored.</exception>
    public async Task<SubmittedStudy> SubmitAsync(ResolvedStudy study, CancellationToken cancellation)
    {
        var submitted = await _control.SubmitAsync(study, cancellation);
        if (submitted.Outcome != SubmitOutcome.AlreadyFinished) await HostAsync(study.Name, cancellation);
        return submitted;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StudyProgress> WatchAsync(string study, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var follower = StudyFollowers.Follow(study, _log, _context.Ledger, _context.Metrics, _context.Time);
        StudyProgress? last = null;
        var lastRead = _context.Time.GetTimestamp();
        while (true)
        {
            // Before the reading, so that what was seen last is the end.
            var hasGivenUp = HasGivenUp(study);
            var host = _hosted.GetValueOrDefault(study);
            try
            {
                last = await follower.ReadAsync(host is { HasEnded: false } ? Workers() : [], host?.Message, cancellation);
                lastRead = _context.Time.GetTimestamp();
            }
            catch (StoreUnavailableException e) when (last is not null && _context.Time.GetElapsedTime(lastRead) < _options.Driver.StorePatience)
            {
                // The driver and the workers wait for the store as well.
                last = last with { Message = $"the database does not answer: {e.Message}" };
            }
            yield return last;
            if (last.Status != StudyStatus.Running || hasGivenUp) yield break;
            // What other processes do is stored every second or two.
            await Task.Delay(host is { HasEnded: false } ? _options.WatchInterval : 2 * _options.WatchInterval, _context.Time, cancellation);
        }
    }

    /// <inheritdoc/>
    public Task<DecisionPage> DecisionsAsync(string study, DecisionFilter filter, CancellationToken cancellation) => _log.DecisionsAsync(study, filter, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StudySummary>> ListAsync(CancellationToken cancellation) => _log.ListAsync(cancellation);

    /// <inheritdoc/>
    public Task<StudyDetails> ShowAsync(string study, CancellationToken cancellation) => _control.ShowAsync(study, cancellation);

    /// <inheritdoc/>
    public async Task ResumeAsync(string study, CancellationToken cancellation)
    {
        await _control.ResumeAsync(study, cancellation);
        var summary = await _log.FindAsync(study, cancellation) ?? throw new StudyNotFoundException(study);
        if (summary.Header.Status == StudyStatus.Running) await HostAsync(study, cancellation);
    }

    /// <inheritdoc/>
    public async Task CancelAsync(string study, CancellationToken cancellation)
    {
        await _control.CancelAsync(study, cancellation);
        if (!_hosted.TryGetValue(study, out var host)) return;
        host.Look();
        await host.EndAsync(cancellation);
    }

    /// <inheritdoc/>
    public async Task PrioritizeAsync(string study, int priority, CancellationToken cancellation)
    {
        await _control.PrioritizeAsync(study, priority, cancellation);
        if (_hosted.TryGetValue(study, out var host)) host.Look();
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string study, CancellationToken cancellation)
    {
        await CancelAsync(study, cancellation);
        _hosted.TryRemove(study, out _);
        if (!await _log.DeleteAsync(study, cancellation)) throw new StudyNotFoundException(study);
    }

    /// <summary>Stops all workers; running trials keep a checkpoint, and studies go on when they are resumed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _pool.DisposeAsync();
        foreach (var host in _hosted.Values) await host.DisposeAsync();
        foreach (var worker in _workers) worker.Dispose();
        _closing.Dispose();
    }

    async Task HostAsync(string study, CancellationToken cancellation)
    {
        if (_isFresh)
        {
            _isFresh = false;
            await ProcessOwner.ExpireDeadAsync(_context.Ledger, cancellation);
        }
        lock (_hosting)
        {
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
            if (_hosted.TryGetValue(study, out var running) && running.DriveOn()) return;
            _hosted[study] = HostedStudy.Start(host => CreateDriver(study, host), token => OtherHostIsGoneAsync(study, token), _closing.Token);
        }
    }

    StudyDriver CreateDriver(string study, HostedStudy host)
    {
        var driver = new StudyDriver(study, _log, _context.Ledger, _pool, _context.Time, _options.Driver) { Changed = host.Changed };
        _pool.Listen(study, driver);
        return driver;
    }

    async Task<bool> OtherHostIsGoneAsync(string study, CancellationToken cancellation)
    {
        var (last, since) = (-1L, _context.Time.GetTimestamp());
        while (true)
        {
            var summary = await _log.FindAsync(study, cancellation);
            if (summary is null || summary.Header.Status != StudyStatus.Running) return false;
            if (summary.LastSequence != last) (last, since) = (summary.LastSequence, _context.Time.GetTimestamp());
            var still = _context.Time.GetElapsedTime(since);
            if (still >= _options.TakeOverAfter || (still >= _options.TakeOverDeadAfter && !await OthersLiveAsync(cancellation))) return true;
            await Task.Delay(_options.Driver.LookAfter, _context.Time, cancellation);
        }
    }

    /// <summary>Whether any other process that may be alive computes trials: of this study, perhaps.</summary>
    async Task<bool> OthersLiveAsync(CancellationToken cancellation) => (await _context.Ledger.OwnersAsync(cancellation))
        .Any(owner => !owner.StartsWith($"{_options.Owner}/", StringComparison.Ordinal) && !ProcessOwner.IsDead(owner));

    // The loop has ended but the log says Running: it was stopped, and its message says why.
    bool HasGivenUp(string study) => _hosted.TryGetValue(study, out var host) && host is { HasEnded: true, Message: not null };

    WorkerProgress[] Workers() => Array.ConvertAll(_workers, worker => worker.State.Now);
}
