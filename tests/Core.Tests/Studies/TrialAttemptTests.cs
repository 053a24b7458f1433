using AtomSets.Contracts;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

public sealed class TrialAttemptTests
{
    static readonly TrialSpec Spec = Plans.Train("a", 0, 0.25).Spec.Resolve(_ => default);

    [Fact]
    public async Task Worker_whose_trial_was_taken_over_is_stopped_and_writes_nothing()
    {
        var ledger = new InMemoryTrialLedger(TimeProvider.System);
        var stopped = new TaskCompletionSource();
        var runner = new FakeRunner
        {
            Before = async (_, cancellation) =>
            {
                await ledger.ClaimAsync(Spec, "host/1", TimeSpan.FromMinutes(1), CancellationToken.None); // the owner's next incarnation
                try
                {
                    await Task.Delay(Timeout.Infinite, cancellation);
                }
                finally
                {
                    stopped.SetResult();
                }
            },
        };
        var options = new TrialAttemptOptions { Lease = TimeSpan.FromMilliseconds(100) };
        var report = await new TrialAttempt(ledger, runner, "host/1", TimeProvider.System, options).RunAsync(Spec, "a/0", CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(AttemptEnd.Given, report.End);
        Assert.True(stopped.Task.IsCompleted);
        var record = (await ledger.FindAsync([Spec.Key], CancellationToken.None))[Spec.Key];
        Assert.Equal((TrialStatus.Claimed, 2L), (record.Status, record.Epoch));
    }

    [Fact]
    public async Task Trial_that_keeps_losing_workers_is_failed_without_losing_another()
    {
        var time = new ManualTime();
        var ledger = new InMemoryTrialLedger(time);
        for (var i = 0; i < 11; i++)
        {
            await ledger.ClaimAsync(Spec, $"lost/{i}", TimeSpan.FromMinutes(1), CancellationToken.None);
            time.Advance(TimeSpan.FromMinutes(2));
        }
        var runner = new FakeRunner();
        var report = await new TrialAttempt(ledger, runner, "host/1", TimeProvider.System).RunAsync(Spec, "a/0", CancellationToken.None);
        Assert.Equal(AttemptEnd.Settled, report.End);
        Assert.Empty(runner.Runs);
        var record = (await ledger.FindAsync([Spec.Key], CancellationToken.None))[Spec.Key];
        Assert.Equal(TrialStatus.Failed, record.Status);
        Assert.Contains("lost 11 workers in a row", record.Failure, StringComparison.Ordinal);

        // A person looked into it and resumes: the count begins anew.
        report = await new TrialAttempt(ledger, runner, "host/1", TimeProvider.System).RunAsync(Spec, "a/0", CancellationToken.None);
        Assert.Equal((AttemptEnd.Settled, 1), (report.End, runner.Runs.Count));
    }

    [Fact]
    public async Task Revoked_worker_gives_its_lease_back()
    {
        var ledger = new InMemoryTrialLedger(TimeProvider.System);
        using var revoke = new CancellationTokenSource();
        var runner = new FakeRunner
        {
            Before = async (_, cancellation) =>
            {
                await revoke.CancelAsync();
                await Task.Delay(Timeout.Infinite, cancellation);
            },
        };
        var report = await new TrialAttempt(ledger, runner, "host/1", TimeProvider.System).RunAsync(Spec, "a/0", revoke.Token);
        Assert.Equal(AttemptEnd.Given, report.End);
        Assert.Equal(TrialStatus.Released, (await ledger.FindAsync([Spec.Key], CancellationToken.None))[Spec.Key].Status);
    }

    [Theory]
    [InlineData(true, AttemptEnd.Lacking, TrialStatus.Released)]
    [InlineData(false, AttemptEnd.Settled, TrialStatus.Failed)]
    public async Task Trial_for_which_this_process_lacks_something_goes_back_where_another_may_have_it(bool mayGiveBack, AttemptEnd end, TrialStatus status)
    {
        var ledger = new InMemoryTrialLedger(TimeProvider.System);
        var runner = new FakeRunner { Before = (_, _) => throw new TrialFailedException("there is no data set 'mine'", transient: false) { IsLack = true } };
        var report = await new TrialAttempt(ledger, runner, "host/1", TimeProvider.System) { MayGiveBack = mayGiveBack }.RunAsync(Spec, "a/0", CancellationToken.None);
        Assert.Equal(end, report.End);
        var record = (await ledger.FindAsync([Spec.Key], CancellationToken.None))[Spec.Key];
        Assert.Equal((status, mayGiveBack ? null : "there is no data set 'mine'"), (record.Status, record.Failure));
        Assert.Equal(mayGiveBack ? "there is no data set 'mine'" : null, report.Message);
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    public async Task Store_that_goes_away_now_and_then_costs_no_trial(ulong seed)
    {
        await using var store = new FlakyStore(seed);
        await new StudyControl(store.Solid.Log, TimeProvider.System).SubmitAsync(Plans.Ladder("ladder"), CancellationToken.None);
        await using var host = new FakeHost(store, "host", workers: 6);
        Assert.Equal(StudyStatus.Finished, await host.RunAsync("ladder"));
        Assert.Equal(18, host.Runner.Runs.Count);
        Assert.All(host.Runner.Runs, run => Assert.Equal(1, run.Value));
        var decisions = await store.Solid.Log.DecisionsAsync("ladder", CancellationToken.None);
        Assert.Single(decisions, line => line.Decision.Text == "all 19 nodes ended well");
    }

    sealed class FlakyStore : StoreUnderTest
    {
        public FlakyStore(ulong seed)
        {
            Log = FlakyPort.Around(Solid.Log, seed, before: 10, after: 10);
            Ledger = FlakyPort.Around(Solid.Ledger, seed, before: 10, after: 10);
        }

        public InMemoryStore Solid { get; } = new();

        public override IStudyLog Log { get; }

        public override ITrialLedger Ledger { get; }

        public override IMetricSink Metrics => Solid.Metrics;

        public override Task AdvanceAsync(TimeSpan time) => Solid.AdvanceAsync(time);
    }
}
