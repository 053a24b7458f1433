using AtomSets.Grains.Interfaces;
using AtomSets.Studies;
using Microsoft.Extensions.Hosting;
using Orleans.Concurrency;

namespace AtomSets.Grains;

/// <summary>Hosts the pool machine of the cluster.</summary>
[KeepAlive, Reentrant]
public sealed class WorkerPoolGrain : Grain, IWorkerPoolGrain
{
    readonly Guid _id = Guid.NewGuid();
    readonly RemoteWorkers _workers;
    readonly TimeProvider _time;
    readonly ClusterTimes _options;
    readonly IHostApplicationLifetime _lifetime;
    readonly Dictionary<string, StudyEars> _ears = new(StringComparer.Ordinal);
    readonly Dictionary<string, (Guid Request, string[] Keys)> _withdrawn = new(StringComparer.Ordinal); // last answer, by study
    readonly Dictionary<string, Guid> _hosts = new(StringComparer.Ordinal); // who submitted last, by study
    readonly CancellationTokenSource _closing = new();

    public WorkerPoolGrain(IGrainFactory grains, TimeProvider time, ClusterTimes options, IHostApplicationLifetime lifetime)
    {
        _lifetime = lifetime;
        (_time, _options) = (time, options);
        _workers = new RemoteWorkers(_id, grains, time, options);
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(
            _ =>
            {
                _workers.Sweep();
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(_options.Beat, _options.Beat) { Interleave = true });
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _workers.StopAsync();
        await _closing.CancelAsync();
    }

    public Task<BeatAnswerWire> BeatAsync(BeatWire beat) => Task.FromResult(_workers.Beat(beat));

    public Task LeaveAsync(string host)
    {
        _workers.Leave(host);
        return Task.CompletedTask;
    }

    public async Task<Guid> SubmitAsync(string study, Guid host, RequestWire[] trials)
    {
        _hosts[study] = host;
        if (!_ears.TryGetValue(study, out var ears))
        {
            _ears[study] = ears = new StudyEars(GrainFactory.GetGrain<IStudyGrain>(study), _time, _options, _closing.Token);
            _workers.Listen(study, ears);
        }
        await _workers.SubmitAsync(study, [.. trials.Select(trial => trial.Open())], CancellationToken.None);
        return _id;
    }

    public Task PrioritizeAsync(string study, int priority) => _workers.PrioritizeAsync(study, priority, CancellationToken.None);

    public Task WithdrawAsync(string study, Guid host, string[] keys) => !Serves(study, host) ? Task.CompletedTask : _workers.WithdrawAsync(study, [.. keys.Select(key => new TrialKey(key))], CancellationToken.None);

    public async Task<string[]> WithdrawWaitingAsync(string study, Guid host, string[] keys, Guid request)
    {
        if (!Serves(study, host)) return [];
        if (!_withdrawn.TryGetValue(study, out var last) || last.Request != request)
        {
            var waiting = await _workers.WithdrawWaitingAsync(study, [.. keys.Select(key => new TrialKey(key))], CancellationToken.None);
            _withdrawn[study] = last = (request, [.. waiting.Select(key => key.Hex)]);
        }
        return last.Keys;
    }

    public async Task WithdrawAllAsync(string study, Guid host)
    {
        // While a cluster heals a study may have two hosts for a moment: the one that steps down must not take the other's trials with it.
        if (_hosts.ContainsKey(study) && !Serves(study, host)) return;
        _hosts.Remove(study);
        _withdrawn.Remove(study);
        if (_ears.Remove(study, out var ears)) ears.Close();
        try
        {
            await _workers.WithdrawAllAsync(study, _lifetime.ApplicationStopping);
        }
        catch (OperationCanceledException e)
        {
            // No report reaches a pool that goes away, and it goes only when its calls have ended.
            throw new TimeoutException("the pool moves to another silo", e);
        }
    }

    public Task ReportAsync(ReportWire report)
    {
        _workers.Report(report);
        return Task.CompletedTask;
    }

    public Task<PoolWire> WhichAsync(string study) => Task.FromResult(new PoolWire(_id, _hosts.GetValueOrDefault(study)));

    public Task<SiloWire[]> SilosAsync() => Task.FromResult(_workers.Silos());

    bool Serves(string study, Guid host) => _hosts.GetValueOrDefault(study) == host;
}
