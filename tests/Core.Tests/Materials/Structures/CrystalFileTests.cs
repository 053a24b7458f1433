using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class CrystalFileTests
{
    [Fact]
    public void Crystals_come_back_with_the_same_bits()
    {
        var crystals = IonicGenerator.Generate(40, seed: 3).Crystals;
        string[] ids = [.. crystals.Select((_, i) => $"id {i}")];
        var file = CrystalFile.Write(ids, crystals);
        Assert.Equal(crystals.Count, file.Count);
        Assert.Contains(crystals, crystal => crystal.AtomCount % 2 == 1);
        for (var i = 0; i < crystals.Count; i++)
        {
            var back = file[i];
            Assert.Equal(ids[i], back.Id);
            Assert.Equal(crystals[i].Lattice, back.Lattice);
            Assert.Equal(crystals[i].AtomicNumbers, back.AtomicNumbers);
            Assert.Equal(crystals[i].Fractional, back.Fractional);
        }
        Assert.Equal(ids, file.Select(crystal => crystal.Id));
    }

    [Fact]
    public void A_file_of_none_is_empty() => Assert.Empty(CrystalFile.Write([], []));

    [Fact]
    public void Many_threads_may_read()
    {
        var crystals = IonicGenerator.Generate(20, seed: 4).Crystals;
        var file = CrystalFile.Write([.. crystals.Select((_, i) => $"{i}")], crystals);
        Parallel.For(0, 2000, i => Assert.Equal(crystals[i % 20].Fractional.ToArray(), file[i % 20].Fractional.ToArray()));
    }
}
