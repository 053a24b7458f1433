using System.Runtime.CompilerServices;
using AtomSets.Dashboard;
using AtomSets.Engine;
using AtomSets.Grains.Interfaces;
using AtomSets.Studies;
using Microsoft.Extensions.DependencyInjection;

namespace AtomSets.Silo;

/// <summary>The cluster's studies for the pages of one of its silos: what is known comes from the database, what workers do from the pool.</summary>
/// <param name="silo">Has the grains, once the silo has started.</param>
/// <param name="log">Of the cluster's database.</param>
/// <param name="context">What the silo's workers share.</param>
sealed class SiloStudies(IServiceProvider silo, IStudyLog log, TrialContext context) : IStudyDirectory
{
    static readonly TimeSpan s_watchInterval = TimeSpan.FromMilliseconds(500), s_patience = TimeSpan.FromSeconds(10), s_stopPatience = TimeSpan.FromMinutes(10);

    readonly StudyControl _control = new(log, context.Time);

    IGrainFactory Grains => silo.GetRequiredService<IGrainFactory>();

    /// <inheritdoc/>
    public async IAsyncEnumerable<StudyProgress> WatchAsync(string study, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var follower = StudyFollowers.Follow(study, log, context.Ledger, context.Metrics, context.Time);
        while (true)
        {
            var workers = (await PoolAsync(cancellation)).SelectMany(one => one.Workers).Select(worker => worker.Open());
            var progress = await follower.ReadAsync([.. workers], null, cancellation);
            yield return progress;
            if (progress.Status != StudyStatus.Running) yield break;
            await Task.Delay(s_watchInterval, context.Time, cancellation);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StudySummary>> ListAsync(CancellationToken cancellation) => log.ListAsync(cancellation);

    /// <inheritdoc/>
    public Task<StudyDetails> ShowAsync(string study, CancellationToken cancellation) => _control.ShowAsync(study, cancellation);

    /// <inheritdoc/>
    public Task<DecisionPage> DecisionsAsync(string study, DecisionFilter filter, CancellationToken cancellation) => log.DecisionsAsync(study, filter, cancellation);

    /// <inheritdoc/>
    public async Task CancelAsync(string study, CancellationToken cancellation)
    {
        await _control.CancelAsync(study, cancellation);
        await GrainCalls.RetryAsync(() => Grains.GetGrain<IStudyGrain>(study).SettleAsync(), s_stopPatience, context.Time, cancellation);
    }

    /// <summary>The cluster's silos, as the pool sees them.</summary>
    public async Task<IReadOnlyList<SiloLine>> SilosAsync(CancellationToken cancellation) => [.. (await PoolAsync(cancellation)).Select(one =>
    {
        var busy = one.Workers.Where(worker => !worker.IsIdle).Select(worker => worker.Open()).ToArray();
        return new SiloLine(one.Silo, "serving", one.Workers.Length, busy.Length, string.Join(", ", busy.Select(worker => $"{worker.Node} {worker.Activity}".Trim())));
    }).OrderBy(one => one.Silo, StringComparer.Ordinal)];

    Task<SiloWire[]> PoolAsync(CancellationToken cancellation) => GrainCalls.RetryAsync(() => Grains.GetGrain<IWorkerPoolGrain>(0).SilosAsync(), s_patience, context.Time, cancellation);
}
