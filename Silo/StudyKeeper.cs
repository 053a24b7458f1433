using AtomSets.Engine;
using AtomSets.Grains.Interfaces;
using AtomSets.Studies;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AtomSets.Silo;

/// <summary>Wakes the host of every study whose log says that it runs: after a start of the cluster, or when the silo of its host has died.</summary>
sealed partial class StudyKeeper(IStudyLog log, ITrialLedger ledger, IGrainFactory grains, TimeProvider time, ILogger<StudyKeeper> logger) : BackgroundService
{
    static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                try
                {
                    await ProcessOwner.ExpireDeadAsync(ledger, stoppingToken);
                    foreach (var study in await log.ListAsync(stoppingToken))
                    {
                        if (study.Header.Status == StudyStatus.Running) await grains.GetGrain<IStudyGrain>(study.Name).DriveAsync();
                    }
                }
                catch (Exception e) when (e is StoreUnavailableException || GrainCalls.IsPassing(e))
                {
                    Missed(logger, e.Message);
                }
                await Task.Delay(Round, time, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Studies could not be looked after, trying again: {Problem}")]
    private static partial void Missed(ILogger logger, string problem);
}
