using System.Text.Json;
using AtomSets.Commands;
using AtomSets.Training;
using Spectre.Console;
using Xunit;

namespace AtomSets.Core.Tests.Commands;

public sealed class PredictionInputTests : IDisposable
{
    const string Salt = "data_salt\n_cell_length_a 4\n_cell_length_b 4\n_cell_length_c 4\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\nloop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nNa1 0 0 0\nCl1 0.5 0.5 0.5\n";

    readonly string _folder = Directory.CreateTempSubdirectory("atomsets-inputs").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Folders_patterns_tables_lists_and_formulas_are_taken_in_their_order()
    {
        foreach (var name in new[] { "b.cif", "a.cif", "deep/c.cif", "notes.md" }) Write(name, Salt);
        var table = Write("table.csv", $"material_id,cif,other\nm-1,\"{Salt}\",1\nm-2,\"data_x\n_cell_length_a nan\n\",2\nm-3,,3\n");
        var formulas = Write("formulas.csv", "formula,y\nNaCl,1\nXx2,2\n");
        var list = Write("list.txt", $"NaCl\n\n{_folder}/a.cif\nabsent.cif\n");
        var items = new PredictionArguments(new StringReader("KCl\n-\n")).Read([$"{_folder}/deep", $"{_folder}/?.cif", table, formulas, list, "-", "Fe2O3", "none*.cif"]).ToArray();
        Assert.Equal(
            [$"{_folder}/deep/c.cif", $"{_folder}/a.cif", $"{_folder}/b.cif", "m-1", "m-2", "m-3", "1", "2", "NaCl", $"{_folder}/a.cif", "absent.cif", "KCl", "-", "Fe2O3", "none*.cif"],
            items.Select(item => item.Label));
        var read = items.SelectMany(item => item.Read()).ToArray();
        Assert.Equal([true, true, true, true, false, false, true, false, true, true, false, true, false, true, false], read.Select(row => row.Input is not null));
        Assert.Contains("Xx", read[7].Error, StringComparison.Ordinal);
        Assert.Equal("there is no structure", read[5].Error);
        Assert.Equal(_folder, Assert.Single(new PredictionArguments(TextReader.Null).Read([Directory.CreateDirectory($"{_folder}/empty").FullName])).Label[.._folder.Length]);
    }

    [Theory]
    [InlineData(OutputFormat.Csv)]
    [InlineData(OutputFormat.Json)]
    [InlineData(OutputFormat.Table)]
    public void What_is_printed_row_by_row_is_whole(OutputFormat format)
    {
        Prediction[] rows = [new("a", 1.5, "eV", null) { Low = 1, High = 2, StandardError = 0.25 }, new("b, c", null, "eV", "no \"good\"")];
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        Assert.Equal((2L, 1L), new PredictionWriter(console, format, hasIntervals: true).Write(rows));
        var written = text.ToString();
        if (format == OutputFormat.Csv)
        {
            Assert.Equal("input,value,low,high,standard_error,unit,error\na,1.5,1,2,0.25,eV,\n\"b, c\",,,,,,\"no \"\"good\"\"\"\n", written);
        }
        else if (format == OutputFormat.Json)
        {
            var answers = JsonDocument.Parse(written).RootElement;
            Assert.Equal((2, 0.25), (answers.GetArrayLength(), answers[0].GetProperty("standard_error").GetDouble()));
            Assert.False(answers[1].TryGetProperty("unit", out _));
            Assert.Equal("no \"good\"", answers[1].GetProperty("error").GetString());
        }
        else
        {
            Assert.Contains("standard_error", written, StringComparison.Ordinal);
        }
        Assert.Equal("5000 crystals in 10 s: 500.0 crystals per second with 4 workers; 3 without a prediction, each with its reason", PredictionWriter.Speed(5000, 3, TimeSpan.FromSeconds(10), 4, "crystals"));
    }

    string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
