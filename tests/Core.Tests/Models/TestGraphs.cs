using AtomSets.Materials;

namespace AtomSets.Core.Tests.Models;

static class TestGraphs
{
    public static GraphList Of(IEnumerable<Crystal> crystals, double cutoffAngstrom) =>
        new(crystals.Select(crystal => CrystalGraph.Build(crystal, new GraphSettings(cutoffAngstrom))).ToArray());

    public static GraphList Of(IEnumerable<Crystal> crystals, GraphSettings settings) =>
        new(crystals.Select(crystal => CrystalGraph.Build(crystal, settings)).ToArray());
}
