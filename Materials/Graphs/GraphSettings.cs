using System.Globalization;

namespace AtomSets.Materials;

/// <summary>How crystals become graphs. Part of the name of every prepared store.</summary>
/// <param name="CutoffAngstrom">Pairs up to this distance (Å) are edges; 0.1 to 100.</param>
public sealed record GraphSettings(double CutoffAngstrom)
{
    /// <summary>Pairs up to this distance (Å) are edges.</summary>
    public double CutoffAngstrom { get; init; } = CutoffAngstrom is >= 0.1 and <= 100
        ? CutoffAngstrom
        : throw new InputException(string.Create(CultureInfo.InvariantCulture, $"a cutoff of {CutoffAngstrom} Å; cutoffs lie between 0.1 and 100 Å"));
}
