using AtomSets.Models.Classical.Boosting;
using AtomSets.Models.Classical.Trees;

namespace AtomSets.Models.Classical;

/// <summary>The classical families.</summary>
public static class ClassicalFamilies
{
    public static IReadOnlyList<IFittedFamily> All { get; } =
    [
        new BaselineFamily(), new RidgeFamily(), new ElasticNetFamily(), new NeighborFamily(), new SvrFamily(), ForestFamily.RandomForest, ForestFamily.ExtraTrees, new BoostingFamily(), new GaussianProcessFamily(),
    ];
}
