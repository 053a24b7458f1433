using AtomSets.Engine;
using AtomSets.Grains;
using AtomSets.Grains.Interfaces;
using AtomSets.Storage;
using AtomSets.Studies;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AtomSets.Silo;

/// <summary>
/// When this silo leaves, what studies that still run need and this folder holds goes to another silo: checkpoints and split manifests first, then weights,
/// then data. Stops after the workers have kept their checkpoints. What does not go in time stays in the folder, and is had again when a silo starts with it.
/// </summary>
sealed partial class Handover(SiloPeers peers, ISiloHost host, TrialContext context, ArtifactUse needed, TimeProvider time, ILogger<Handover> logger) : IHostedService
{
    const int AtOnce = 32;

    static readonly TimeSpan Limit = TimeSpan.FromSeconds(20), DatabaseLimit = TimeSpan.FromSeconds(3);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Limit);
            await RunAsync(limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or StoreUnavailableException || GrainCalls.IsPassing(e))
        {
            Missed(logger, e.Message);
        }
    }

    async Task RunAsync(CancellationToken cancellation)
    {
        if (host.Card.Http is null) return;
        var heirs = (await peers.OthersAsync()).Silos.Where(silo => !silo.Card.IsLeaving).ToArray();
        if (heirs.Length == 0) return;
        var began = time.GetTimestamp();
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        soon.CancelAfter(DatabaseLimit);
        string[] artifacts = [.. (await needed.OfRunningStudiesAsync(soon.Token)).Where(context.Artifacts.Contains)];
        if (artifacts.Length == 0) return;
        var heir = peers.At(heirs[0].Address);
        foreach (var chunk in artifacts.Chunk(AtOnce)) await heir.KeepAsync(new LegacyWire(chunk, [], [])).WaitAsync(cancellation);
        var sets = context.Data.Shelf?.Used ?? [];
        foreach (var (hash, name) in sets) await heir.KeepAsync(new LegacyWire([], [hash], [name])).WaitAsync(cancellation);
        Kept(logger, heirs[0].Card.Silo, artifacts.Length, sets.Count, time.GetElapsedTime(began).TotalSeconds);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Heir} keeps {Artifacts} artifacts and {Sets} data sets that running studies need ({Seconds:0.0} s)")]
    private static partial void Kept(ILogger logger, string heir, int artifacts, int sets, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not all that running studies need went to other silos ({Problem}); it stays in this silo's folder")]
    private static partial void Missed(ILogger logger, string problem);
}
