namespace AtomSets.Training;

/// <summary>What a model takes from its parent.</summary>
public enum TransferMode
{
    /// <summary>Nothing: all parameters are drawn anew.</summary>
    Scratch,

    /// <summary>All weights, everything trains on.</summary>
    Full,

    /// <summary>All weights but the output layer, which is drawn anew; everything trains on.</summary>
    NewHead,

    /// <summary>All weights; the named parts stay as they are, the rest trains on.</summary>
    Freeze,

    /// <summary>The values of a layer, as the input of a new model; the parent itself stays as it is.</summary>
    Features,
}
