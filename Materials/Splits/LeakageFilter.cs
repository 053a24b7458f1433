namespace AtomSets.Materials;

/// <summary>A source's rows, from which those of one target after another are taken. Each formula of a target is looked up once, however many rows the source has.</summary>
public sealed class LeakageFilter
{
    readonly SplitManifest _source;
    readonly DataSet _set;
    readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal); // of formulas
    readonly int[] _codeOf; // of each row of the set
    List<int> _train, _validation; // rows of the set

    /// <param name="source">Split of the source.</param>
    /// <param name="set">Rows of the source.</param>
    /// <exception cref="InputException">The split names a material that the set lacks.</exception>
    public LeakageFilter(SplitManifest source, DataSet set)
    {
        (_source, _set) = (source, set);
        _codeOf = new int[set.Count];
        for (var row = 0; row < _codeOf.Length; row++)
        {
            if (!_codes.TryGetValue(set.Formulas[row], out _codeOf[row])) _codes.Add(set.Formulas[row], _codeOf[row] = _codes.Count);
        }
        (_train, _validation) = ([.. set.RowsOf(source.TrainIds)], [.. set.RowsOf(source.ValidationIds)]);
    }

    /// <summary>What is left of the split; the very one that was given as long as nothing was removed.</summary>
    public SplitManifest Left => _train.Count == _source.TrainIds.Count && _validation.Count == _source.ValidationIds.Count
        ? _source
        : new SplitManifest(_source.DataSet, [.. _train.Select(row => _set.Ids[row])], [.. _validation.Select(row => _set.Ids[row])], _source.Test.Ids);

    /// <summary>Applies the rule for a target. Test rows of the source are left as they are: they train nothing.</summary>
    /// <param name="target">All rows of the target, whatever part they belong to.</param>
    /// <param name="rule">What to remove.</param>
    /// <exception cref="InputException">Nothing would be left to train on.</exception>
    public LeakageCount Remove(DataSet target, LeakageRule rule) => Remove(target.Formulas, target.Name, rule, fromValidation: true);

    /// <summary>As <see cref="Remove(DataSet, LeakageRule)"/>, for the rows that judge a source which learns from this one: its validation and test rows. Validation rows
    /// of the source stay, since they train nothing: of two columns of one set they are often the very rows.</summary>
    /// <exception cref="InputException">Nothing would be left to train on.</exception>
    public LeakageCount RemoveHeldOut(SplitManifest later, DataSet laterSet, LeakageRule rule) =>
        Remove(laterSet.RowsOf([.. later.ValidationIds, .. later.Test.Ids]).Select(row => laterSet.Formulas[row]), $"the held-out rows of {laterSet.Name}", rule, fromValidation: false);

    LeakageCount Remove(IEnumerable<string> formulas, string target, LeakageRule rule, bool fromValidation)
    {
        var held = new bool[_codes.Count];
        foreach (var formula in formulas)
        {
            if (_codes.TryGetValue(formula, out var code)) held[code] = true;
        }
        var shared = new HashSet<int>();
        bool Stays(int row)
        {
            if (!held[_codeOf[row]]) return true;
            shared.Add(_codeOf[row]);
            return false;
        }
        var train = _train.FindAll(Stays);
        var validation = fromValidation ? _validation.FindAll(Stays) : _validation;
        var count = new LeakageCount(rule, shared.Count, _train.Count - train.Count, _validation.Count - validation.Count);
        if (count.Removed == 0) return count;
        if (train.Count == 0)
            throw new InputException($"every training row of {_set.Name} has a formula of {target}: nothing is left to pre-train on; choose another source, or 'as-published' to keep them");
        (_train, _validation) = (train, validation);
        return count;
    }
}
