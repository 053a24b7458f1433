using System.Globalization;
using Npgsql;

namespace AtomSets.Storage;

/// <param name="Type">PostgreSQL's name of it.</param>
/// <param name="IsNumber">Whether the values are numbers (which may be NaN or Infinity).</param>
public sealed record SqlColumn(string Name, string Type, bool IsNumber);

/// <param name="Rows">Values as PostgreSQL writes them; null is NULL.</param>
/// <param name="Truncated">Whether there were more rows.</param>
public sealed record SqlTable(IReadOnlyList<SqlColumn> Columns, IReadOnlyList<string?[]> Rows, bool Truncated);

/// <summary>
/// Runs a user's query that cannot change anything: one statement, declared as a cursor (so a query and nothing else), in a read-only transaction,
/// with a time limit, and never with a superuser's rights.
/// </summary>
public sealed class ReadOnlySql(Database database)
{
    const string Declare = "DECLARE answer NO SCROLL CURSOR FOR ";

    /// <param name="sql">One SELECT, WITH, VALUES or TABLE; unqualified names mean our tables and views.</param>
    /// <param name="rows">Rows to return at most.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="StorageException">PostgreSQL refuses the query, or it takes too long.</exception>
    public Task<SqlTable> RunAsync(string sql, int rows, TimeSpan limit, CancellationToken cancel)
    {
        sql = sql.Trim().TrimEnd(';');
        return database.RunAsync(async c =>
        {
            try
            {
                await c.ExecuteAsync("BEGIN READ ONLY", cancel);
                try
                {
                    await c.ExecuteAsync("""
                        SELECT set_config('statement_timeout', $1, true), set_config('cursor_tuple_fraction', '1', true),
                            CASE WHEN current_setting('is_superuser') = 'on' AND EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_read_all_data')
                                THEN set_config('role', 'pg_read_all_data', true) END
                        """, cancel, ((long)limit.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
                    // As a batch the text reaches the server uncut, and the server refuses a second statement in it.
                    await using (var declare = new NpgsqlBatch(c) { BatchCommands = { new NpgsqlBatchCommand(Declare + sql) } })
                        await declare.ExecuteNonQueryAsync(cancel);
                    return await FetchAsync(c, rows, cancel);
                }
                finally
                {
                    await c.ExecuteAsync("ROLLBACK", CancellationToken.None);
                }
            }
            catch (PostgresException e) when (!e.IsTransient)
            {
                throw new StorageException(Explain(e, sql, limit), e);
            }
        }, repeatable: true, cancel);
    }

    static async Task<SqlTable> FetchAsync(NpgsqlConnection connection, int limit, CancellationToken cancel)
    {
        await using var fetch = new NpgsqlCommand(string.Create(CultureInfo.InvariantCulture, $"FETCH {(long)limit + 1} FROM answer"), connection) { AllResultTypesAreUnknown = true };
        await using var reader = await fetch.ExecuteReaderAsync(cancel);
        var columns = Enumerable.Range(0, reader.FieldCount).Select(i =>
        {
            var type = reader.GetPostgresType(i).DisplayName;
            return new SqlColumn(reader.GetName(i), type, type is "smallint" or "integer" or "bigint" or "real" or "double precision" || type.StartsWith("numeric", StringComparison.Ordinal));
        }).ToList();
        var rows = new List<string?[]>();
        while (await reader.ReadAsync(cancel))
        {
            if (rows.Count == limit) return new SqlTable(columns, rows, Truncated: true);
            rows.Add([.. Enumerable.Range(0, columns.Count).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]);
        }
        return new SqlTable(columns, rows, Truncated: false);
    }

    static string Explain(PostgresException error, string sql, TimeSpan limit)
    {
        if (error.SqlState == PostgresErrorCodes.QueryCanceled)
            return string.Create(CultureInfo.InvariantCulture, $"the query took longer than {limit.TotalSeconds:0.#} s; ask for less, or allow more time");
        var at = error.Position - Declare.Length;
        var place = at > 0 && at <= sql.Length ? string.Create(CultureInfo.InvariantCulture, $" at character {at}, '{sql[(at - 1)..Math.Min(sql.Length, at + 19)]}'") : "";
        var hint = error.SqlState is PostgresErrorCodes.SyntaxError or PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.InvalidCursorDefinition
            ? "; write one SELECT over the views result_rows, configuration_rows, learning_curves, prediction_rows, material_rows, cost_rows, test_look_rows" : "";
        return $"PostgreSQL refuses the query: {error.MessageText}{place}{(error.Hint is null ? "" : $" ({error.Hint})")}{hint}";
    }
}
