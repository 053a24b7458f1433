using System.Globalization;
using AtomSets.Engine;
using AtomSets.Grains;
using AtomSets.Grains.Interfaces;
using AtomSets.Studies;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AtomSets.Silo;

/// <summary>
/// Owns the devices of this silo and their threads. Gives the pool a sign of life each second, carries out its orders, and reports how they ended
/// until it has heard.
/// </summary>
public sealed partial class DeviceService : BackgroundService, IDeviceHost
{
    static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(20);

    readonly DeviceOptions _options;
    readonly ClusterTimes _cluster;
    readonly TrialContext _context;
    readonly IGrainFactory _grains;
    readonly ILogger<DeviceService> _logger;
    readonly Dictionary<string, Device> _devices;
    readonly CancellationTokenSource _closing = new();
    readonly Lock _gate = new();
    readonly HashSet<Task> _reports = [];

    public DeviceService(DeviceOptions options, ClusterTimes cluster, TrialContext context, IGrainFactory grains, ILogger<DeviceService> logger)
    {
        (_options, _cluster, _context, _grains, _logger) = (options, cluster, context, grains, logger);
        Host = $"{options.Silo}@{Guid.NewGuid():N}";
        _devices = Enumerable.Range(1, options.Workers).ToDictionary(
            i => string.Create(CultureInfo.InvariantCulture, $"{Host}/w{i}"),
            i => new Device(
                string.Create(CultureInfo.InvariantCulture, $"{Host}/w{i}"),
                new TrialRunner(context, string.Create(CultureInfo.InvariantCulture, $"{options.Silo}/w{i}"))),
            StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public string Host { get; }

    IWorkerPoolGrain Pool => _grains.GetGrain<IWorkerPoolGrain>(0);

    /// <inheritdoc/>
    public bool Has(string worker) => _devices.ContainsKey(worker);

    /// <inheritdoc/>
    public bool Begin(string worker, OrderWire order)
    {
        if (!_devices.TryGetValue(worker, out var device) || _closing.IsCancellationRequested) return false;
        var request = order.Request.Open();
        var attempt = new TrialAttempt(_context.Ledger, device.Runner, $"{_options.Owner}/{device.Runner.State.Now.Worker}", _context.Time, _options.Attempts);
        return device.Begin(order, ended => RunningAttempt.Begin(attempt, request, ended, _closing.Token), end => Report(new ReportWire(order.Pool, order.Ticket, (int)end)));
    }

    /// <inheritdoc/>
    public void Revoke(string worker, Guid pool, long ticket) => _devices.GetValueOrDefault(worker)?.Stop((pool, ticket));

    /// <summary>Says goodbye to the pool, which hands the work to others; waits for checkpoints and reports.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        var running = _devices.Values.Select(device => device.Ended).ToArray();
        await AskAsync(() => Pool.LeaveAsync(Host).WaitAsync(Goodbye, CancellationToken.None));
        await _closing.CancelAsync();
        await Task.WhenAll(running);
        Task[] reports;
        lock (_gate) reports = [.. _reports];
        await AskAsync(() => Task.WhenAll(reports).WaitAsync(Goodbye, CancellationToken.None));
    }

    public override void Dispose()
    {
        foreach (var device in _devices.Values) device.Dispose();
        _closing.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await AskAsync(BeatAsync);
                await Task.Delay(_cluster.Beat, _context.Time, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    async Task BeatAsync()
    {
        foreach (var device in _devices.Values.Where(device => !device.IsAttached)) device.IsAttached = await _grains.GetGrain<IGpuWorkerGrain>(device.Worker).AttachAsync(Host);
        var workers = _devices.Values.Where(device => device.IsAttached).Select(device => device.Now).ToArray();
        var answer = await Pool.BeatAsync(new BeatWire(Host, _options.Silo, workers));
        foreach (var stranger in answer.Strangers) _devices[stranger].Stop();
    }

    void Report(ReportWire report)
    {
        lock (_gate)
        {
            var telling = Task.Run(() => AskAsync(() => GrainCalls.RetryAsync(() => Pool.ReportAsync(report), _cluster.Patience, _context.Time, CancellationToken.None)));
            _reports.Add(telling);
            _ = telling.ContinueWith(Forget, TaskScheduler.Default);
        }
    }

    void Forget(Task told)
    {
        lock (_gate) _reports.Remove(told);
    }

    async Task AskAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (Exception e) when (e is not OperationCanceledException || !_closing.IsCancellationRequested)
        {
            // The pool moves, or the cluster heals: the next sign of life says it all again.
            Missed(_logger, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The pool did not answer: {Problem}")]
    private static partial void Missed(ILogger logger, string problem);
}
