using System.Globalization;
using System.Text;
using AtomSets.Storage;
using AtomSets.Storage.Tests;
using Npgsql;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>Silos that share the database and nothing else: each has a folder of its own, and the data lie with one of them alone.</summary>
[Collection(SiloProcessCollection.Name)]
public sealed class SeparateHomesTests : IDisposable
{
    const string Study = """
        study: apart
        sources:
          many: { data: many, target: y, split: { validation: 20 }, model: net, training: { epochs: 40 } }
        targets:
          few: { data: few, target: y, split: { validation: 15, test: 20 }, sizes: [40] }
        models:
          net: { kind: elemnet, architecture: 512x2-256x1-1 }
        transfer: [scratch, full]
        seeds: 2
        training: { epochs: 400, patience: 1000, batch_size: 5 }
        """;

    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    readonly string _folder = Directory.CreateTempSubdirectory("atomsets-apart-").FullName;

    [PostgresFact]
    public async Task A_study_ends_with_one_machines_numbers_though_the_silo_with_data_and_parent_is_drained_between()
    {
        await using var here = new Machine();
        await ImportAsync(here, here.Home);
        await here.RunAsync(Machine.Local, "study", "run", StudyFile());

        await using var there = new Machine();
        var database = await there.ShareDatabaseAsync();
        var (a, b) = (Path.Combine(_folder, "a"), Path.Combine(_folder, "b"));
        await ImportAsync(there, a);
        using var first = LooseSilo.Start("first", a, database);
        using var second = LooseSilo.Start("second", b, database);
        await first.ServesAsync(there);
        await second.ServesAsync(there);
        var run = there.RunAsync(Machine.Client, "study", "run", StudyFile());
        await UntilAsync(database, "SELECT node FROM atomsets.study_nodes WHERE labels ->> 'role' = 'pretrain' AND status = 'finished'", run);
        await there.RunAsync(Machine.Client, "cluster", "drain", "first");
        Assert.Equal(0, (await first.EndAsync()).Code);
        Assert.False(run.IsCompleted, "the study ended before the silo did: the test shows nothing");
        await run;

        Assert.Equal(await ClusterProgramTests.FindingsAsync(here), await ClusterProgramTests.FindingsAsync(there));
        Assert.False(Directory.Exists(Path.Combine(b, "data"))); // its copies are of what it fetched
        Assert.NotEmpty(Directory.GetDirectories(Path.Combine(b, "fetched")));
    }

    [PostgresFact]
    public async Task A_trial_whose_checkpoint_died_with_its_silos_disk_begins_anew_with_the_same_numbers()
    {
        const string study = """
            study: lost
            targets:
              dear: { data: "ionic:120:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 15, test: 15 }, sizes: [40] }
            models:
              net: { kind: megnet, hidden: 16, width: 16, readout: 8, blocks: 2, gaussian_centres: 12, cutoff_angstrom: 4.0, gaussian_stop_angstrom: 5.0 }
            transfer: [scratch]
            training: { epochs: 800, patience: 1000, batch_size: 5 }
            """;
        await using var here = new Machine();
        await here.RunAsync(Machine.Local, "study", "run", StudyFile(study));

        await using var there = new Machine();
        var database = await there.ShareDatabaseAsync();
        using var first = LooseSilo.Start("first", Path.Combine(_folder, "a"), database, Checkpoints);
        using var second = LooseSilo.Start("second", Path.Combine(_folder, "b"), database, Checkpoints);
        await first.ServesAsync(there);
        await second.ServesAsync(there);
        var run = there.RunAsync(Machine.Client, "study", "run", StudyFile(study));
        var owner = await UntilAsync(database, "SELECT owner FROM atomsets.trials WHERE status = 'claimed' AND checkpoint_epochs > 0", run);
        var (dying, other) = owner.Contains("/first/", StringComparison.Ordinal) ? (first, second) : (second, first);
        dying.Kill();
        Directory.Delete(dying.Home, recursive: true);
        await run;

        Assert.Equal(await ClusterProgramTests.FindingsAsync(here), await ClusterProgramTests.FindingsAsync(there));
        Assert.Equal(2, (await there.SqlAsync("SELECT DISTINCT key FROM trials WHERE status = 'finished'")).Count);
        Assert.Contains(other.Name, (await there.SqlAsync("SELECT owner FROM trials WHERE kind = 'train'")).Single(), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task A_silo_that_can_neither_find_nor_fetch_the_data_gives_trials_back_to_the_one_that_has_them()
    {
        await using var here = new Machine();
        await ImportAsync(here, here.Home);
        await here.RunAsync(Machine.Local, "study", "run", StudyFile());

        await using var there = new Machine();
        var database = await there.ShareDatabaseAsync();
        await ImportAsync(there, Path.Combine(_folder, "b"));
        using var without = LooseSilo.Start("without", Path.Combine(_folder, "a"), database, TokenOf("a"));
        await without.ServesAsync(there); // the first to be asked
        using var with = LooseSilo.Start("with", Path.Combine(_folder, "b"), database, TokenOf("b"));
        await with.ServesAsync(there);
        await there.RunAsync(Machine.Client, "study", "run", StudyFile());

        Assert.Equal(await ClusterProgramTests.FindingsAsync(here), await ClusterProgramTests.FindingsAsync(there));
        Assert.All(await there.SqlAsync("SELECT owner FROM trials"), owner => Assert.Contains("/with/", owner, StringComparison.Ordinal));
        Assert.Contains("which another silo may be able to compute", without.Log, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Weights_of_a_parent_that_died_with_their_silos_disk_are_trained_again_with_the_same_bits()
    {
        const string study = """
            study: gone
            sources:
              cheap: { data: "ionic:120:1", target: lattice_energy_kapustinskii_ev_atom, where: { max_sites: 8 }, split: { validation: 15 }, model: net, training: { epochs: 20, patience: 1000 } }
            targets:
              dear: { data: "ionic:120:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 15, test: 15 }, sizes: [40] }
            models:
              net: { kind: megnet, hidden: 16, width: 16, readout: 8, blocks: 2, gaussian_centres: 12, cutoff_angstrom: 4.0, gaussian_stop_angstrom: 5.0 }
            transfer: [full]
            training: { epochs: 800, patience: 1000, batch_size: 5 }
            """;
        await using var here = new Machine();
        await here.RunAsync(Machine.Local, "study", "run", StudyFile(study));

        await using var there = new Machine();
        var database = await there.ShareDatabaseAsync();
        using var dying = LooseSilo.Start("dying", Path.Combine(_folder, "a"), database);
        await dying.ServesAsync(there); // the first to be asked
        using var other = LooseSilo.Start("other", Path.Combine(_folder, "b"), database);
        await other.ServesAsync(there);
        var run = there.RunAsync(Machine.Client, "study", "run", StudyFile(study));
        Assert.Contains("/dying/", await UntilAsync(database, "SELECT owner FROM atomsets.trials WHERE kind = 'train' AND status = 'finished'", run), StringComparison.Ordinal);
        dying.Kill();
        Directory.Delete(dying.Home, recursive: true);
        await run;

        Assert.Equal(await ClusterProgramTests.FindingsAsync(here), await ClusterProgramTests.FindingsAsync(there));
        Assert.All(await there.SqlAsync("SELECT owner FROM trials"), owner => Assert.Contains("/other/", owner, StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Silos of different tokens give each other nothing.</summary>
    static Dictionary<string, string> TokenOf(string silo) => new(StringComparer.Ordinal) { ["ATOMSETS_TOKEN"] = new string(silo[0], 32) };

    static Dictionary<string, string> Checkpoints => new(StringComparer.Ordinal) { ["ATOMSETS_CHECKPOINT_SECONDS"] = "0.5" };

    string StudyFile(string text = Study)
    {
        var path = Path.Combine(_folder, "study.yaml");
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Two tables of formulas with a number that follows from them.</summary>
    async Task ImportAsync(Machine machine, string home)
    {
        foreach (var (name, rows) in new[] { ("many", 150), ("few", 80) })
        {
            var path = Path.Combine(_folder, name + ".csv");
            string[] metals = ["Na", "K", "Mg", "Ca", "Al", "Ti", "Zr", "Fe", "Zn", "Cu"], others = ["O", "S", "F", "Cl", "N"];
            var text = new StringBuilder("formula,y\n");
            for (var i = 0; i < rows; i++)
            {
                var (metal, other, m, o) = (i % metals.Length, i / 3 % others.Length, 1 + (i / 7 % 3), 1 + (i / 11 % 4));
                text.Append(CultureInfo.InvariantCulture, $"{metals[metal]}{m}{others[other]}{o},{(metal * 0.3) - (other * 0.2) + ((double)m / (m + o)) + (name == "few" ? 0.1 * metal * other : 0):R}\n");
            }
            await File.WriteAllTextAsync(path, text.ToString());
            await machine.RunInAsync(home, Machine.Local, "data", "import", path, "--name", name);
        }
    }

    /// <summary>Asks the database itself, many times a second: a verb takes longer than some of what is waited for.</summary>
    static async Task<string> UntilAsync(string database, string query, Task run)
    {
        await using var source = NpgsqlDataSource.Create(DatabaseAddress.Parse(database));
        await using var command = source.CreateCommand(query);
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (await command.ExecuteScalarAsync() is string found) return found;
            if (run.IsFaulted) await run;
            Assert.True(!run.IsCompleted && TimeProvider.System.GetElapsedTime(began) < Patience, $"no row came of {query}");
            await Task.Delay(20);
        }
    }
}
