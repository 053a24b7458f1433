using AtomSets.Studies;
using Npgsql;
using Xunit;
using static AtomSets.Contracts.Samples;

namespace AtomSets.Storage.Tests;

/// <summary>The server goes away while it writes a trial's rows, with some of them written: afterwards all are there, each once.</summary>
public sealed class RestartedInWriteTests : IAsyncLifetime
{
    const int Rows = 500, Immediate = 3, Killed = 9;

    /// <summary>Row 250 of each statement stands still while somebody holds the lock.</summary>
    const string Gates = """
        CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NEW; END $$;
        CREATE TRIGGER hold BEFORE INSERT ON predictions FOR EACH ROW WHEN (NEW.ordinal = 250) EXECUTE FUNCTION hold();
        CREATE TRIGGER hold BEFORE INSERT ON epochs FOR EACH ROW WHEN (NEW.epoch = 250) EXECUTE FUNCTION hold();
        """;

    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    readonly TemporaryHome _home = new();
    Database? _database;

    public async Task InitializeAsync()
    {
        if (PostgresPresence.SkipReason is not null) return;
        _database = await Database.OpenAsync(new DatabaseOptions { Place = _home.Place });
        await _database.RunAsync(c => c.ExecuteAsync(Gates, default), repeatable: false, default);
    }

    public async Task DisposeAsync()
    {
        if (_database is not null) await _database.DisposeAsync();
        await _home.DisposeAsync();
    }

    [PostgresFact]
    public async Task Epochs_and_predictions_are_there_whole_and_once()
    {
        ((int Signal, bool WholeServer) Epochs, (int Signal, bool WholeServer) Predictions)[] ends = [((Killed, true), (Immediate, true)), ((Immediate, true), (Killed, false))];
        foreach (var end in ends)
        {
            var (ledger, metrics, spec) = (new PostgresTrialLedger(_database!), new PostgresMetricSink(_database!), Evaluate($"{end}"));
            var lease = await ClaimedAsync(ledger, spec);
            EpochRow[] epochs = [.. Enumerable.Range(1, Rows).Select(epoch => new EpochRow(epoch, 1.0 / epoch, 2.0 / epoch, 0.1, 0.01, 100))];
            await MustOutlastAsync(end.Epochs, () => metrics.AppendAsync(lease, epochs, default));
            Assert.Equal(epochs, await metrics.ReadAsync(spec.Key, default));

            TrialPrediction[] predictions = [.. Enumerable.Range(0, Rows).Select(i => new TrialPrediction(RowSet.Test, $"m{i}", "gap", i + 0.5, i))];
            await MustOutlastAsync(end.Predictions, () => ledger.FinishAsync(lease, Evaluated(0.5), predictions, default));
            Assert.Equal(predictions, await ledger.PredictionsAsync(spec.Key, default));
            var record = await RecordAsync(ledger, spec.Key);
            Assert.Equal((TrialStatus.Finished, 1L, 0), (record.Status, record.Epoch, record.StaleReports));
        }
        Assert.Equal(2, Assert.Single(await new PostgresTrialLedger(_database!).CountTestLooksAsync(default)).Looks);
    }

    /// <summary>Kills the server, or the one process of it that works for us, while a statement stands in its middle; the same call then brings it to its end.</summary>
    async Task MustOutlastAsync((int Signal, bool WholeServer) end, Func<Task<bool>> write)
    {
        await using var gate = new NpgsqlConnection(new NpgsqlConnectionStringBuilder { Host = _home.Place.SocketDirectory, Username = "atomsets", Database = "atomsets", Pooling = false }.ConnectionString);
        await gate.OpenAsync();
        await gate.ExecuteAsync("SELECT pg_advisory_lock(4711)", default);
        var writing = write();
        var held = 0;
        using (var limit = new CancellationTokenSource(s_patience))
        {
            while (held == 0)
            {
                var waiting = await gate.ReadAsync(r => r.GetInt32(0), "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", limit.Token);
                if (waiting.Count > 0) held = waiting[0];
                else await Task.Delay(5, limit.Token);
            }
        }
        Assert.False(writing.IsCompleted);
        // With the server goes the lock.
        NativeMethods.Kill(end.WholeServer ? ServerStatus.Of(_home.Place).Pid!.Value : held, end.Signal);
        Assert.True(await writing.WaitAsync(s_patience));
    }
}
