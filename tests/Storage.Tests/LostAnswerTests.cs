using AtomSets.Contracts;
using AtomSets.Studies;
using Npgsql;
using Xunit;
using static AtomSets.Contracts.Samples;

namespace AtomSets.Storage.Tests;

/// <summary>The server did what it was asked to, but its answer is lost, wherever that happens: everything ends as if it had come.</summary>
public sealed class LostAnswerTests(TestDatabase test) : IClassFixture<TestDatabase>
{
    [PostgresTheory]
    [InlineData(11)]
    [InlineData(14)]
    [InlineData(17)]
    public async Task A_study_computes_every_trial_once(int every)
    {
        await test.ExecuteAsync("TRUNCATE studies, trials, stale_reports, models CASCADE");
        await using var line = new BadLine(test.Address.Host!, every);
        await using var database = await OpenAsync(line);
        await using var store = new LossyStore(database);
        await using var host = new FakeHost(store, "host");
        await new StudyControl(store.Log, TimeProvider.System).SubmitAsync(Plans.Ladder("ladder"), None);

        await host.RunAsync("ladder");
        var failures = (await new PostgresStudyLog(test.Database).NodesAsync("ladder", None)).Where(row => row.Status != NodeStatus.Finished).Select(row => $"{row.Node}: {row.Reason}").ToArray();
        Assert.True(failures.Length == 0, string.Join('\n', failures));
        Assert.Equal(18, host.Runner.Runs.Count);
        Assert.All(host.Runner.Runs, run => Assert.Equal(1, run.Value));
        Assert.True(line.Lost > 5, $"only {line.Lost} answers were lost");
        Assert.Equal(18, await test.ScalarAsync<long>("SELECT count(*) FROM trials WHERE status = 'finished'"));
        Assert.Equal(6, await test.ScalarAsync<long>("SELECT count(*) FROM predictions"));
        Assert.Equal(6, await test.ScalarAsync<long>("SELECT count(*) FROM test_looks"));
        Assert.Equal(0, await test.ScalarAsync<long>("SELECT count(*) FROM stale_reports"));
        // Every decision once.
        Assert.Equal(await test.ScalarAsync<long>("SELECT count(DISTINCT (node, decision)) FROM study_decisions"), await test.ScalarAsync<long>("SELECT count(*) FROM study_decisions"));
    }

    [PostgresFact]
    public async Task Epochs_and_checkpoints_are_stored_once()
    {
        await test.ExecuteAsync("TRUNCATE studies, trials, stale_reports, models CASCADE");
        await using var line = new BadLine(test.Address.Host!, 11);
        await using var database = await OpenAsync(line);
        await using var store = new LossyStore(database);
        var spec = Train("a");
        // A claim whose answer was lost is taken over by the same owner's next.
        var lease = await ClaimedAsync(store.Ledger, spec);
        for (var first = 1; first < 60; first += 3)
        {
            EpochRow[] rows = [.. Enumerable.Range(first, 3).Select(epoch => new EpochRow(epoch, 1.0 / epoch, 2.0 / epoch, 0.1, 0.01, 100))];
            Assert.True(await store.Metrics.AppendAsync(lease, rows, None));
            Assert.True(await store.Ledger.RecordCheckpointAsync(lease, new TrialCheckpoint($"file{first}", first + 2), None));
        }
        Assert.True(await store.Ledger.FinishAsync(lease, Trained(0.5), [], None));
        Assert.Equal(Enumerable.Range(1, 60), (await store.Metrics.ReadAsync(spec.Key, None)).Select(row => row.Epoch));
        Assert.True(line.Lost > 5, $"only {line.Lost} answers were lost");
        Assert.Equal(0, (await RecordAsync(store.Ledger, spec.Key)).StaleReports);
    }

    /// <summary>The first connection is made with answers lost as well: then it is made again, as a person would.</summary>
    async Task<Database> OpenAsync(BadLine line)
    {
        var address = new NpgsqlConnectionStringBuilder(test.Address.ConnectionString) { Host = line.Folder }.ConnectionString;
        for (var tries = 0; ; tries++)
        {
            try
            {
                return await Database.OpenAsync(new DatabaseOptions(address));
            }
            catch (StorageException) when (tries < 20)
            {
            }
        }
    }

    sealed class LossyStore(Database database) : StoreUnderTest
    {
        public override IStudyLog Log { get; } = new PostgresStudyLog(database);

        public override ITrialLedger Ledger { get; } = new PostgresTrialLedger(database);

        public override IMetricSink Metrics { get; } = new PostgresMetricSink(database);

        public override Task AdvanceAsync(TimeSpan time) => Task.CompletedTask;
    }
}
