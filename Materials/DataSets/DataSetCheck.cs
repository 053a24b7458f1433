namespace AtomSets.Materials;

/// <summary>The shortest distance between two atoms of a crystal (periodic images included).</summary>
public readonly record struct ShortestDistance(string Id, string Formula, double Angstrom);

/// <summary>What <c>data check</c> shows: every row that cannot be used and what is odd about the others.</summary>
/// <param name="Set">The accepted rows.</param>
/// <param name="RegisteredFile">False if the bytes are not those that the registry describes; null where that is not recorded.</param>
/// <param name="RepeatedFormulas">Accepted rows whose reduced formula an earlier row has too.</param>
/// <param name="MostRepeated">The formulas that occur most often, with their rows.</param>
/// <param name="Missing">Target column → accepted rows without a value.</param>
/// <param name="Closest">The crystals with the shortest distances, closest first; empty without structures.</param>
/// <param name="TooClose">Crystals with a distance below <see cref="TooCloseAngstrom"/>.</param>
public sealed record DataSetCheck(
    DataSet Set, bool? RegisteredFile, int RepeatedFormulas, IReadOnlyList<(string Formula, int Rows)> MostRepeated,
    IReadOnlyDictionary<string, int> Missing, IReadOnlyList<ShortestDistance> Closest, int TooClose)
{
    /// <summary>Shorter than H–H, 0.74 Å: two atoms can hardly be meant.</summary>
    public const double TooCloseAngstrom = 0.7;

    const int Shown = 10;

    /// <summary>Rows that cannot be used, with reasons, in file order.</summary>
    public IReadOnlyList<Refusal> Refusals => Set.Refusals;

    /// <summary>Cells that are no number in rows that are otherwise usable.</summary>
    public IReadOnlyList<Refusal> Warnings => Set.Warnings;

    /// <summary>Reads everything, structures included. A set without any usable row is no error here: the report says why.</summary>
    /// <param name="loader">Where to look.</param>
    /// <param name="nameOrPath">Set, file or folder.</param>
    /// <param name="target">Column that must hold a value; null: blank cells are counted, not refused.</param>
    /// <param name="hints">Columns of a file of the user's; null: guessed.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <exception cref="InputException">No such set or file, or unknown columns.</exception>
    public static DataSetCheck Of(DataSetLoader loader, string nameOrPath, string? target = null, ImportOptions? hints = null, CancellationToken cancel = default)
    {
        var set = loader.Open(nameOrPath, new DataSetQuery { Targets = target is null ? [] : [target] }, cancel, hints).Set;
        var formulas = set.HasCompositions
            ? set.Formulas.GroupBy(formula => formula, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => (Formula: group.Key, Rows: group.Count())).ToList()
            : [];
        var distances = set.HasCrystals ? Distances(set, cancel) : [];
        return new DataSetCheck(
            set,
            set.Descriptor is { Sha256: { } recorded, StructuresFrom: null } ? recorded == set.ContentHash : null,
            formulas.Sum(formula => formula.Rows - 1),
            [.. formulas.OrderByDescending(formula => formula.Rows).ThenBy(formula => formula.Formula, StringComparer.Ordinal).Take(Shown)],
            set.Descriptor.Targets.ToDictionary(column => column.Name, column => Blank(set.Column(column.Name)), StringComparer.Ordinal),
            [.. distances.OrderBy(distance => distance.Angstrom).Take(Shown)],
            distances.Count(distance => distance.Angstrom < TooCloseAngstrom));
    }

    static int Blank(ReadOnlySpan<double> values)
    {
        var blank = 0;
        foreach (var value in values)
            if (double.IsNaN(value)) blank++;
        return blank;
    }

    static ShortestDistance[] Distances(DataSet set, CancellationToken cancel)
    {
        var distances = new ShortestDistance[set.Count];
        Parallel.For(0, set.Count, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount },
            row => distances[row] = new ShortestDistance(set.Ids[row], set.Formulas[row], ShortestIn(set.Crystal(row))));
        return distances;
    }

    /// <summary>Shortest distance in Å, searched in growing spheres.</summary>
    static double ShortestIn(Crystal crystal)
    {
        for (var cutoff = 2.0; ; cutoff *= 1.6)
        {
            var shortest = double.PositiveInfinity;
            foreach (var distance in NeighborList.Build(crystal, cutoff).Distances) shortest = Math.Min(shortest, distance);
            if (double.IsFinite(shortest) || cutoff > 60) return shortest;
        }
    }
}
