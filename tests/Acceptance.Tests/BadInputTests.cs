using AtomSets.Core.Tests;
using AtomSets.Storage;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>What a user may do wrong: one message with place and remedy, exit code 2, and the database as it was.</summary>
[Collection(QuickStudy.Collection)]
public sealed class BadInputTests(QuickStudy quick)
{
    const string Table = "id,formula,gap\na,NaCl,1.5\nb,KCl,NaN\nc,Xq2O,2\na,LiF,3\nd,MgO,wide\ne,CaO,\nf,SrO,2.5\n";

    [PostgresTheory]
    [InlineData("study: [x", "broken.yaml:", "not YAML")]
    [InlineData("", "broken.yaml:1", "examples/quick.yaml")]
    [InlineData("sources: {}", "broken.yaml:", "\"study\"")]
    [InlineData("study: b\nsources:\n  a: { data: ionic, target: lattice_energy_ev_atom, modle: net }\nmodels:\n  net: { kind: megnet }", "broken.yaml:3", "\"modle\"", "\"model\"")]
    [InlineData("study: b\nsources:\n  a: { data: ionic, target: lattice_energy_ev_atom, model: net }\nmodels:\n  net: { kind: megnet, hiden: 3 }", "broken.yaml:5", "\"hiden\"", "\"hidden\"")]
    [InlineData("study: b\nsources:\n  a: { data: ionic, target: lattice_energy_ev_atom, model: net }\nmodels:\n  net: { kind: megnet }\ntraining: { epochs: many }", "broken.yaml:6", "epochs", "many")]
    [InlineData("study: b\nsources:\n  a: { data: ionik, target: lattice_energy_ev_atom, model: net }\nmodels:\n  net: { kind: megnet }", "broken.yaml:3", "'ionik'", "'ionic'")]
    [InlineData("study: b\nsources:\n  a: { data: ionic, target: lattice_energy, model: net }\nmodels:\n  net: { kind: megnet }", "broken.yaml:3", "\"lattice_energy\"", "\"lattice_energy_ev_atom\"")]
    [InlineData("study: b\nsources:\n  a: { data: ionic, target: lattice_energy_ev_atom, model: net, where: { max_sites: 1 } }\nmodels:\n  net: { kind: megnet }", "broken.yaml:3", "where")]
    public Task A_study_file(string text, params string[] parts) => MustRefuseAsync(parts, "study", "run", quick.Home.Write("broken.yaml", text));

    [Fact]
    public async Task For_a_wrong_study_file_no_database_is_started()
    {
        await using var home = new ProgramHome();
        foreach (var verb in new[] { "run", "plan" })
        {
            (await home.RunAsync("study", verb, home.Write("broken.yaml", "study: b\nsorces: {}"))).MustRefuse("broken.yaml:2", "\"sorces\"", "\"sources\"");
            Assert.False(Directory.Exists(home.Place.State), verb);
        }
    }

    [PostgresFact]
    public Task A_study_file_that_is_not_there() => MustRefuseAsync(["absent.yaml"], "study", "run", "absent.yaml");

    [PostgresTheory]
    [InlineData("resume")]
    [InlineData("show")]
    [InlineData("cancel")]
    [InlineData("delete")]
    [InlineData("watch")]
    public Task A_study_that_does_not_exist(string verb) => MustRefuseAsync(["'nosuch'", "study list"], "study", verb, "nosuch");

    [PostgresFact]
    public async Task A_study_that_has_ended_is_not_cancelled() =>
        Assert.Contains("has ended already", (await quick.Home.RunAsync("study", "cancel", "quick")).MustExit(0).Error, StringComparison.Ordinal);

    [PostgresFact]
    public async Task Names_that_nothing_has()
    {
        await MustRefuseAsync(["gpu", "cuda:0"], "study", "run", "examples/quick.yaml", "--device", "gpu");
        await MustRefuseAsync(["cuda-tf32", "ATOMSETS_TORCH=cuda"], "study", "resume", "quick", "--device", "cuda:0:tf32");
        await MustRefuseAsync(["examples: is a folder", ".yaml"], "study", "run", "examples");
        await MustRefuseAsync(["'nosuch'", "study list"], "results", "nosuch");
        await MustRefuseAsync(["'nosuch'", "model list"], "predict", "--model", "nosuch", "NaCl");
        await MustRefuseAsync(["'nosuch'", "data list"], "data", "info", "nosuch");
        await MustRefuseAsync(["'stduy'", "'study'"], "stduy", "list");
        await MustRefuseAsync(["nosuch", "mode"], "results", "quick", "--by", "nosuch");
        await MustRefuseAsync(["--for-error -1", "above 0"], "results", "sizes", "quick", "--for-error", "-1");
        await MustRefuseAsync(["seed", "no such column"], "results", "best", "quick", "--by", "seed");
        await MustRefuseAsync(["'--seed'", "--size"], "results", "transfer", "quick", "--seed", "1");
        await MustRefuseAsync(["one SELECT", "result_rows"], "results", "sql", "with x as (delete from studies returning *) select * from x");
    }

    [PostgresFact]
    public async Task A_table_with_bad_rows_keeps_the_good_ones_and_reports_the_others()
    {
        var file = quick.Home.Write("gaps.csv", Table);
        var check = (await quick.Home.RunAsync("data", "check", file, "--target", "gap", "--format", "csv")).MustExit(0);
        var rows = check.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).ToList();
        string[][] wanted = [["2", "b", "NaN"], ["3", "c", "'Xq'"], ["4", "a", "repeats row 1"], ["5", "d", "'wide'"], ["6", "e", "no value in gap"]];
        Assert.Equal(wanted.Length, rows.Count);
        foreach (var (row, parts) in rows.Zip(wanted))
        {
            Assert.Contains($",{parts[0]},{parts[1]},", row, StringComparison.Ordinal);
            Assert.Contains(parts[2], row, StringComparison.Ordinal);
        }

        var import = (await quick.Home.RunAsync("data", "import", file, "--name", "gaps", "--unit", "gap=eV")).MustExit(0);
        Assert.Contains("2 rows were refused", import.Out, StringComparison.Ordinal);
        Assert.Contains("gap,eV,2,", (await quick.Home.RunAsync("data", "info", "gaps", "--format", "csv")).MustExit(0).Out, StringComparison.Ordinal);
        // Four rows are no set to split and learn from; the study says so before it begins.
        await MustRefuseAsync(["small.yaml:", "gaps"], "study", "run", quick.Home.Write("small.yaml",
            "study: small\nsources:\n  a: { data: gaps, target: gap, model: net, split: { validation: 10, test: 10 } }\nmodels:\n  net: { kind: atomsets }\n"));
    }

    [PostgresFact]
    public async Task Texts_of_a_file_do_not_steer_the_terminal()
    {
        var file = quick.Home.Write("steering.csv", "id,formula,gap\na,NaCl,1.5\n\"b\u001b]0;owned\u0007\",Xq\u001b[31mO,2\nc\u202ed,Zz,3\n");
        foreach (var result in new[] { await quick.Home.RunAsync("data", "check", file), await quick.Home.RunAsync("data", "import", file, "--name", "x\u001b[2J"), await quick.Home.RunAsync("predict", "--model", "no\u001b[31m", "NaCl") })
        {
            Assert.DoesNotContain(result.Out + result.Error, letter => (char.IsControl(letter) && letter != '\n') || letter == '\u202e');
            Assert.Contains('\uFFFD', result.Out + result.Error);
        }
        // What other programs read is as it was.
        Assert.Contains("b\u001b]0;owned\u0007", (await quick.Home.RunAsync("data", "check", file, "--format", "csv")).Out, StringComparison.Ordinal);
    }

    [PostgresTheory]
    [InlineData("", "empty")]
    [InlineData("id,formula,gap\n", "table.csv", "no row")]
    [InlineData("id,formula,gap\na,Xq,1\nb,Zz,2\n", "'Xq'")]
    [InlineData("id,value\na,1\n", "formula", "structure")]
    [InlineData("id,formula,gap\na,\"NaCl,1\nb,KCl,2\n", "quot")]
    public async Task A_table_without_one_good_row(string text, params string[] parts)
    {
        var file = quick.Home.Write("table.csv", text);
        (await quick.Home.RunAsync("data", "check", file)).MustExit(2);
        await MustRefuseAsync(parts, "data", "import", file, "--name", "none");
        Assert.DoesNotContain("\nnone,", (await quick.Home.RunAsync("data", "list", "--format", "csv")).MustExit(0).Out, StringComparison.Ordinal);
    }

    [PostgresTheory]
    [InlineData("http://x", "http://x", "postgres://")]
    [InlineData("postgres://somebody:secret@127.0.0.1:1/none", "127.0.0.1:1")]
    public async Task A_wrong_address_of_a_database(string address, params string[] parts)
    {
        await MustRefuseAsync(parts, "study", "list", "--db", address);
        var named = (await quick.Home.RunWithAsync("ATOMSETS_DB", address, "study", "run", quick.File)).MustRefuse(parts);
        Assert.DoesNotContain("secret", named.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_without_PostgreSQL()
    {
        await using var home = new ProgramHome();
        var empty = Directory.CreateDirectory(Path.Combine(home.Root, "empty")).FullName;
        (await home.With("ATOMSETS_PG_BIN", empty).RunAsync("study", "run", quick.File)).MustRefuse(empty, "ATOMSETS_PG_BIN");
    }

    [Fact]
    public async Task A_home_that_cannot_be_written_to()
    {
        await using var home = new ProgramHome();
        var file = home.Write("a-file", "not a folder");
        var inside = Path.Combine(file, "home");
        (await home.With("ATOMSETS_HOME", inside).RunAsync("study", "run", quick.File)).MustRefuse(inside, "ATOMSETS_HOME");
        Assert.False(Directory.Exists(ServerPlace.OfHome(inside).State));
    }

    [PostgresTheory]
    [InlineData("--workers", "0")]
    [InlineData("--workers", "many")]
    [InlineData("--wrokers", "2", "'--workers'")]
    [InlineData("--priority", "high", "high", "whole number")]
    public Task A_wrong_option(string option, string value, params string[] parts) => MustRefuseAsync([option, .. parts], "study", "run", quick.File, option, value);

    [FullDiskFact]
    public async Task A_full_disk()
    {
        await using var home = new ProgramHome();
        Directory.CreateDirectory(home.Path);
        using var disk = new SmallDisk(1 << 20, home.Path);
        (await home.RunAsync("study", "run", quick.File)).MustRefuse(home.Path, "free", "ATOMSETS_HOME");
        Assert.Contains("No study yet", (await home.RunAsync("study", "list")).MustExit(0).Error, StringComparison.Ordinal);
        await home.RunAsync("db", "stop", "--force");
    }

    /// <summary>Refused, and nothing lost.</summary>
    async Task MustRefuseAsync(string[] parts, params string[] arguments)
    {
        var before = await quick.StateAsync();
        (await quick.Home.RunAsync(arguments)).MustRefuse(parts);
        Assert.Equal(before, await quick.StateAsync());
        Assert.Contains("quick finished", before, StringComparison.Ordinal);
    }
}
