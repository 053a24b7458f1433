using System.Diagnostics;
using System.Text.Json;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>Models leave the database as files, come back, and predict the same.</summary>
[Collection(QuickStudy.Collection)]
public sealed class ModelTests(QuickStudy quick)
{
    const string RockSalt = """
        NaCl
        5.64
        0.0 0.5 0.5
        0.5 0.0 0.5
        0.5 0.5 0.0
        Na Cl
        1 1
        Direct
        0.0 0.0 0.0
        0.5 0.5 0.5
        """;

    [PostgresTheory]
    [InlineData("full")]
    [InlineData("AtomSets-V1")]
    public async Task An_exported_model_predicts_as_the_trial_does(string mode)
    {
        var trial = await quick.TrialAsync(mode, 100);
        var structure = quick.Home.Write("POSCAR_NaCl", RockSalt);
        var file = Path.Combine(quick.Home.Root, mode + ".safetensors");
        (await quick.Home.RunAsync("model", "export", trial, file)).MustExit(0);
        (await quick.Home.RunAsync("model", "import", file, "--name", "kept-" + mode)).MustExit(0);
        (await quick.Home.RunAsync("model", "import", file, "--name", "kept-" + mode)).MustRefuse("kept already", "--name");

        var ofTrial = await PredictAsync(trial, structure);
        Assert.InRange(ofTrial, -40, 20);
        Assert.Equal(ofTrial, await PredictAsync(file, structure));
        Assert.Equal(ofTrial, await PredictAsync("kept-" + mode, structure));
        var shown = (await quick.Home.RunAsync("model", "show", "kept-" + mode)).MustExit(0).Out;
        Assert.Contains("lattice_energy_ev_atom [eV/atom]", shown, StringComparison.Ordinal);
        Assert.Contains("kept-" + mode, (await quick.Home.RunAsync("model", "list", "--format", "csv")).MustExit(0).Out, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Each_input_gets_a_value_or_an_error_of_its_own()
    {
        var trial = await quick.TrialAsync("full", 25);
        var structure = quick.Home.Write("POSCAR_NaCl", RockSalt);
        var broken = quick.Home.Write("broken.cif", "data_x\n_cell_length_a five\n");
        var result = (await quick.Home.RunAsync("predict", "--model", trial, "--format", "json", broken, structure, "NaCl", "absent.cif")).MustExit(2);
        var answers = JsonDocument.Parse(result.Out).RootElement.EnumerateArray().ToList();
        Assert.Equal([broken, structure, "NaCl", "absent.cif"], answers.Select(answer => answer.GetProperty("input").GetString()));
        foreach (var bad in new[] { 0, 2, 3 })
        {
            Assert.False(answers[bad].TryGetProperty("value", out _));
            Assert.False(string.IsNullOrEmpty(answers[bad].GetProperty("error").GetString()));
        }
        Assert.Equal("eV/atom", answers[1].GetProperty("unit").GetString());
        Assert.True(double.IsFinite(answers[1].GetProperty("value").GetDouble()));
        Assert.False(answers[1].TryGetProperty("error", out _));
    }

    [PythonFact]
    public async Task An_exported_model_is_read_by_plain_Python()
    {
        var trial = await quick.TrialAsync("full", 100);
        var file = Path.Combine(quick.Home.Root, "python.safetensors");
        (await quick.Home.RunAsync("model", "export", trial, file)).MustExit(0);
        using var python = Process.Start(new ProcessStartInfo("python3", [Path.Combine(AppContext.BaseDirectory, "Readers/read_safetensors.py"), file])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var read = JsonDocument.Parse(await python.StandardOutput.ReadToEndAsync()).RootElement;
        await python.WaitForExitAsync();
        Assert.Equal(0, python.ExitCode);
        var parameters = (await quick.Home.SqlAsync($"SELECT parameters FROM result_rows WHERE key LIKE '{trial}%'"))[0].GetProperty("parameters").GetDouble();
        Assert.Equal(parameters, read.GetProperty("numbers").GetDouble());
        Assert.True(read.GetProperty("all_finite").GetBoolean());
        Assert.True(read.GetProperty("checksum_holds").GetBoolean());
        Assert.Equal("eV/atom", read.GetProperty("target").GetProperty("unit").GetString());
        Assert.Equal("Na", read.GetProperty("element_table")[11].GetString());
    }

    async Task<double> PredictAsync(string model, string structure)
    {
        var result = (await quick.Home.RunAsync("predict", "--model", model, structure, "--format", "json")).MustExit(0);
        return JsonDocument.Parse(result.Out).RootElement[0].GetProperty("value").GetDouble();
    }

    sealed class PythonFactAttribute : FactAttribute
    {
        public PythonFactAttribute() => Skip = PostgresPresence.SkipReason
            ?? ((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "python3"))) ? null : "needs python3");
    }
}
