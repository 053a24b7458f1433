using System.Collections.Concurrent;
using AtomSets.Contracts;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

/// <summary>A sharded trial on several workers of a process: who runs it, who helps, and what happens when one of them goes.</summary>
public sealed class PoolGangTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly InMemoryTrialLedger _ledger = new(TimeProvider.System);

    [Fact]
    public async Task It_runs_on_the_free_workers_up_to_its_shards_and_frees_them_all()
    {
        await using var pool = Pool(shards: 3);
        var runners = Join(pool, 4);
        var trial = Samples.Train("wide");
        await Submit(pool, trial);
        var (runner, job) = await Started(runners);
        Assert.Equal(2, job.Helpers.Length);
        Assert.Equal(3, job.Helpers.Append(runner).Distinct().Count());
        Assert.Equal(1, pool.State.FreeCount);
        runner.Go.SetResult();
        await Until(() => pool.State.FreeCount == 4);
        Assert.Equal(0, pool.State.TrialCount);
        Assert.Equal(1, runners.Sum(each => each.Runs));
    }

    [Fact]
    public async Task It_does_not_wait_for_a_full_gang()
    {
        await using var pool = Pool(shards: 3);
        var runners = Join(pool, 1);
        await Submit(pool, Samples.Train("wide"));
        var (runner, job) = await Started(runners);
        Assert.Empty(job.Helpers);
        runner.Go.SetResult();
        await Until(() => pool.State is { FreeCount: 1, TrialCount: 0 });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_one_of_them_leaves_it_stops_and_goes_on_with_the_others(bool leaderLeaves)
    {
        await using var pool = Pool(shards: 2);
        var runners = Join(pool, 2);
        await Submit(pool, Samples.Train("wide"));
        var (leader, job) = await Started(runners);
        var leaving = leaderLeaves ? leader : (Runner)job.Helpers[0];
        await pool.LeaveAsync(leaving.Name).WaitAsync(Patience);
        var (next, again) = await Started([.. runners.Where(runner => runner != leaving)]);
        Assert.Empty(again.Helpers);
        next.Go.SetResult();
        await Until(() => pool.State is { FreeCount: 1, TrialCount: 0 });
    }

    [Fact]
    public async Task A_trial_that_fails_frees_its_helpers()
    {
        await using var pool = Pool(shards: 2);
        var runners = Join(pool, 2);
        await Submit(pool, Samples.Train("wide"));
        var (leader, _) = await Started(runners);
        leader.Go.SetException(new TrialFailedException("diverged", transient: false));
        await Until(() => pool.State is { FreeCount: 2, TrialCount: 0 });
    }

    PoolDriver Pool(int shards) => new(_ledger, TimeProvider.System, new PoolDriverOptions
    {
        Owner = "gang", MaxGang = 4, ShardsOf = _ => shards, WakeAfter = TimeSpan.FromMilliseconds(20),
    });

    static Runner[] Join(PoolDriver pool, int workers)
    {
        Runner[] runners = [.. Enumerable.Range(0, workers).Select(i => new Runner($"w{i}"))];
        foreach (var runner in runners) pool.Join(runner.Name, runner);
        return runners;
    }

    static Task Submit(PoolDriver pool, TrialSpec trial) => pool.SubmitAsync("s", [new RequestTrial(trial.Key, trial, "node", 0, 1)], CancellationToken.None);

    static async Task<(Runner Runner, TrialJob Job)> Started(Runner[] runners)
    {
        (Runner, TrialJob)? found = null;
        await Until(() => (found = runners.Where(runner => runner.Jobs.TryPeek(out _)).Select(runner => (runner, runner.Jobs.First())).Cast<(Runner, TrialJob)?>().FirstOrDefault()) is not null);
        found!.Value.Item1.Jobs.TryDequeue(out _);
        return found.Value;
    }

    static async Task Until(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!holds()) await Task.Delay(5, patience.Token);
    }

    /// <summary>Runs until told to go on.</summary>
    sealed class Runner(string name) : ITrialRunner
    {
        int _runs;

        public string Name => name;

        public int Runs => _runs;

        public ConcurrentQueue<TrialJob> Jobs { get; } = new();

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<TrialOutcome> RunAsync(TrialJob job, CancellationToken cancellation)
        {
            Interlocked.Increment(ref _runs);
            Jobs.Enqueue(job);
            await Go.Task.WaitAsync(cancellation);
            return new TrialOutcome(Samples.Trained(0.5), []);
        }
    }
}
