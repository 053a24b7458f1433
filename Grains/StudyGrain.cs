using AtomSets.Grains.Interfaces;
using AtomSets.Studies;
using Orleans.Concurrency;

namespace AtomSets.Grains;

/// <summary>Hosts one study's driver, which works off the grain's turns; the log says what is to be done, so a new activation goes on where the last one ended.</summary>
[KeepAlive, Reentrant]
public sealed class StudyGrain(IStudyLog log, ITrialLedger ledger, TimeProvider time, ClusterTimes options) : Grain, IStudyGrain
{
    HostedStudy? _host;
    RemotePool? _pool;
    volatile StudyDriver? _driver;

    string Name => this.GetPrimaryKeyString();

    public async Task DriveAsync()
    {
        if (_host is { HasEnded: false }) return;
        var summary = await log.FindAsync(Name, CancellationToken.None);
        if (summary?.Header.Status != StudyStatus.Running || _host is { HasEnded: false }) return;
        await StopAsync();
        // Other calls may have come while the last host was stopping.
        if (_host is not null) return;
        var pool = new RemotePool(Name, GrainFactory.GetGrain<IWorkerPoolGrain>(0), time, options);
        _pool = pool;
        _host = HostedStudy.Start(host => CreateDriver(host, pool), OtherHostIsGoneAsync, CancellationToken.None);
    }

    public Task LookAsync()
    {
        _host?.Look();
        return Task.CompletedTask;
    }

    public Task TrialsEndedAsync(string[] keys)
    {
        foreach (var key in keys.Select(key => new TrialKey(key)))
        {
            _pool?.Ended(key);
            _driver?.TrialEnded(key);
        }
        return Task.CompletedTask;
    }

    public async Task SettleAsync()
    {
        if (_host is not { } host) return;
        host.Look();
        await host.EndAsync(CancellationToken.None);
    }

    public Task<StandingWire> StandingAsync() => Task.FromResult(new StandingWire(_host is { HasEnded: false }, _host?.Message));

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _pool?.Leave();
        return StopAsync().WaitAsync(cancellationToken);
    }

    async Task StopAsync()
    {
        var (host, pool) = (_host, _pool);
        (_host, _pool, _driver) = (null, null, null);
        if (host is not null) await host.DisposeAsync();
        if (pool is not null) await pool.DisposeAsync();
    }

    StudyDriver CreateDriver(HostedStudy host, RemotePool pool)
    {
        var driver = new StudyDriver(Name, log, ledger, pool, time, options.Driver) { Changed = host.Changed };
        _driver = driver;
        return driver;
    }

    /// <summary>Two activations at once are a passing state of a cluster that heals, or another program runs the study: look again after a while.</summary>
    async Task<bool> OtherHostIsGoneAsync(CancellationToken cancellation)
    {
        await Task.Delay(options.StepDownFor, time, cancellation);
        return (await log.FindAsync(Name, cancellation))?.Header.Status == StudyStatus.Running;
    }
}
