using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>From a small study to a ranked list of candidates with uncertainties, and rounds of active learning, as the guide has them.</summary>
public sealed class ScreeningTests : IAsyncLifetime
{
    const string Study = """
        study: screening
        sources:
          cheap: { data: "ionic:800:1", target: lattice_energy_kapustinskii_ev_atom, where: { max_sites: 8 }, split: { validation: 30 }, model: net }
        targets:
          dear: { data: "ionic:400:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 30, test: 30 }, sizes: [60] }
        models:
          net: { kind: megnet, hidden: 8, width: 8, readout: 4, blocks: 1, cutoff_angstrom: 4 }
          process: { kind: gp }
        transfer:
          - { mode: "features:final", name: process, model: process }
          - { mode: "features:final", name: active, model: process, acquire: { by: uncertainty, start: 20, batch: 10, rounds: 2 } }
        training: { epochs: 3, patience: 3, batch_size: 16 }
        """;

    const string RockSalt = "NaCl\n5.64\n0.0 0.5 0.5\n0.5 0.0 0.5\n0.5 0.5 0.0\nNa Cl\n1 1\nDirect\n0.0 0.0 0.0\n0.5 0.5 0.5\n";

    readonly ProgramHome _home = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _home.DisposeAsync().AsTask();

    [PostgresFact]
    public async Task Candidates_are_enumerated_predicted_and_ranked_with_their_uncertainties()
    {
        (await _home.RunAsync("db", "start")).MustExit(0);
        (await _home.RunAsync("study", "run", _home.Write("screening.yaml", Study))).MustExit(0);
        var trial = (await _home.SqlAsync("SELECT left(key, 12) AS key FROM result_rows WHERE study = 'screening' AND mode = 'process' AND role = 'transfer'"))[0].GetProperty("key").GetString()!;
        var candidates = Path.Combine(_home.Root, "candidates.cif");
        var counted = (await _home.RunAsync("data", "enumerate", _home.Write("POSCAR", RockSalt), "--replace", "Na=Li,Na,K,Rb,Mg,Ca,Sr,Ba", "--replace", "Cl=F,Cl,Br,O,S,Se", "--balanced", "--output", candidates)).MustExit(0).Out;
        Assert.StartsWith("24 candidates", counted, StringComparison.Ordinal);
        var packed = candidates + ".gz";
        await using (var zip = new GZipStream(File.Create(packed), CompressionLevel.Fastest)) await zip.WriteAsync(await File.ReadAllBytesAsync(candidates));

        var all = await RowsAsync("predict", "--model", trial, candidates, "--format", "json");
        Assert.Equal(24, all.Count);
        Assert.All(all, row => Assert.True(row.Deviation > 0 && row.Low < row.Value && row.Value < row.High));
        Assert.True(all.Select(row => row.Deviation).Distinct().Count() > 12);
        foreach (var (order, by) in new[] { ("ascending", "value"), ("descending", "value"), ("descending", "uncertainty"), ("ascending", "low") })
        {
            Func<Row, double> key = by switch { "value" => row => row.Value, "low" => row => row.Low, _ => row => row.Deviation };
            var expected = (order == "ascending" ? all.OrderBy(key) : all.OrderByDescending(key)).Take(5).Select(row => row.Value);
            // Packed, so that it is read block by block.
            var ranked = await RowsAsync("predict", "--model", trial, packed, "--rank", order, "--top", "5", "--by", by, "--format", "json", "--workers", "2");
            Assert.Equal(expected, ranked.Select(row => row.Value));
        }
        var csv = (await _home.RunAsync("predict", "--model", trial, candidates, "--rank", "ascending", "--top", "1", "--format", "csv")).MustExit(0);
        Assert.StartsWith("input,value,deviation,low,high,standard_error,unit,error\n", csv.Out, StringComparison.Ordinal);
        Assert.Equal(all.Min(row => row.Value), double.Parse(csv.Out.Split('\n')[1].Split(',')[1], CultureInfo.InvariantCulture));
        Assert.Contains("24 crystals in", csv.Error, StringComparison.Ordinal);

        // Wrong questions are told before anything is predicted.
        (await _home.RunAsync("predict", "--model", trial, candidates, "--top", "3")).MustRefuse("--rank");
        var net = (await _home.SqlAsync("SELECT left(key, 12) AS key FROM result_rows WHERE study = 'screening' AND role = 'pretrain'"))[0].GetProperty("key").GetString()!;
        (await _home.RunAsync("predict", "--model", net, candidates, "--rank", "ascending", "--by", "uncertainty")).MustRefuse("--by uncertainty");

        // Rounds are sizes of the results; what they chose is no configuration among them.
        var rounds = await _home.SqlAsync("SELECT size, count(*) AS runs, count(test_error) AS tested FROM result_rows WHERE study = 'screening' AND mode = 'active' AND role = 'transfer' GROUP BY size ORDER BY size");
        Assert.Equal([20.0, 30, 40], rounds.Select(row => row.GetProperty("size").GetDouble()));
        Assert.All(rounds, row => Assert.Equal((1, 1), (row.GetProperty("runs").GetDouble(), row.GetProperty("tested").GetDouble())));
        var chosen = await _home.SqlAsync("SELECT jsonb_array_length(result -> 'chosen') AS n FROM trials WHERE result ? 'chosen'");
        Assert.Equal([10.0, 10], chosen.Select(row => row.GetProperty("n").GetDouble()));
        var sizes = (await _home.RunAsync("results", "sizes", "screening")).MustExit(0).Out;
        Assert.Contains("active", sizes, StringComparison.Ordinal);
        Assert.DoesNotContain("acquisition", sizes, StringComparison.Ordinal);
        // A second run computes nothing anew.
        var ended = await _home.SqlAsync("SELECT key, ended_at FROM trials ORDER BY key");
        (await _home.RunAsync("study", "run", Path.Combine(_home.Root, "screening.yaml"))).MustExit(0);
        Assert.Equal(ended.Select(row => row.ToString()), (await _home.SqlAsync("SELECT key, ended_at FROM trials ORDER BY key")).Select(row => row.ToString()));
    }

    async Task<List<Row>> RowsAsync(params string[] line)
    {
        var rows = JsonDocument.Parse((await _home.RunAsync(line)).MustExit(0).Out).RootElement;
        return [.. rows.EnumerateArray().Select(row => new Row(Number(row, "value"), Number(row, "deviation"), Number(row, "low"), Number(row, "high")))];

        static double Number(JsonElement row, string name) => row.GetProperty(name).GetDouble();
    }

    sealed record Row(double Value, double Deviation, double Low, double High);
}
