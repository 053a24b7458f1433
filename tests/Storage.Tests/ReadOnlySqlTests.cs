using Xunit;

namespace AtomSets.Storage.Tests;

public sealed class ReadOnlySqlTests(TestDatabase test) : IClassFixture<TestDatabase>
{
    [PostgresFact]
    public async Task A_query_answers_with_names_types_and_text()
    {
        var table = await RunAsync("SELECT 1 AS one, 0.1::float8 AS tenth, NULL AS nothing, 'a;b' AS text, true AS yes, 'NaN'::float8 AS nan;");
        Assert.Equal(["one", "tenth", "nothing", "text", "yes", "nan"], table.Columns.Select(c => c.Name));
        Assert.Equal([true, true, false, false, false, true], table.Columns.Select(c => c.IsNumber));
        Assert.Equal<IEnumerable<string?>>(["1", "0.1", null, "a;b", "t", "NaN"], Assert.Single(table.Rows));
        Assert.False(table.Truncated);
    }

    [PostgresFact]
    public async Task Rows_beyond_the_cap_are_cut_and_said_so()
    {
        var table = await RunAsync("SELECT generate_series(1, 1000000000)", rows: 3);
        Assert.Equal(["1", "2", "3"], table.Rows.Select(r => r[0]));
        Assert.True(table.Truncated);
        Assert.False((await RunAsync("SELECT generate_series(1, 3)", rows: 3)).Truncated);
    }

    [PostgresTheory]
    [InlineData("result_rows")]
    [InlineData("learning_curves")]
    [InlineData("prediction_rows")]
    [InlineData("test_look_rows")]
    [InlineData("trials")]
    public async Task Our_views_and_tables_are_found_by_their_names(string view) => Assert.Empty((await RunAsync($"SELECT * FROM {view}")).Rows);

    [PostgresTheory]
    [InlineData("DELETE FROM studies")]
    [InlineData("INSERT INTO models VALUES ('x', 'x', NULL, '{}')")]
    [InlineData("DROP TABLE studies")]
    [InlineData("SELECT 1; DROP TABLE studies")]
    [InlineData("SELECT 1; COMMIT; DROP TABLE studies")]
    [InlineData("COMMIT")]
    [InlineData("SET TRANSACTION READ WRITE")]
    [InlineData("COPY (SELECT 1) TO PROGRAM 'touch /tmp/atomsets-test-escaped'")]
    [InlineData("WITH gone AS (DELETE FROM studies RETURNING 1) SELECT * FROM gone")]
    [InlineData("SELECT nextval('studies_id_seq')")]
    [InlineData("SELECT pg_read_file('/etc/passwd')")]
    [InlineData("SELECT 1 INTO made")]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task Nothing_can_be_written(string sql)
    {
        var before = await StateAsync();
        var error = await Assert.ThrowsAsync<StorageException>(() => RunAsync(sql));
        Assert.StartsWith("PostgreSQL refuses the query", error.Message);
        Assert.Equal(before, await StateAsync());
        Assert.False(File.Exists("/tmp/atomsets-test-escaped"));
    }

    [PostgresFact]
    public async Task What_a_function_writes_all_the_same_is_rolled_back()
    {
        var before = await StateAsync();
        try
        {
            await RunAsync("SELECT lo_from_bytea(0, 'x')"); // PostgreSQL 15 and older allow it in a read-only transaction
        }
        catch (StorageException)
        {
            // Newer ones do not.
        }
        Assert.Equal(before, await StateAsync());
    }

    [PostgresFact]
    public async Task A_mistake_is_shown_in_its_place()
    {
        var error = await Assert.ThrowsAsync<StorageException>(() => RunAsync("SELECT errr FROM result_rows"));
        Assert.Contains("column \"errr\" does not exist at character 8, 'errr FROM result_row'", error.Message);
    }

    [PostgresFact]
    public async Task A_query_that_takes_too_long_is_ended()
    {
        var error = await Assert.ThrowsAsync<StorageException>(() =>
            new ReadOnlySql(test.Database).RunAsync("SELECT pg_sleep(60)", 10, TimeSpan.FromMilliseconds(200), CancellationToken.None));
        Assert.Contains("took longer than 0.2 s", error.Message);
    }

    Task<SqlTable> RunAsync(string sql, int rows = 100) => new ReadOnlySql(test.Database).RunAsync(sql, rows, TimeSpan.FromSeconds(30), CancellationToken.None);

    Task<string> StateAsync() => test.ScalarAsync<string>("""
        SELECT string_agg(relname::text || relkind::text, ',' ORDER BY relname) || (SELECT count(*) FROM models) || (SELECT count(*) FROM pg_largeobject_metadata)
            || (SELECT last_value || is_called::text FROM studies_id_seq)
        FROM pg_class WHERE relnamespace = 'atomsets'::regnamespace
        """);
}
