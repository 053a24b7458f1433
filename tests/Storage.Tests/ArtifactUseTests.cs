using AtomSets.Studies;
using Xunit;
using static AtomSets.Contracts.Samples;

namespace AtomSets.Storage.Tests;

public sealed class ArtifactUseTests(TestDatabase test) : IClassFixture<TestDatabase>
{
    [PostgresFact]
    public async Task Artifacts_of_results_and_checkpoints_are_needed_until_they_are_replaced()
    {
        var (ledger, catalog) = (new PostgresTrialLedger(test.Database), new ModelCatalog(test.Database));
        var a = await ClaimedAsync(ledger, Train("a"));
        await ledger.RecordCheckpointAsync(a, new TrialCheckpoint("first", 1), None);
        await ledger.RecordCheckpointAsync(a, new TrialCheckpoint("second", 2), None);
        var b = await ClaimedAsync(ledger, Train("b"));
        await ledger.RecordCheckpointAsync(b, new TrialCheckpoint("third", 2), None);
        await ledger.FinishAsync(b, Trained(1, "weights"), [], None);
        // A pause that no search of a study waits at.
        await ledger.FinishAsync(await ClaimedAsync(ledger, Train("c")), Trained(1, "half") with { Stop = StopReason.Paused, Checkpoint = "paused" }, [], None);
        await ledger.FinishAsync(await ClaimedAsync(ledger, Evaluate("d")), Evaluated(1) with { Weights = "mean" }, [], None);
        Assert.True(await catalog.AddAsync("kept", "imported", null, "{}", None));
        Assert.Equal(["half", "imported", "mean", "second", "weights"], (await new ArtifactUse(test.Database).ReadAsync(None)).Order());
    }
}
