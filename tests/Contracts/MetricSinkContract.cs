using AtomSets.Studies;
using Xunit;
using static AtomSets.Contracts.Samples;

namespace AtomSets.Contracts;

/// <summary>What every <see cref="IMetricSink"/> does.</summary>
public abstract class MetricSinkContract
{
    protected abstract Task<StoreUnderTest> OpenAsync();

    [ContractFact]
    public async Task Rows_come_back_by_epoch_as_given()
    {
        await using var store = await OpenAsync();
        var lease = await ClaimedAsync(store.Ledger, Train("a"));
        EpochRow[] rows = [new(1, 0.1 + 0.2, 1e-300, 1e-3, 0.25, 1234.5), new(2, double.NaN, double.NaN, 5e-4, 0.5, 0)];
        Assert.True(await store.Metrics.AppendAsync(lease, rows[..1], None));
        Assert.True(await store.Metrics.AppendAsync(lease, rows[1..], None));
        Assert.True(await store.Metrics.AppendAsync(lease, [], None));
        Assert.Equal(rows, await store.Metrics.ReadAsync(lease.Key, None));
        Assert.Empty(await store.Metrics.ReadAsync(Train("b").Key, None));
    }

    [ContractFact]
    public async Task Appending_again_replaces_from_the_first_epoch_given()
    {
        await using var store = await OpenAsync();
        var lease = await ClaimedAsync(store.Ledger, Train("a"));
        await store.Metrics.AppendAsync(lease, [Row(1, 10), Row(2, 20), Row(3, 30)], None);
        await store.Metrics.AppendAsync(lease, [Row(2, 21)], None);
        Assert.Equal([Row(1, 10), Row(2, 21)], await store.Metrics.ReadAsync(lease.Key, None));
    }

    [ContractFact]
    public async Task The_last_row_of_many_trials_is_read_at_once()
    {
        await using var store = await OpenAsync();
        var (a, b) = (await ClaimedAsync(store.Ledger, Train("a")), await ClaimedAsync(store.Ledger, Train("b")));
        await store.Metrics.AppendAsync(a, [Row(1, 10), Row(2, 20)], None);
        await store.Metrics.AppendAsync(b, [Row(7, 70)], None);
        var last = await store.Metrics.LastAsync([a.Key, b.Key, Train("c").Key, a.Key], None);
        Assert.Equal([(a.Key, Row(2, 20)), (b.Key, Row(7, 70))], last.OrderBy(row => row.Value.Epoch).Select(row => (row.Key, row.Value)));
        Assert.Empty(await store.Metrics.LastAsync([], None));
    }

    [ContractFact]
    public async Task Truncating_leaves_the_rows_up_to_the_checkpoint()
    {
        await using var store = await OpenAsync();
        var lease = await ClaimedAsync(store.Ledger, Train("a"));
        var other = await ClaimedAsync(store.Ledger, Train("b"));
        await store.Metrics.AppendAsync(lease, [Row(1, 10), Row(2, 20), Row(3, 30)], None);
        await store.Metrics.AppendAsync(other, [Row(1, 1), Row(2, 2)], None);
        Assert.True(await store.Metrics.TruncateAsync(lease, 2, None));
        Assert.Equal([Row(1, 10), Row(2, 20)], await store.Metrics.ReadAsync(lease.Key, None));
        Assert.True(await store.Metrics.TruncateAsync(lease, 0, None));
        Assert.Empty(await store.Metrics.ReadAsync(lease.Key, None));
        Assert.Equal(2, (await store.Metrics.ReadAsync(other.Key, None)).Count);
    }

    [ContractFact]
    public async Task Old_leases_write_and_delete_nothing()
    {
        await using var store = await OpenAsync();
        var old = await ClaimedAsync(store.Ledger, Train("a"), "host/1");
        await store.Metrics.AppendAsync(old, [Row(1, 10)], None);
        await store.AdvanceAsync(2 * Minute);
        var current = await ClaimedAsync(store.Ledger, Train("a"), "host/2");
        Assert.False(await store.Metrics.AppendAsync(old, [Row(2, 20)], None));
        Assert.False(await store.Metrics.TruncateAsync(old, 0, None));
        Assert.Equal([Row(1, 10)], await store.Metrics.ReadAsync(old.Key, None));
        Assert.True(await store.Metrics.AppendAsync(current, [Row(2, 21)], None));
        Assert.Equal([Row(1, 10), Row(2, 21)], await store.Metrics.ReadAsync(old.Key, None));
    }

    [ContractFact]
    public async Task Long_curve_is_kept_whole()
    {
        await using var store = await OpenAsync();
        var lease = await ClaimedAsync(store.Ledger, Train("a"));
        EpochRow[] rows = [.. Enumerable.Range(1, 3000).Select(epoch => Row(epoch, 1.0 / epoch))];
        Assert.True(await store.Metrics.AppendAsync(lease, rows, None));
        Assert.Equal(rows, await store.Metrics.ReadAsync(lease.Key, None));
    }

    static EpochRow Row(int epoch, double error) => new(epoch, error * 2, error, 1e-3, 0.1, 100);
}
