using AtomSets.Materials;

namespace AtomSets.Core.Tests.Models;

static class TestGraphs
{
    public static GraphList Of(IEnumerable<Crystal> crystals, double cutoffAngstrom) =>
        new(crystals.Select(crystal => CrystalGraph.Build(crystal, new GraphSettings(cutoffAngstrom))).ToArray());
}
