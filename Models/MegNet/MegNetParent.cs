namespace AtomSets.Models.MegNet;

/// <summary>Finds the MEGNet whose features are wanted.</summary>
static class MegNetParent
{
    /// <exception cref="ModelException">There is no parent, or it is of another kind.</exception>
    public static MegNetModel Of(PreparedData data, string level) => data.Parent switch
    {
        null => throw new ModelException($"features '{level}' come from a trained MEGNet, but none is given as parent; name one, or use features: embedding"),
        { Model: MegNetModel model } => model,
        var other => throw new ModelException($"features '{level}' come from a MEGNet; the parent '{other.Name}' is a {other.Model.Spec.Kind}"),
    };
}
