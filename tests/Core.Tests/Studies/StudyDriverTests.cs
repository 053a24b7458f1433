using System.Collections.Immutable;
using AtomSets.Contracts;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

public sealed class StudyDriverTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Trial_that_failed_and_is_in_work_again_for_another_study_is_asked_for_again()
    {
        await using var store = new InMemoryStore();
        var pool = new Pool();
        await new StudyControl(store.Log, TimeProvider.System).SubmitAsync(Plans.Study("a", Plans.Train("g", 0, 0.5)), Samples.None);
        var driver = new StudyDriver("a", store.Log, store.Ledger, pool, TimeProvider.System);
        var run = driver.RunAsync(Samples.None);
        var trial = await pool.NextAsync();

        // It fails, and the other study's driver was quicker to have it tried again.
        Assert.True(await store.Ledger.FailAsync(await Samples.ClaimedAsync(store.Ledger, trial.Spec), "a bad moment", transient: true, Samples.None));
        var lease = await Samples.ClaimedAsync(store.Ledger, trial.Spec);
        driver.TrialEnded(trial.Key);
        Assert.Equal(trial.Key, (await pool.NextAsync()).Key);

        Assert.True(await store.Ledger.FinishAsync(lease, Samples.Trained(0.5), [], Samples.None));
        driver.TrialEnded(trial.Key);
        Assert.Equal(StudyStatus.Finished, await run.WaitAsync(Patience));
    }

    /// <summary>Writes down what is asked for.</summary>
    sealed class Pool : ITrialPool
    {
        readonly System.Threading.Channels.Channel<RequestTrial> _requests = System.Threading.Channels.Channel.CreateUnbounded<RequestTrial>();

        public async Task<RequestTrial> NextAsync() => await _requests.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public Task SubmitAsync(string study, ImmutableArray<RequestTrial> trials, CancellationToken cancellation)
        {
            foreach (var trial in trials) _requests.Writer.TryWrite(trial);
            return Task.CompletedTask;
        }

        public Task PrioritizeAsync(string study, int priority, CancellationToken cancellation) => Task.CompletedTask;

        public Task WithdrawAsync(string study, ImmutableArray<TrialKey> keys, CancellationToken cancellation) => Task.CompletedTask;

        public Task<ImmutableArray<TrialKey>> WithdrawWaitingAsync(string study, ImmutableArray<TrialKey> keys, CancellationToken cancellation) =>
            Task.FromResult(ImmutableArray<TrialKey>.Empty);

        public Task WithdrawAllAsync(string study, CancellationToken cancellation) => Task.CompletedTask;
    }
}
