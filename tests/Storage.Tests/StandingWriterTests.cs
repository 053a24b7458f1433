using AtomSets.Studies;
using Npgsql;
using Xunit;
using static AtomSets.Contracts.Samples;

namespace AtomSets.Storage.Tests;

/// <summary>
/// A program that stands still while it writes, at whatever byte of its rows, keeps nobody from its trial for longer than the server leaves an idle session its locks:
/// once the lease has run out another takes the trial, and writes its own rows.
/// </summary>
public sealed class StandingWriterTests(TestDatabase test) : IClassFixture<TestDatabase>
{
    const int Rows = 700, Places = 16, Sync = 5;

    static readonly TimeSpan s_lease = TimeSpan.FromSeconds(1), s_patience = TimeSpan.FromSeconds(15);

    static readonly EpochRow[] s_epochs = [.. Enumerable.Range(1, Rows).Select(epoch => new EpochRow(epoch, 1.0 / epoch, 2.0 / epoch, 0.1, 0.01, 100))];

    static readonly TrialPrediction[] s_predictions = [.. Enumerable.Range(0, Rows).Select(i => new TrialPrediction(RowSet.Test, $"m{i}", "gap", i + 0.5, i))];

    [PostgresFact]
    public Task Among_epochs() => StandStillAsync("epochs", (database, lease) => new PostgresMetricSink(database).AppendAsync(lease, s_epochs, None));

    [PostgresFact]
    public Task Among_predictions() => StandStillAsync("predictions", (database, lease) => new PostgresTrialLedger(database).FinishAsync(lease, Evaluated(0.5), s_predictions, None));

    async Task StandStillAsync(string what, Func<Database, TrialLease, Task<bool>> write)
    {
        var bytes = await BytesAsync(what, write);
        Assert.True(bytes > 20_000, $"the {what} are {bytes} bytes only");
        // All at once. What is sent ends with the order to carry it out and, together with that, Sync: whoever stands still between these two holds its locks.
        long[] places = [.. Enumerable.Range(0, Places).Select(i => bytes * i / Places), .. Enumerable.Range(1, Places).Select(i => bytes - Sync - i)];
        await Task.WhenAll(places.Select((place, i) => StandStillAtAsync(Evaluate($"{what} {i}"), place, write)));
    }

    /// <summary>What one such call sends.</summary>
    async Task<long> BytesAsync(string what, Func<Database, TrialLease, Task<bool>> write)
    {
        await using var line = new BadLine(test.Address.Host!);
        await using var database = await OpenAsync(line);
        var lease = await ClaimedAsync(new PostgresTrialLedger(database), Evaluate(what));
        var before = line.Passed;
        Assert.True(await write(database, lease));
        return line.Passed - before;
    }

    async Task StandStillAtAsync(TrialSpec spec, long place, Func<Database, TrialLease, Task<bool>> write)
    {
        await using var line = new BadLine(test.Address.Host!);
        await using var database = await OpenAsync(line);
        var claim = Assert.IsType<TrialClaim.Claimed>(await new PostgresTrialLedger(database).ClaimAsync(spec, "standing", s_lease, None));
        line.StandStillAfter(place);
        var standing = write(database, claim.Lease);

        var (ledger, metrics) = (new PostgresTrialLedger(test.Database), new PostgresMetricSink(test.Database));
        using var limit = new CancellationTokenSource(s_patience);
        var own = await TakenOverAsync(ledger, spec, limit.Token);
        Assert.Equal(claim.Lease.Epoch + 1, own.Epoch);
        Assert.True(await metrics.AppendAsync(own, s_epochs[..3], limit.Token));
        Assert.True(await ledger.FinishAsync(own, Evaluated(0.25), s_predictions[..2], limit.Token));
        Assert.False(standing.IsCompleted, $"{place} bytes were enough");
        Assert.Equal(s_epochs[..3], await metrics.ReadAsync(spec.Key, None));
        Assert.Equal(s_predictions[..2], await ledger.PredictionsAsync(spec.Key, None));
    }

    static async Task<TrialLease> TakenOverAsync(PostgresTrialLedger ledger, TrialSpec spec, CancellationToken cancellation)
    {
        while (true)
        {
            if (await ledger.ClaimAsync(spec, "another", s_lease * 60, cancellation) is TrialClaim.Claimed taken) return taken.Lease;
            await Task.Delay(50, cancellation);
        }
    }

    async Task<Database> OpenAsync(BadLine line) => await Database.OpenAsync(new DatabaseOptions(
        new NpgsqlConnectionStringBuilder(test.Address.ConnectionString) { Host = line.Folder, Options = "-c idle_in_transaction_session_timeout=1s" }.ConnectionString));
}
