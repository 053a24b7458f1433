using System.Globalization;
using System.Text.Json;
using AtomSets.Upgrade;
using Npgsql;
using Xunit;

namespace AtomSets.Storage.Tests;

/// <summary>A database of the first version, opened with this one.</summary>
public sealed class OldDatabaseTests : IAsyncLifetime
{
    static readonly CancellationToken None = CancellationToken.None;

    NpgsqlConnectionStringBuilder? _address;

    public async Task InitializeAsync()
    {
        if (PostgresPresence.SkipReason is not null) return;
        _address = await TestServer.NewDatabaseAsync();
        await OldFiles.RestoreAsync(_address.ConnectionString);
    }

    public async Task DisposeAsync()
    {
        if (_address is not null) await TestServer.DropAsync(_address);
    }

    [PostgresFact]
    public async Task Every_row_is_kept_and_the_second_time_nothing_is_done()
    {
        await using var connection = await ConnectAsync();
        var before = await DumpAsync(connection, [.. await ColumnsAsync(connection)]);
        foreach (var (table, count) in OldFiles.Answers.GetProperty("rows").EnumerateObject().Select(entry => (entry.Name, entry.Value.GetInt32())))
            Assert.Equal(count, before.Count(row => row.StartsWith(table + ":", StringComparison.Ordinal)));

        var columns = await ColumnsAsync(connection);
        Assert.Equal(Migrator.Newest - 1, await Migrator.MigrateAsync(connection));
        Assert.Equal(before, await DumpAsync(connection, columns));

        var after = await DumpAsync(connection, await ColumnsAsync(connection));
        Assert.Equal(0, await Migrator.MigrateAsync(connection));
        Assert.Equal(after, await DumpAsync(connection, await ColumnsAsync(connection)));
    }

    [PostgresFact]
    public async Task Results_groups_materials_and_fits_are_what_the_first_version_said()
    {
        await using var database = await Database.OpenAsync(new DatabaseOptions(_address!.ConnectionString));
        await using var connection = await ConnectAsync();
        var expected = OldFiles.Answers.GetProperty("result_rows").EnumerateArray().ToArray();
        var rows = await ReadAsync(connection, "SELECT row_to_json(r)::text FROM atomsets.result_rows r ORDER BY study, ordinal");
        Assert.Equal(expected.Length, rows.Count);
        foreach (var (old, now) in expected.Zip(rows.Select(row => JsonDocument.Parse(row).RootElement)))
            // The key of a trial that no worker had yet: the view of that time did not tell it.
            foreach (var column in old.EnumerateObject().Where(column => column is not { Name: "key", Value.ValueKind: JsonValueKind.Null }))
                Assert.True(column.Value.GetRawText() == now.GetProperty(column.Name).GetRawText(), $"{old.GetProperty("node")}: {column.Name} was {column.Value}, is {now.GetProperty(column.Name)}");

        var queries = new ResultQueries(database);
        var ladder = new ResultFilter { Studies = ["ladder"], Roles = ["transfer"] };
        var groups = (await queries.GroupsAsync(ladder with { Roles = [] }, [ResultColumn.Target, ResultColumn.Mode, ResultColumn.Model, ResultColumn.Size], None)).ToDictionary(group => string.Join('/', group.By));
        var oldGroups = OldFiles.Answers.GetProperty("groups").EnumerateArray().ToArray();
        Assert.Equal(oldGroups.Length, groups.Count);
        foreach (var old in oldGroups)
        {
            var group = groups[$"{old.GetProperty("target")}/{old.GetProperty("mode")}/{old.GetProperty("model")}/{old.GetProperty("size")}"];
            Assert.Equal((old.GetProperty("runs").GetInt32(), old.GetProperty("capped").GetInt32(), old.GetProperty("metric").GetString(), old.GetProperty("unit").GetString()),
                (group.Runs, group.Capped, group.Metric, group.Unit));
            Same(old.GetProperty("validation"), group.Validation?.Mean);
            Same(old.GetProperty("validation_se"), group.Validation?.StandardError);
            Same(old.GetProperty("test"), group.Test?.Mean);
            Same(old.GetProperty("test_se"), group.Test?.StandardError);
        }

        var materials = (await ReadAsync(connection, """
            SELECT format('%s %s %s', material_id, sum(predictions), round((sum(mean_abs_error * predictions) / sum(predictions))::numeric, 9))
            FROM atomsets.material_rows WHERE study = 'ladder' GROUP BY material_id ORDER BY 1
            """));
        Assert.Equal(OldFiles.Answers.GetProperty("worst").EnumerateArray()
            .Select(old => string.Create(CultureInfo.InvariantCulture, $"{old.GetProperty("material")} {old.GetProperty("predictions")} {old.GetProperty("mean |error|").GetDouble():0.000000000}"))
            .Order(StringComparer.Ordinal), materials);

        // As the first version printed them: two and three digits.
        var curves = TargetCurves.Of("dear", await queries.RowsAsync(ladder, 1000, None)).Curves.ToDictionary(curve => curve.Mode, curve => curve.Fit());
        foreach (var old in OldFiles.Answers.GetProperty("fits").EnumerateArray())
        {
            var fit = curves[old.GetProperty("mode").GetString()!];
            Assert.Equal((old.GetProperty("b").GetDouble(), old.GetProperty("se").GetDouble(), old.GetProperty("r2").GetDouble()),
                (Math.Round(fit.Slope, 2), Math.Round(fit.SlopeError, 2), Math.Round(fit.RSquared, 3)));
        }
    }

    [PostgresTheory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    public async Task A_script_that_fails_leaves_the_database_as_it_was(int broken)
    {
        await using var connection = await ConnectAsync();
        var (before, schema) = (await DumpAsync(connection, await ColumnsAsync(connection)), await SchemaAsync(connection));
        var scripts = Migration.All.Select(script => script.Version == broken ? script with { Sql = script.Sql + "\nDELETE FROM atomsets.trials;\nSELECT nonsense;" } : script).ToList();
        await Assert.ThrowsAsync<PostgresException>(() => Migrator.MigrateAsync(connection, scripts, None));
        Assert.Equal(schema, await SchemaAsync(connection));
        Assert.Equal(before, await DumpAsync(connection, await ColumnsAsync(connection)));
        // The program of before still takes it for its own, and the next one can.
        Assert.Equal(0, await Migrator.MigrateAsync(connection, [.. Migration.All.Take(1)], None));
        Assert.Equal(Migrator.Newest - 1, await Migrator.MigrateAsync(connection));
    }

    [PostgresFact]
    public async Task A_program_of_before_refuses_what_a_newer_one_has_opened_and_changes_nothing()
    {
        await using var connection = await ConnectAsync();
        await Migrator.MigrateAsync(connection);
        var (before, schema) = (await DumpAsync(connection, await ColumnsAsync(connection)), await SchemaAsync(connection));
        var error = await Assert.ThrowsAsync<StorageException>(() => Migrator.MigrateAsync(connection, [.. Migration.All.Take(1)], None));
        Assert.Equal("the database has schema version 2 (folds), this program knows versions up to 1; use a newer AtomSets Cluster, or another database with --db", error.Message);
        Assert.Equal(schema, await SchemaAsync(connection));
        Assert.Equal(before, await DumpAsync(connection, await ColumnsAsync(connection)));
    }

    /// <summary>Every database holds the checksums of the scripts that made it: a change to one of these shuts all of them out.</summary>
    [Theory]
    [InlineData(1, "a88a0ec8f5efb94224abb2a6d6498f1fee60517986e84625cd5c961ada04c9d0")]
    [InlineData(2, "49e1ce0a16b0f06c52a39e1c93b8e0e2b4fd0466df513d80bd0774b631bd7d4b")]
    [InlineData(3, "4097913167b7250897c26e8a0939191634784e4336a255b7856678190562f138")]
    [InlineData(4, "cde82b4bb141bb641a21c9e5293d0ca204fd7bc790e76b60ebbb92e302c4d9ae")]
    [InlineData(5, "88212d13fc6615ea7d183818df539f7a258519441f15d7b2021fda0c55e112ae")]
    [InlineData(6, "cdd5bddc0b248fae9f42f87a3a8b4035ca0de5ad33b154646b7f23094b96890b")]
    [InlineData(7, "ccd93e790d4660580e93db8efecba32abf1dc153082d070c0b9eaf26836d42b6")]
    public void A_script_that_was_released_keeps_its_bytes(int version, string checksum) => Assert.Equal(checksum, Migration.All[version - 1].Checksum);

    static void Same(JsonElement old, double? now)
    {
        if (old.ValueKind == JsonValueKind.Null) Assert.Null(now);
        else Assert.Equal(old.GetDouble(), now!.Value, 1e-10);
    }

    async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(_address!.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Tables and their columns, but for the record of migrations.</summary>
    static async Task<List<(string Table, string Columns)>> ColumnsAsync(NpgsqlConnection connection) =>
    [
        .. (await ReadAsync(connection, """
            SELECT c.table_name || '|' || string_agg(quote_ident(c.column_name), ', ' ORDER BY c.ordinal_position)
            FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
            WHERE c.table_schema = 'atomsets' AND t.table_type = 'BASE TABLE' AND c.table_name <> 'schema_migrations' GROUP BY c.table_name ORDER BY 1
            """)).Select(line => line.Split('|')).Select(parts => (parts[0], parts[1])),
    ];

    /// <summary>Every row of these columns, in an order of its own.</summary>
    static async Task<List<string>> DumpAsync(NpgsqlConnection connection, IReadOnlyList<(string Table, string Columns)> tables)
    {
        var rows = new List<string>();
        foreach (var (table, columns) in tables) rows.AddRange((await ReadAsync(connection, $"SELECT '{table}:' || row_to_json(q)::text FROM (SELECT {columns} FROM atomsets.{table}) q")).Order(StringComparer.Ordinal));
        return rows;
    }

    /// <summary>Everything that the schema consists of, and the record of migrations.</summary>
    static Task<List<string>> SchemaAsync(NpgsqlConnection connection) => ReadAsync(connection, """
        SELECT format('%s %s', relkind, relname) FROM pg_class WHERE relnamespace = 'atomsets'::regnamespace
        UNION ALL SELECT format('column %s.%s', attrelid::regclass, attname) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'atomsets'::regnamespace AND attnum > 0
        UNION ALL SELECT format('function %s', proname) FROM pg_proc WHERE pronamespace = 'atomsets'::regnamespace
        UNION ALL SELECT format('trigger %s', tgname) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT format('constraint %s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'atomsets'::regnamespace
        UNION ALL SELECT format('migration %s %s', version, applied_at) FROM atomsets.schema_migrations
        ORDER BY 1
        """);

    static async Task<List<string>> ReadAsync(NpgsqlConnection connection, string query)
    {
        await using var command = new NpgsqlCommand(query, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync()) rows.Add(reader.GetString(0));
        return rows;
    }
}
