using System.Globalization;
using System.Text;
using AtomSets.Storage.Tests;
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
        await UntilAsync(there, "SELECT 1 AS one FROM result_rows WHERE role = 'pretrain' AND status = 'finished'", run);
        await there.RunAsync(Machine.Client, "cluster", "drain", "first");
        Assert.Equal(0, (await first.EndAsync()).Code);
        Assert.False(run.IsCompleted, "the study ended before the silo did: the test shows nothing");
        await run;

        Assert.Equal(await ClusterProgramTests.FindingsAsync(here), await ClusterProgramTests.FindingsAsync(there));
        Assert.False(Directory.Exists(Path.Combine(b, "data"))); // its copies are of what it fetched
        Assert.NotEmpty(Directory.GetDirectories(Path.Combine(b, "fetched")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string StudyFile()
    {
        var path = Path.Combine(_folder, "apart.yaml");
        File.WriteAllText(path, Study);
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

    static async Task UntilAsync(Machine machine, string query, Task run)
    {
        var began = TimeProvider.System.GetTimestamp();
        while ((await machine.SqlAsync(query)).Count == 0)
        {
            if (run.IsFaulted) await run;
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"no row came of {query}");
            await Task.Delay(50);
        }
    }
}
