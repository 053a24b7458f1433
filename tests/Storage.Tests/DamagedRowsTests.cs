using AtomSets.Contracts;
using AtomSets.Studies;
using Xunit;
using static AtomSets.Contracts.Samples;

namespace AtomSets.Storage.Tests;

/// <summary>Rows that another program, a bad disk or a hand has spoiled: whoever reads them is told which, and nothing is made of them.</summary>
public sealed class DamagedRowsTests(TestDatabase test) : IClassFixture<TestDatabase>
{
    [PostgresTheory]
    [InlineData("{\"event\":\"nonsense\"}")]
    [InlineData("{}")]
    [InlineData("{\"event\":\"trial-finished\",\"score\":{\"metric\":\"mae\",\"value\":1,\"unit\":\"eV\"}}")]
    [InlineData("{\"event\":\"started\",\"study\":null}")]
    [InlineData("[]")]
    public async Task An_event(string payload)
    {
        await using var store = await PostgresStore.OpenAsync(test);
        await new StudyControl(store.Log, TimeProvider.System).SubmitAsync(Plans.Ladder("one"), None);
        await test.ExecuteAsync($"UPDATE study_events SET payload = '{payload}'");
        var refused = await Assert.ThrowsAsync<StudyInputException>(async () =>
        {
            await foreach (var _ in store.Log.ReadAsync("one", 1, None)) Assert.Fail("an event was read");
        });
        Assert.StartsWith("event 1 of study 'one' cannot be read (", refused.Message, StringComparison.Ordinal);
        await using var host = new FakeHost(store, "host");
        await Assert.ThrowsAsync<StudyInputException>(() => host.RunAsync("one"));
        Assert.Empty(host.Runner.Runs);
    }

    [PostgresTheory]
    [InlineData("{\"result\":\"train\"}")]
    [InlineData("{\"result\":\"evaluate\",\"scores\":null,\"looks\":[]}")]
    [InlineData("{\"result\":\"train\",\"score\":{\"metric\":\"mae\",\"value\":0.5,\"unit\":\"eV\"},\"stop\":2}")]
    public async Task A_result(string result)
    {
        await using var store = await PostgresStore.OpenAsync(test);
        var lease = await ClaimedAsync(store.Ledger, Train("a"));
        Assert.True(await store.Ledger.FinishAsync(lease, Trained(0.5), [], None));
        await test.ExecuteAsync($"UPDATE trials SET result = '{result}'");
        Assert.StartsWith("a trial's result cannot be read (", (await Assert.ThrowsAsync<StudyInputException>(() => store.Ledger.FindAsync([lease.Key], None))).Message, StringComparison.Ordinal);
        // It is not computed once more over the spoilt one.
        await Assert.ThrowsAsync<StudyInputException>(() => store.Ledger.ClaimAsync(Train("a"), "host/2", Minute, None));
    }
}
