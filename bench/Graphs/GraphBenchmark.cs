using AtomSets.Materials;

namespace AtomSets.Bench;

/// <summary>Prepares a graph store on disk, one thread, from parsed crystals.</summary>
sealed class GraphBenchmark : IBenchmark
{
    public string Name => "graphs";

    public string About => "graph store at 5 Å from parsed crystals, written and hashed, one core; no peer";

    public Contest Prepare()
    {
        var data = BenchCrystals.Load(500);
        var folder = new TemporaryFolder();
        var number = 0;
        return new Contest(folder)
        {
            Unit = "crystals/s",
            Figure = seconds => data.Crystals.Count / seconds,
            Note = $"{data.What}; no peer",
            Ours = () =>
            {
                var path = Path.Combine(folder.Path, $"{number++}");
                using (GraphStore.OpenOrBuild(path, data.Crystals, new GraphSettings(5), "bench", new GraphBuildOptions { Degree = 1 }))
                {
                }
                Directory.Delete(path, recursive: true);
            },
        };
    }
}
