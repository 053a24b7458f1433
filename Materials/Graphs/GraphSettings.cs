using System.Globalization;

namespace AtomSets.Materials;

/// <summary>How crystals become graphs. Part of the name of every prepared store.</summary>
/// <param name="CutoffAngstrom">Pairs up to this distance (Å) are edges; 0.1 to 100.</param>
/// <param name="MaxNeighbors">0: every pair within the cutoff. Else each atom keeps its nearest so many, sorted by distance (CGCNN's graphs; see
/// <see cref="NearestNeighbors"/> for ties); an atom with fewer keeps what it has.</param>
public sealed record GraphSettings(double CutoffAngstrom, int MaxNeighbors = 0)
{
    /// <summary>Pairs up to this distance (Å) are edges.</summary>
    public double CutoffAngstrom { get; init; } = CutoffAngstrom is >= 0.1 and <= 100
        ? CutoffAngstrom
        : throw new InputException(string.Create(CultureInfo.InvariantCulture, $"a cutoff of {CutoffAngstrom} Å; cutoffs lie between 0.1 and 100 Å"));

    /// <summary>Most neighbours that an atom keeps; 0: all.</summary>
    public int MaxNeighbors { get; init; } = MaxNeighbors is >= 0 and <= 1000
        ? MaxNeighbors
        : throw new InputException(string.Create(CultureInfo.InvariantCulture, $"at most {MaxNeighbors} neighbours for an atom; from 1 to 1000 may be asked for, 0 means all"));

    /// <summary>Fills the list of an atom with fewer than <see cref="MaxNeighbors"/> up with the cell's first atom at a distance of cutoff + 1 Å, as CGCNN's
    /// own program does. For comparisons with it: these neighbours are not there.</summary>
    public bool PadsNeighbors { get; init; }
}
