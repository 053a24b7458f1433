namespace AtomSets.Training;

/// <summary>What a model has seen, itself and through its parents.</summary>
public sealed record ModelProvenance
{
    /// <summary>The data that this training used, validation included; empty where unknown.</summary>
    public IReadOnlyList<TrainedOn> TrainedOn { get; init; } = [];

    /// <summary>Atomic numbers in the training rows, ascending; empty where unknown.</summary>
    public IReadOnlyList<int> Elements { get; init; } = [];

    /// <summary>Parents whose weights or features came in, nearest first.</summary>
    public IReadOnlyList<ModelParent> Parents { get; init; } = [];

    /// <summary>Everything that the model has seen, directly or through a parent, each once.</summary>
    public IEnumerable<TrainedOn> AllTrainedOn() => TrainedOn.Concat(Parents.SelectMany(parent => parent.TrainedOn)).Distinct();

    /// <summary>Elements that the model or a parent has seen, ascending; empty where that is not known of all of them.</summary>
    public IReadOnlyList<int> KnownElements() =>
        Elements.Count == 0 || Parents.Any(parent => parent.Elements.Count == 0)
            ? []
            : [.. Elements.Concat(Parents.SelectMany(parent => parent.Elements)).Distinct().Order()];
}

/// <summary>Rows and column that were shown to a model.</summary>
/// <param name="DataSet">Name.</param>
/// <param name="ContentHash">SHA-256 of the data set's file, or empty where unknown.</param>
/// <param name="Column">Target column.</param>
/// <param name="Count">Material ids seen.</param>
/// <param name="ManifestHash">Hash of the split manifest that lists them.</param>
public sealed record TrainedOn(string DataSet, string ContentHash, string Column, int Count, string ManifestHash);

/// <summary>An ancestor.</summary>
/// <param name="Name">Its name: trial key, file or published name.</param>
/// <param name="ContentHash">Its <see cref="ModelFile.ContentHash"/>, or the hash of the published weights.</param>
/// <param name="Transfer">How it was carried over, as <see cref="TransferPlan.ToString"/> writes it.</param>
/// <param name="TrainedOn">What it has seen.</param>
public sealed record ModelParent(string Name, string ContentHash, string Transfer, IReadOnlyList<TrainedOn> TrainedOn)
{
    /// <summary>Atomic numbers that it has seen, ascending; empty where unknown.</summary>
    public IReadOnlyList<int> Elements { get; init; } = [];
}
