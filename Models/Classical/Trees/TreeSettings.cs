namespace AtomSets.Models.Classical.Trees;

/// <summary>How the trees of a forest grow.</summary>
sealed record TreeSettings
{
    /// <summary>Most splits on a way down; 0: any number.</summary>
    public int MaxDepth { get; init; }

    /// <summary>Fewest rows of a leaf, repetitions not counted.</summary>
    public int MinSamplesLeaf { get; init; } = 1;

    /// <summary>Columns looked at for a split.</summary>
    public required int MaxFeatures { get; init; }

    /// <summary>Whether one random threshold is tried per column, not every one.</summary>
    public bool IsRandom { get; init; }
}
