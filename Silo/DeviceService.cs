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
    static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(3);

    /// <summary>For messages that are under way when a gang ends, as it should or broken.</summary>
    static readonly TimeSpan LastMessages = TimeSpan.FromSeconds(5), LastWord = TimeSpan.FromSeconds(0.5);

    readonly DeviceOptions _options;
    readonly ClusterTimes _cluster;
    readonly TrialContext _context;
    readonly IGrainFactory _grains;
    readonly ILogger<DeviceService> _logger;
    readonly Dictionary<string, Device> _devices;
    readonly GangPost _gangs;
    readonly Lock _beginning = new();
    readonly CancellationTokenSource _closing = new();
    readonly Lock _gate = new();
    readonly HashSet<Task> _reports = [];

    public DeviceService(DeviceOptions options, ClusterTimes cluster, TrialContext context, IGrainFactory grains, ILoggerFactory loggers)
    {
        (_options, _cluster, _context, _grains, _logger) = (options, cluster, context, grains, loggers.CreateLogger<DeviceService>());
        _gangs = new GangPost(grains, context.Time, loggers.CreateLogger<GangPost>());
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
    public bool Begin(OrderWire order)
    {
        var self = Array.FindIndex(order.Gang, member => member.Host == Host);
        if (self < 0 || _closing.IsCancellationRequested || order.Gang[self].Workers.Any(worker => !Has(worker))) return false;
        Device[] devices = [.. order.Gang[self].Workers.Select(worker => _devices[worker])];
        var ticket = (order.Pool, order.Ticket);
        // One order after the other: it gets all of its devices, or none.
        lock (_beginning)
        {
            if (devices[0].Knows(ticket)) return true;
            if (devices.Any(device => device.IsBusy)) return false;
            var link = order.Gang.Length == 1 ? null : _gangs.Open(order, self);
            var attempt = RunningAttempt.Begin(
                stop => self == 0 ? LeadAsync(order, devices, link, stop) : AssistAsync(order, devices, link!, stop),
                end =>
                {
                    lock (_beginning)
                    {
                        foreach (var device in devices) device.Free();
                    }
                    Report(new ReportWire(order.Pool, order.Ticket, (int)end, Host));
                },
                _closing.Token);
            foreach (var device in devices) device.Take(ticket, attempt);
            return true;
        }
    }

    /// <inheritdoc/>
    public PieceAnswer Put(PieceWire piece) => _gangs.Put(piece);

    /// <inheritdoc/>
    public void Revoke(string worker, Guid pool, long ticket) => _devices.GetValueOrDefault(worker)?.Stop((pool, ticket));

    /// <summary>Says goodbye to the pool, which hands the work to others; waits for checkpoints and reports.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        var attempts = Attempts();
        // Once the pool has heard it gives these workers nothing more. One that cannot be reached will miss their signs of life.
        await AskAsync(() => Pool.LeaveAsync(Host).WaitAsync(Goodbye, CancellationToken.None));
        // An order may have come just before it heard.
        attempts = [.. attempts, .. Attempts()];
        await _closing.CancelAsync();
        await Task.WhenAll(attempts);
        Task[] reports;
        lock (_gate) reports = [.. _reports];
        await AskAsync(() => Task.WhenAll(reports).WaitAsync(Goodbye, CancellationToken.None));
    }

    Task[] Attempts() => [.. _devices.Values.Select(device => device.Ended)];

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
            for (var attaching = Task.CompletedTask; ;)
            {
                if (attaching.IsCompleted) attaching = AskAsync(AttachAsync);
                if (_devices.Values.Any(device => !device.IsAttached)) await attaching;
                await AskAsync(BeatAsync);
                await Task.Delay(_cluster.Beat, _context.Time, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    /// <summary>Again and again: a silo that dies may take a device's address with it, and the next call would put it elsewhere.</summary>
    Task AttachAsync() => Task.WhenAll(_devices.Values.Select(async device =>
    {
        if (await _grains.GetGrain<IGpuWorkerGrain>(device.Worker).AttachAsync(Host)) device.IsAttached = true;
    }));

    async Task BeatAsync()
    {
        var workers = _devices.Values.Where(device => device.IsAttached).Select(device => device.Now).ToArray();
        var answer = await Pool.BeatAsync(new BeatWire(Host, _options.Silo, workers));
        foreach (var stranger in answer.Strangers) _devices[stranger].Stop();
    }

    async Task<AttemptEnd> LeadAsync(OrderWire order, Device[] devices, GangLink? link, CancellationToken stop)
    {
        var end = AttemptEnd.Given;
        try
        {
            var request = order.Request.Open();
            var attempt = new TrialAttempt(_context.Ledger, devices[0].Runner, $"{_options.Owner}/{devices[0].Runner.State.Now.Worker}", _context.Time, _options.Attempts)
            {
                Helpers = [.. devices[1..].Select(device => device.Runner)], Gang = link, MayGiveBack = order.MayGiveBack,
            };
            (end, _, var problem) = await attempt.RunAsync(request.Spec, request.Node, stop);
            if (end == AttemptEnd.Lacking) GaveBack(_logger, request.Node, problem);
        }
        finally
        {
            if (link is not null)
            {
                link.End(null);
                await _gangs.CloseAsync(link, end == AttemptEnd.Settled ? LastMessages : LastWord);
            }
        }
        return end;
    }

    async Task<AttemptEnd> AssistAsync(OrderWire order, Device[] devices, GangLink link, CancellationToken stop)
    {
        var patience = LastWord;
        try
        {
            var request = order.Request.Open();
            var problem = await devices[0].Runner.AssistAsync(
                request.Spec, request.Node, PeoplesName(order.Gang[0].Workers[0]), link, [.. devices[1..].Select(device => device.Runner)], stop);
            if (problem is not null) TookNoPart(_logger, request.Node, problem);
            patience = LastMessages;
            return AttemptEnd.Settled;
        }
        finally
        {
            await _gangs.CloseAsync(link, patience);
        }
    }

    /// <summary>A worker's name without the run of its silo.</summary>
    static string PeoplesName(string worker) => $"{worker[..worker.IndexOf('@', StringComparison.Ordinal)]}{worker[worker.LastIndexOf('/')..]}";

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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not take part in {Node}: {Problem}")]
    private static partial void TookNoPart(ILogger logger, string node, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Gave {Node} back, which another silo may be able to compute: {Problem}")]
    private static partial void GaveBack(ILogger logger, string node, string? problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "The pool did not answer: {Problem}")]
    private static partial void Missed(ILogger logger, string problem);
}
