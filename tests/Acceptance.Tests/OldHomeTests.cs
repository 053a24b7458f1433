using System.Globalization;
using System.Text.Json;
using AtomSets.Storage.Tests;
using AtomSets.Upgrade;
using Npgsql;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>A home of the first version, its database and artifacts, in front of this program: as after an upgrade.</summary>
public sealed class OldHomeTests : IAsyncLifetime
{
    const string Finished = "SELECT key, ended_at, attempts, md5(result::text) AS result FROM trials WHERE status = 'finished' ORDER BY key";

    /// <summary>Of the trial that was stopped in the middle.</summary>
    const string Half = "SELECT e.* FROM epochs e JOIN trials t ON t.id = e.trial_id WHERE t.key LIKE '2bebfc1f27%' AND e.epoch <= 17 ORDER BY e.epoch";

    readonly ProgramHome _home = new();

    public async Task InitializeAsync()
    {
        if (PostgresPresence.SkipReason is not null) return;
        OldFiles.UnpackArtifacts(_home.Path);
        (await _home.RunAsync("db", "start")).MustExit(0);
        var server = new NpgsqlConnectionStringBuilder(_home.Address) { Database = "postgres" };
        await using (var connection = new NpgsqlConnection(server.ConnectionString))
        {
            await connection.OpenAsync();
            await using var create = new NpgsqlCommand("CREATE DATABASE atomsets", connection);
            await create.ExecuteNonQueryAsync();
        }
        await OldFiles.RestoreAsync(_home.Address);
    }

    public Task DisposeAsync() => _home.DisposeAsync().AsTask();

    [PostgresFact]
    public async Task Finished_studies_are_finished_and_stopped_ones_go_on_where_they_stopped()
    {
        var listed = (await _home.RunAsync("study", "list", "--format", "csv")).MustExit(0).Out;
        Assert.Contains("ladder,finished,37,37,0,0,", listed, StringComparison.Ordinal);
        Assert.Contains("later,interrupted,17,13,0,0,", listed, StringComparison.Ordinal);

        // The very file that the old program ran: every key is what it was.
        var file = JsonDocument.Parse(Assert.Single(await _home.RowsAsync("SELECT source FROM studies WHERE name = 'ladder'"))).RootElement.GetProperty("source").GetString()!;
        var before = await _home.RowsAsync(Finished);
        Assert.Contains("finished already, nothing to compute", (await _home.RunAsync("study", "run", _home.Write("ladder.yaml", file))).MustExit(0).Error, StringComparison.Ordinal);
        Assert.Equal(before, await _home.RowsAsync(Finished));

        var half = await _home.RowsAsync(Half);
        Assert.Equal(17, half.Count);
        (await _home.RunAsync("study", "resume", "later", "--workers", "1")).MustExit(0);
        Assert.Equal(half, await _home.RowsAsync(Half));
        var after = (await _home.RowsAsync(Finished)).ToHashSet(StringComparer.Ordinal);
        Assert.All(before, row => Assert.Contains(row, after));
        Assert.Equal(before.Count + 4, after.Count);
        // The old program's end of it; kernels have changed since, and processors differ.
        foreach (var expected in OldFiles.Answers.GetProperty("later").EnumerateArray())
        {
            var row = JsonDocument.Parse(Assert.Single(await _home.RowsAsync($"SELECT val_error, test_error FROM result_rows WHERE study = 'later' AND node = '{expected.GetProperty("node").GetString()}'"))).RootElement;
            foreach (var error in new[] { "val_error", "test_error" })
            {
                if (expected.GetProperty(error).ValueKind == JsonValueKind.Null) Assert.Equal(JsonValueKind.Null, row.GetProperty(error).ValueKind);
                else Assert.Equal(1, row.GetProperty(error).GetDouble() / expected.GetProperty(error).GetDouble(), 0.01);
            }
        }
    }

    [PostgresTheory]
    [InlineData("megnet")]
    [InlineData("elemnet")]
    public async Task Old_model_files_predict(string model)
    {
        var expected = File.ReadAllLines(OldFiles.Of("models/predictions.csv")).Select(line => line.Split(',')).First(cells => cells[0] == model);
        var input = model == "elemnet" ? expected[1] : _home.Write("NaCl.poscar", "NaCl\n1.0\n0.0 2.82 2.82\n2.82 0.0 2.82\n2.82 2.82 0.0\nNa Cl\n1 1\ndirect\n0 0 0\n0.5 0.5 0.5\n");
        if (model == "megnet") expected = ["megnet", "NaCl.poscar", "-3.277105617073751"];
        var printed = (await _home.RunAsync("predict", "--model", OldFiles.Of($"models/{model}.safetensors"), input, "--format", "json", "--interval", "none")).MustExit(0).Out;
        var row = Assert.Single(JsonDocument.Parse(printed).RootElement.EnumerateArray());
        Assert.Equal(double.Parse(expected[2], CultureInfo.InvariantCulture), row.GetProperty("value").GetDouble(), 1e-3);
        Assert.False(row.TryGetProperty("low", out _));
    }
}
