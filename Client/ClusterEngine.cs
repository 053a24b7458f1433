using System.Runtime.CompilerServices;
using AtomSets.Engine;
using AtomSets.Grains.Interfaces;
using AtomSets.Studies;

namespace AtomSets.Client;

/// <summary>
/// The engine of a cluster, seen from outside it: what changes a study goes to its grain; what is known about one is read from the database, which is
/// the only truth. Silos go on when this ends.
/// </summary>
/// <param name="grains">The connection to the cluster; belongs to the caller.</param>
/// <param name="log">Of the cluster's database.</param>
/// <param name="ledger">Of the cluster's database.</param>
/// <param name="metrics">Of the cluster's database.</param>
/// <param name="time">The clock.</param>
public sealed class ClusterEngine(IGrainFactory grains, IStudyLog log, ITrialLedger ledger, IMetricSink metrics, TimeProvider time) : IStudyEngine
{
    /// <summary>A cluster whose silo has died is whole again after some ten seconds.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1), StopPatience = TimeSpan.FromMinutes(10), WatchInterval = TimeSpan.FromMilliseconds(250);

    readonly StudyControl _control = new(log, time);

    /// <inheritdoc/>
    public async Task<SubmittedStudy> SubmitAsync(StudyFile file, CancellationToken cancellation)
    {
        var answer = await AskAsync(() => grains.GetGrain<IStudyDeskGrain>(0).SubmitAsync(StudyFileWire.From(file)), cancellation);
        return answer.Open();
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StudyProgress> WatchAsync(string study, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var follower = StudyFollowers.Follow(study, log, ledger, metrics, time);
        while (true)
        {
            // Before the reading, so that what was seen last is the end.
            var standing = await AskAsync(() => Study(study).StandingAsync(), cancellation);
            var silos = await AskAsync(() => grains.GetGrain<IWorkerPoolGrain>(0).SilosAsync(), cancellation);
            var progress = await follower.ReadAsync([.. silos.SelectMany(silo => silo.Workers).Select(worker => worker.Open())], standing.Message, cancellation);
            yield return progress;
            // The loop has ended but the log says Running: it was stopped, and its message says why.
            if (progress.Status != StudyStatus.Running || standing is { IsDriven: false, Message: not null }) yield break;
            await Task.Delay(WatchInterval, time, cancellation);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StudySummary>> ListAsync(CancellationToken cancellation) => log.ListAsync(cancellation);

    /// <inheritdoc/>
    public Task<StudyDetails> ShowAsync(string study, CancellationToken cancellation) => _control.ShowAsync(study, cancellation);

    /// <inheritdoc/>
    public Task<DecisionPage> DecisionsAsync(string study, DecisionFilter filter, CancellationToken cancellation) => log.DecisionsAsync(study, filter, cancellation);

    /// <inheritdoc/>
    public async Task ResumeAsync(string study, CancellationToken cancellation)
    {
        await _control.ResumeAsync(study, cancellation);
        await AskAsync(() => Study(study).DriveAsync(), cancellation);
        await AskAsync(() => Study(study).LookAsync(), cancellation);
    }

    /// <inheritdoc/>
    public async Task CancelAsync(string study, CancellationToken cancellation)
    {
        await _control.CancelAsync(study, cancellation);
        await GrainCalls.RetryAsync(() => Study(study).SettleAsync(), StopPatience, time, cancellation);
    }

    /// <inheritdoc/>
    public async Task PrioritizeAsync(string study, int priority, CancellationToken cancellation)
    {
        await _control.PrioritizeAsync(study, priority, cancellation);
        await AskAsync(() => Study(study).LookAsync(), cancellation);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string study, CancellationToken cancellation)
    {
        await CancelAsync(study, cancellation);
        if (!await log.DeleteAsync(study, cancellation)) throw new StudyNotFoundException(study);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    IStudyGrain Study(string name) => grains.GetGrain<IStudyGrain>(name);

    Task<T> AskAsync<T>(Func<Task<T>> call, CancellationToken cancellation) => GrainCalls.RetryAsync(call, Patience, time, cancellation);

    Task AskAsync(Func<Task> call, CancellationToken cancellation) => GrainCalls.RetryAsync(call, Patience, time, cancellation);
}
