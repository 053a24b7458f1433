using System.Globalization;

namespace AtomSets.Materials;

/// <summary>
/// The built-in set <c>ionic</c>: prototype crystals with charge-balanced substitutions, at the equilibrium volume of the model, then strained
/// and with displaced atoms; values of <see cref="IonicModel"/>. Synthetic: for tests and first steps, never for a statement about materials.
/// Crystal i of a seed depends on (seed, i) alone, so a smaller set is a prefix of a larger one.
/// </summary>
public static class IonicGenerator
{
    /// <summary>Crystals in <c>ionic</c> without a count.</summary>
    public const int DefaultCount = 2000;

    /// <summary>Crystals beyond this number lie on disk.</summary>
    const int MostInMemory = 10_000;

    /// <summary>Raised whenever any number of the set changes: part of the content hash.</summary>
    const int Revision = 1;

    /// <param name="count">Number of crystals, 1 or more.</param>
    /// <param name="seed">Another seed gives other crystals; chemistries may repeat.</param>
    /// <exception cref="InputException"><paramref name="count"/> is below 1.</exception>
    public static DataSet Generate(int count, ulong seed)
    {
        if (count < 1) throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{count} crystals cannot be generated; give 1 or more"));
        var properties = new IonicProperties[count];
        var (prototypes, sites, ids) = (new string[count], new double[count], new string[count]);
        for (var i = 0; i < count; i++) ids[i] = string.Create(CultureInfo.InvariantCulture, $"ionic-{seed}-{i:D6}");
        IEnumerable<Crystal> Drawn()
        {
            for (var start = 0; start < count; start += MostInMemory)
            {
                var (first, crystals) = (start, new Crystal[Math.Min(MostInMemory, count - start)]);
                Parallel.For(0, crystals.Length, i =>
                {
                    var (draw, row) = (new IonicDraw(seed, first + i), first + i);
                    crystals[i] = draw.Crystal.WithId(ids[row]);
                    properties[row] = draw.Properties;
                    prototypes[row] = draw.Prototype.Name;
                    sites[row] = draw.Crystal.AtomCount;
                });
                foreach (var crystal in crystals) yield return crystal;
            }
        }

        IReadOnlyList<Crystal> kept = count > MostInMemory ? CrystalFile.Write(ids, Drawn()) : [.. Drawn()];
        var name = string.Create(CultureInfo.InvariantCulture, $"ionic revision {Revision} count {count} seed {seed}");
        return new DataSet(DataSetRegistry.Shared.Find("ionic"), DataSetQuery.All, DataSetHashes.OfText(name), name, new DataSetRows
        {
            Ids = ids,
            Crystals = kept,
            Numbers = new Dictionary<string, double[]>(StringComparer.Ordinal)
            {
                ["lattice_energy_ev_atom"] = Array.ConvertAll(properties, p => p.LatticeEnergyEvAtom),
                ["lattice_energy_kapustinskii_ev_atom"] = Array.ConvertAll(properties, p => p.KapustinskiiEvAtom),
                ["gap_like_ev"] = Array.ConvertAll(properties, p => p.GapLikeEv),
                ["stiffness_like_gpa"] = Array.ConvertAll(properties, p => p.StiffnessLikeGpa),
                ["nsites"] = sites,
            },
            Texts = new Dictionary<string, string[]>(StringComparer.Ordinal) { ["prototype"] = prototypes },
            TotalRows = count,
        });
    }
}
