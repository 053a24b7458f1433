using System.IO.Compression;
using AtomSets.Commands;
using AtomSets.Materials;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Commands;

public sealed class RankingTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("atomsets-ranking").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 7)]
    [InlineData(true, 500)]
    public void The_list_is_the_head_of_the_sorted_predictions(bool isAscending, int top)
    {
        // Values repeat, so that ties are decided by the order of the inputs.
        var all = Enumerable.Range(0, 400).Select(i => new Prediction($"i{i}", i * 7919 % 101, "eV", null) { Deviation = i * 31 % 17 }).ToArray();
        foreach (var by in new[] { RankedBy.Value, RankedBy.Uncertainty })
        {
            double Key(Prediction one) => by == RankedBy.Value ? one.Value!.Value : one.Deviation!.Value;
            var ranking = new PredictionRanking(by, isAscending, top);
            Assert.All(all, one => Assert.True(ranking.Add(one)));
            Assert.False(ranking.Add(new Prediction("bad", null, "eV", "why")));
            var expected = isAscending ? all.OrderBy(Key) : all.OrderByDescending(Key);
            Assert.Equal(expected.Take(top).Select(one => one.Input), ranking.Ranked.Select(one => one.Input));
        }
        Assert.False(new PredictionRanking(RankedBy.Low, isAscending, top).Add(all[0]));
    }

    [Theory]
    [InlineData(".cif")]
    [InlineData(".cif.gz")]
    public void Blocks_of_a_long_file_are_read_one_by_one(string ending)
    {
        var crystals = IonicGenerator.Generate(3, seed: 5).Crystals;
        var path = Path.Combine(_folder, "many" + ending);
        using (Stream file = File.Create(path))
        using (var writer = new StreamWriter(ending.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Compress) : file))
        {
            writer.Write("# a comment\ndata_about\n_author ; \n;\ndata_of_nothing\n_atom_site_label\n;\n");
            foreach (var crystal in crystals) writer.Write(CifWriter.Write(crystal));
            writer.Write("data_broken\nloop_\n _atom_site_label\n _atom_site_fract_x\n Na one\n");
        }
        var blocks = CifBlocks.Read(path).ToArray();
        Assert.Equal([.. crystals.Select(crystal => crystal.Id), "broken"], blocks.Select(block => block.Name));
        Assert.All(crystals.Zip(blocks), pair => Assert.Equal(pair.First.AtomicNumbers.ToArray(), CifReader.Parse(pair.Second.Text).AtomicNumbers.ToArray()));
        if (!ending.EndsWith(".gz", StringComparison.Ordinal)) return;
        var read = new PredictionArguments(TextReader.Null).Read([path]).SelectMany(item => item.Read()).ToArray();
        Assert.Equal([.. crystals.Select(crystal => $"{path}#{crystal.Id}"), $"{path}#broken"], read.Select(one => one.Label));
        Assert.Equal([true, true, true, false], read.Select(one => one.Input is not null));
    }
}
