namespace AtomSets.Materials;

/// <summary>A family of published models: what they were trained on and which columns they may not be scored on.</summary>
/// <param name="Name">Name of the family.</param>
/// <param name="Models">File names of the models; <c>*</c> stands for any characters.</param>
/// <param name="TrainedOn">Data that the models have seen.</param>
/// <param name="Property">Property that they were trained to predict.</param>
/// <param name="Refused">Set name → target columns whose labels the models have seen.</param>
public sealed record PublishedParent(
    string Name, IReadOnlyList<string> Models, string TrainedOn, string Property, IReadOnlyDictionary<string, IReadOnlyList<string>> Refused)
{
    /// <summary>True if the model's file name (without extension) belongs to this family.</summary>
    public bool Covers(string model) => Models.Any(pattern => Matches(pattern, model));

    static bool Matches(string pattern, string model)
    {
        var star = pattern.IndexOf('*', StringComparison.Ordinal);
        return star < 0
            ? pattern == model
            : model.Length >= pattern.Length - 1 && model.StartsWith(pattern[..star], StringComparison.Ordinal) && model.EndsWith(pattern[(star + 1)..], StringComparison.Ordinal);
    }
}

/// <summary>Refuses parents that have seen the target's labels.</summary>
public sealed class ParentRules(IReadOnlyList<PublishedParent> families)
{
    public IReadOnlyList<PublishedParent> Families { get; } = families;

    /// <summary>The family of a published model, by file name without extension; null for a model of one's own.</summary>
    public PublishedParent? FamilyOf(string model) => Families.FirstOrDefault(family => family.Covers(model));

    /// <summary>Why <paramref name="parent"/> may not be transferred to, or scored on, this column; null if it may.</summary>
    /// <param name="parent">File name of the published model, without extension.</param>
    /// <param name="dataSet">Full name of the target set.</param>
    /// <param name="targetColumn">Target column.</param>
    public string? Check(string parent, string dataSet, string targetColumn)
    {
        if (FamilyOf(parent) is not { } family) return null;
        if (!family.Refused.TryGetValue(dataSet, out var columns) || !columns.Contains(targetColumn)) return null;
        return $"{parent} was trained on {family.Property} of {family.TrainedOn} and has seen the labels of {dataSet}.{targetColumn}: "
            + "its error there would be no result. Choose another target property, or pre-train a parent of your own with the target's formulas removed";
    }

    /// <summary>As the other overload, for a model of one's own.</summary>
    /// <param name="model">Name for the message.</param>
    /// <param name="trainedOn">Sets and columns whose labels it or an ancestor has seen.</param>
    /// <param name="dataSet">Full name of the target set.</param>
    /// <param name="targetColumn">Target column.</param>
    public string? Check(string model, IEnumerable<(string DataSet, string Column)> trainedOn, string dataSet, string targetColumn)
    {
        foreach (var (set, column) in trainedOn)
        {
            // Sets that one family of published models must not be scored on hold the same labels.
            var isSame = set == dataSet && column == targetColumn;
            if (isSame || Families.Any(family => Holds(family, set, column) && Holds(family, dataSet, targetColumn)))
                return $"{model} was trained on {set}.{column} and has seen the labels of {dataSet}.{targetColumn}: its error there would be no result. "
                    + "Choose another target property, or name the set as the source's data, so that the target's formulas are removed before a parent is trained";
        }
        return null;
    }

    static bool Holds(PublishedParent family, string set, string column) => family.Refused.TryGetValue(set, out var columns) && columns.Contains(column);
}
