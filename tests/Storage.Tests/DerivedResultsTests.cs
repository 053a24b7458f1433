using System.Globalization;
using AtomSets.Studies;
using Npgsql;
using Xunit;

namespace AtomSets.Storage.Tests;

/// <summary>The tables that answers are read from say at every moment what the study log, the ledger and the predictions say.</summary>
public sealed class DerivedResultsTests(TestDatabase test) : IClassFixture<TestDatabase>
{
    static readonly string[] Tables =
    [
        "SELECT * FROM runs ORDER BY study_id, node",
        "SELECT * FROM configurations ORDER BY study_id, configuration",
        "SELECT * FROM material_errors WHERE predictions > 0 ORDER BY study_id, target, mode, data_set, property, unit, material_id",
        "SELECT worker, kind, family, machine, device, trials, epochs, seconds FROM worker_costs ORDER BY worker, kind, family",
    ];

    [PostgresTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task After_any_writes_they_are_what_they_would_be_if_made_anew(int seed)
    {
        await WriteAsync(seed);
        var kept = await ReadAsync();
        Assert.All(kept, table => Assert.NotEmpty(table));
        await test.ExecuteAsync("SELECT rebuild_results()");
        Same(await ReadAsync(), kept);
    }

    [PostgresFact]
    public async Task A_database_of_the_schema_before_gets_them_when_it_is_opened()
    {
        await WriteAsync(4);
        var kept = await ReadAsync();
        await test.ExecuteAsync("""
            DROP VIEW result_rows, configuration_rows, material_rows, cost_rows, run_source, configuration_source, pair_source;
            DROP TABLE runs, configurations, material_errors, worker_costs;
            DROP FUNCTION settings_of, refresh_pairs, refresh_results, count_materials, nodes_inserted, nodes_updated, nodes_deleted, trial_finished, rebuild_results CASCADE;
            DROP INDEX study_nodes_of_trial;
            CREATE INDEX study_nodes_trial_key_idx ON study_nodes (trial_key) WHERE trial_key IS NOT NULL;
            DROP TABLE study_endings;
            DROP INDEX study_revisions;
            DELETE FROM schema_migrations WHERE version >= 4;
            """);
        // The view of that time.
        foreach (var script in Migration.All.Where(script => script.Version == 2)) await test.ExecuteAsync("BEGIN;" + script.Sql + "COMMIT");
        await using var again = await Database.OpenAsync(new DatabaseOptions(test.Address.ConnectionString));
        Same(await ReadAsync(), kept);
        await new StudyWriter(again).CreateAsync("later", new StudyWriter.Run("g", 0, "scratch", 50, 1, 1, 1));
        Assert.Equal(1, await test.ScalarAsync<long>("SELECT count(*) FROM result_rows WHERE study = 'later' AND status = 'waiting'"));
    }

    [PostgresFact]
    public async Task What_rounds_of_active_learning_chose_has_no_size_and_no_error_also_in_an_older_database()
    {
        var address = await TestServer.NewDatabaseAsync();
        try
        {
            const string Key = "repeat('a', 64)", Chosen = "SELECT string_agg(format('%s %s %s %s', coalesce(size, 0), coalesce(val_error, 0), coalesce(unit, '-'), status), ';') FROM atomsets.runs WHERE role = 'acquisition'",
                Counted = "SELECT string_agg(format('%s %s %s %s', coalesce(size, 0), runs, val_runs, coalesce(val_error, 0)), ';') FROM atomsets.configurations WHERE role = 'acquisition'";
            await using (var connection = new NpgsqlConnection(address.ConnectionString))
            {
                await connection.OpenAsync();
                await Migrator.MigrateAsync(connection, [.. Migration.All.Take(5)], default);
                await RunAsync(connection, $$$"""
                    SET search_path = atomsets;
                    INSERT INTO studies (name, status, hash, priority, description, nodes, finished, failed, blocked, last_sequence) VALUES ('old', 'finished', 'h', 0, '', 1, 1, 0, 0, 1);
                    INSERT INTO trials (key, kind, spec, status, owner, lease_until, result) VALUES ({{{Key}}}, 'train', '{"kind":"train","data":{"set":"phonons","target":"peak","rows":30}}', 'finished', 'w', now(),
                        '{"result":"train","score":{"metric":"mae","value":0.25,"unit":"eV"},"stop":"plateau","seconds":1}');
                    INSERT INTO study_nodes (study_id, node, kind, grp, replicate, status, trial_key, labels)
                    SELECT id, 'round/s1/acquire', 'train', 'round/acquire', 0, 'finished', {{{Key}}}, '{"role":"acquisition","mode":"active","target":"dear"}' FROM studies;
                    """);
                Assert.Equal("30 0.25 eV finished", await OneAsync(connection, Chosen)); // of that time
            }
            await using var database = await Database.OpenAsync(new DatabaseOptions(address.ConnectionString));
            await using var now = await database.Source.OpenConnectionAsync();
            foreach (var _ in Enumerable.Range(0, 2))
            {
                Assert.Equal(("0 0 - finished", "0 1 0 0"), (await OneAsync(now, Chosen), await OneAsync(now, Counted)));
                await RunAsync(now, "SELECT rebuild_results()");
            }
            // A round that is written now.
            await RunAsync(now, """
                INSERT INTO study_nodes (study_id, node, kind, grp, replicate, status, trial_key, labels)
                SELECT study_id, 'next/s1/acquire', kind, 'next/acquire', replicate, status, trial_key, labels || '{"rows":"30"}' FROM study_nodes WHERE node = 'round/s1/acquire'
                """);
            Assert.Equal("0 0 - finished;0 0 - finished", await OneAsync(now, Chosen));
            Assert.Empty((await new ResultAnswers(database).SizesAsync(new ResultFilter(), new AnswerPage(0), default)).Rows);
            Assert.Empty((await new ResultAnswers(database).BestAsync(new ResultFilter(), [], new AnswerPage(0), default)).Rows);
        }
        finally
        {
            await TestServer.DropAsync(address);
        }
    }

    static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    static async Task<string> OneAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Two studies that share runs, a third that is deleted; failures, rungs, folds, nodes taken away, nodes written again.</summary>
    async Task WriteAsync(int seed)
    {
        await test.ExecuteAsync("TRUNCATE studies, trials, stale_reports, models, worker_costs CASCADE");
        var (draws, position) = (new KeyedStream((ulong)seed, "derived"), 0UL);
        double Uniform() => draws.Uniform(position++);
        var runs = new List<StudyWriter.Run>();
        foreach (var mode in new[] { "scratch", "full", "features:V1" })
        foreach (var size in new[] { 50, 100 })
        foreach (var one in new[] { 1, 2, 3 })
        {
            var fails = Uniform() < 0.1;
            runs.Add(new($"{mode}/{size}", one, mode, size, one, fails ? null : 100 * Uniform(), Uniform() < 0.8 ? 100 * Uniform() : null)
            {
                Fold = size == 100 ? (one % 2).ToString(CultureInfo.InvariantCulture) : null,
                Model = mode == "features:V1" ? "sets" : "net",
                Worker = $"vm{one}:1:x/w1",
            });
        }
        for (var draw = 0; draw < 6; draw++)
            foreach (var rung in new int?[] { 1, null })
                if (rung is not null || draw % 2 == 0)
                    runs.Add(new($"search/{draw}", 0, "scratch", 200, 1, 100 * Uniform(), rung is null && draw == 0 ? 100 * Uniform() : null) { Rung = rung, Width = draw.ToString(CultureInfo.InvariantCulture) });

        var writer = new StudyWriter(test.Database);
        foreach (var study in new[] { "alpha", "beta", "gone" }) await writer.CreateAsync(study, runs);
        await writer.FinishAsync("alpha", runs);
        await writer.FinishAsync("beta", [.. runs.Where(_ => Uniform() < 0.7)]);
        await writer.FinishAsync("gone", [.. runs.Take(5)]);
        await writer.RemoveAsync("alpha", [.. runs.Where(_ => Uniform() < 0.2)]);
        await writer.FinishAsync("alpha", runs[0]); // as it was, written again
        await writer.DeleteAsync("gone");
    }

    async Task<List<List<object?[]>>> ReadAsync()
    {
        await using var connection = await test.Database.Source.OpenConnectionAsync();
        var tables = new List<List<object?[]>>();
        foreach (var sql in Tables)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await using var reader = await command.ExecuteReaderAsync();
            var rows = new List<object?[]>();
            while (await reader.ReadAsync()) rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))]);
            tables.Add(rows);
        }
        return tables;
    }

    // Sums of the same numbers in another order.
    static void Same(List<List<object?[]>> expected, List<List<object?[]>> found)
    {
        foreach (var (table, index) in expected.Select((table, index) => (table, index)))
        {
            Assert.Equal(table.Count, found[index].Count);
            foreach (var (row, other) in table.Zip(found[index]))
                foreach (var (cell, second) in row.Zip(other))
                {
                    // That a run repeats one that was taken away meanwhile is not unsaid: it only makes answers look for the other.
                    if (cell is bool repeats) Assert.True((bool)second! || !repeats);
                    else if (cell is double number) Assert.Equal(number, Assert.IsType<double>(second), 1e-9);
                    else Assert.Equal(cell, second);
                }
        }
    }
}
