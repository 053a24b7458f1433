namespace AtomSets.Materials;

/// <summary>What is taken out of a source because the target holds it too.</summary>
public enum LeakageRule
{
    /// <summary>Strict, the default: every source row whose reduced formula occurs anywhere in the target.</summary>
    Formula,

    /// <summary>Nothing, as some papers did; the overlap is counted and the result says so.</summary>
    AsPublished,
}

/// <summary>What a source shares with a target.</summary>
/// <param name="Rule">The rule that was applied.</param>
/// <param name="SharedFormulas">Distinct formulas in both.</param>
/// <param name="SharedTrain">Training rows of the source with such a formula (removed under <see cref="LeakageRule.Formula"/>).</param>
/// <param name="SharedValidation">Validation rows of the source with such a formula (removed likewise).</param>
public sealed record LeakageCount(LeakageRule Rule, int SharedFormulas, int SharedTrain, int SharedValidation)
{
    /// <summary>Rows that were removed.</summary>
    public int Removed => Rule == LeakageRule.Formula ? SharedTrain + SharedValidation : 0;
}

/// <summary>Rows of a split whose formula also occurs in another part: reported, never removed (published practice keeps polymorphs).</summary>
/// <param name="ValidationInTrain">Validation rows with a formula of the training part.</param>
/// <param name="TestInTrain">Test rows with a formula of the training part.</param>
/// <param name="TestInValidation">Test rows with a formula of the validation part.</param>
public sealed record PartOverlap(int ValidationInTrain, int TestInTrain, int TestInValidation);

/// <summary>Finds materials that parts of one split share.</summary>
public static class Leakage
{
    /// <summary>Counts formulas that parts of one split share.</summary>
    public static PartOverlap Count(SplitManifest split, DataSet set)
    {
        HashSet<string> FormulasOf(IReadOnlyList<string> ids) => [.. set.RowsOf(ids).Select(row => set.Formulas[row])];
        var train = FormulasOf(split.TrainIds);
        var validation = FormulasOf(split.ValidationIds);
        int Common(IReadOnlyList<string> ids, HashSet<string> other) => set.RowsOf(ids).Count(row => other.Contains(set.Formulas[row]));
        return new PartOverlap(Common(split.ValidationIds, train), Common(split.Test.Ids, train), Common(split.Test.Ids, validation));
    }
}
