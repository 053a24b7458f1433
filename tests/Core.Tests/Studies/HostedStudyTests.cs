using System.Collections.Immutable;
using AtomSets.Contracts;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

public sealed class HostedStudyTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Study_extended_when_its_driver_has_found_nothing_more_to_do_is_driven_on()
    {
        await using var store = new InMemoryStore();
        var control = new StudyControl(store.Log, TimeProvider.System);
        var pool = new FinishingPool(store.Ledger);
        await control.SubmitAsync(Plans.Study("a", Plans.Train("g", 0, 0.5)), Samples.None);
        HostedStudy? host = null;
        var extensions = 0;
        pool.Leaving = async () =>
        {
            // The driver has looked at the log for the last time.
            if (extensions++ > 0) return;
            await control.SubmitAsync(Plans.Study("a", Plans.Train("g", 0, 0.5), Plans.Train("g", 1, 0.25)), Samples.None);
            Assert.True(host!.DriveOn());
        };
        host = HostedStudy.Start(
            shown => pool.Driver = new StudyDriver("a", store.Log, store.Ledger, pool, TimeProvider.System) { Changed = shown.Changed }, _ => Task.FromResult(false), Samples.None);

        await host.EndAsync(Samples.None).WaitAsync(Patience);

        Assert.Null(host.Message);
        Assert.Equal(StudyStatus.Finished, host.State!.Status);
        Assert.Equal(2, pool.Asked.Count);
        Assert.Equal(2, extensions);
        Assert.False(host.DriveOn(), "an ended host must say that another is needed");
    }

    /// <summary>Every trial is finished at once.</summary>
    sealed class FinishingPool(ITrialLedger ledger) : ITrialPool
    {
        public StudyDriver? Driver { get; set; }

        public Func<Task> Leaving { get; set; } = () => Task.CompletedTask;

        public HashSet<TrialKey> Asked { get; } = [];

        public async Task SubmitAsync(string study, ImmutableArray<RequestTrial> trials, CancellationToken cancellation)
        {
            foreach (var trial in trials.Where(trial => Asked.Add(trial.Key)))
            {
                Assert.True(await ledger.FinishAsync(await Samples.ClaimedAsync(ledger, trial.Spec), Samples.Trained(0.5), [], cancellation));
                Driver!.TrialEnded(trial.Key);
            }
        }

        public Task PrioritizeAsync(string study, int priority, CancellationToken cancellation) => Task.CompletedTask;

        public Task WithdrawAsync(string study, ImmutableArray<TrialKey> keys, CancellationToken cancellation) => Task.CompletedTask;

        public Task<ImmutableArray<TrialKey>> WithdrawWaitingAsync(string study, ImmutableArray<TrialKey> keys, CancellationToken cancellation) =>
            Task.FromResult(ImmutableArray<TrialKey>.Empty);

        public Task WithdrawAllAsync(string study, CancellationToken cancellation) => Leaving();
    }
}
