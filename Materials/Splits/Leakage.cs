namespace AtomSets.Materials;

/// <summary>What is taken out of a source because the target holds it too.</summary>
public enum LeakageRule
{
    /// <summary>Strict, the default: every source row whose reduced formula occurs anywhere in the target.</summary>
    Formula,

    /// <summary>Nothing, as some papers did; the overlap is counted and the result says so.</summary>
    AsPublished,
}

/// <summary>Source split after the removal, with counts of what the target shares with it.</summary>
/// <param name="Source">The split to train on.</param>
/// <param name="Rule">The rule that was applied.</param>
/// <param name="SharedFormulas">Distinct formulas in both.</param>
/// <param name="SharedTrain">Training rows of the source with such a formula (removed under <see cref="LeakageRule.Formula"/>).</param>
/// <param name="SharedValidation">Validation rows of the source with such a formula (removed likewise).</param>
public sealed record LeakageResult(SplitManifest Source, LeakageRule Rule, int SharedFormulas, int SharedTrain, int SharedValidation)
{
    /// <summary>Rows that were removed.</summary>
    public int Removed => Rule == LeakageRule.Formula ? SharedTrain + SharedValidation : 0;
}

/// <summary>Rows of a split whose formula also occurs in another part: reported, never removed (published practice keeps polymorphs).</summary>
/// <param name="ValidationInTrain">Validation rows with a formula of the training part.</param>
/// <param name="TestInTrain">Test rows with a formula of the training part.</param>
/// <param name="TestInValidation">Test rows with a formula of the validation part.</param>
public sealed record PartOverlap(int ValidationInTrain, int TestInTrain, int TestInValidation);

/// <summary>Finds and removes materials that source and target share.</summary>
public static class Leakage
{
    /// <summary>Applies the rule to a source. Test rows of the source are left as they are: they train nothing.</summary>
    /// <param name="source">Split of the source.</param>
    /// <param name="sourceSet">Rows of the source.</param>
    /// <param name="targetSet">All rows of the target, whatever part they belong to.</param>
    /// <param name="rule">What to remove.</param>
    /// <exception cref="InputException">Nothing would be left to train on.</exception>
    public static LeakageResult Remove(SplitManifest source, DataSet sourceSet, DataSet targetSet, LeakageRule rule) =>
        Remove(source, sourceSet, targetSet.Formulas.ToHashSet(StringComparer.Ordinal), targetSet.Name, rule, fromValidation: true);

    /// <summary>As <see cref="Remove(SplitManifest, DataSet, DataSet, LeakageRule)"/>, for the rows that judge a source which learns from this one: its validation and
    /// test rows. Validation rows of the source stay, since they train nothing: of two columns of one set they are often the very rows.</summary>
    /// <exception cref="InputException">Nothing would be left to train on.</exception>
    public static LeakageResult RemoveHeldOut(SplitManifest source, DataSet sourceSet, SplitManifest later, DataSet laterSet, LeakageRule rule) =>
        Remove(source, sourceSet, [.. laterSet.RowsOf([.. later.ValidationIds, .. later.Test.Ids]).Select(row => laterSet.Formulas[row])], $"the held-out rows of {laterSet.Name}", rule, fromValidation: false);

    static LeakageResult Remove(SplitManifest source, DataSet sourceSet, HashSet<string> target, string targetName, LeakageRule rule, bool fromValidation)
    {
        string FormulaOf(string id) => sourceSet.Formulas[sourceSet.RowOf(id) is var row and >= 0 ? row : sourceSet.RowsOf([id])[0]];
        var shared = new HashSet<string>(StringComparer.Ordinal);
        bool Shared(string id)
        {
            var formula = FormulaOf(id);
            if (!target.Contains(formula)) return false;
            shared.Add(formula);
            return true;
        }
        var train = source.TrainIds.Where(id => !Shared(id)).ToList();
        var validation = source.ValidationIds.Where(id => !fromValidation || !Shared(id)).ToList();
        var lostTrain = source.TrainIds.Count - train.Count;
        var lostValidation = source.ValidationIds.Count - validation.Count;
        if (rule == LeakageRule.AsPublished || lostTrain + lostValidation == 0)
            return new LeakageResult(source, rule, shared.Count, lostTrain, lostValidation);
        if (train.Count == 0)
            throw new InputException($"every training row of {sourceSet.Name} has a formula of {targetName}: nothing is left to pre-train on; choose another source, or 'as-published' to keep them");
        return new LeakageResult(new SplitManifest(source.DataSet, train, validation, source.Test.Ids), rule, shared.Count, lostTrain, lostValidation);
    }

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
