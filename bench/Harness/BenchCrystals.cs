using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Materials;

namespace AtomSets.Bench;

/// <summary>The crystals that the benchmarks work on: real ones where the shipped data are present, else generated ones. Always the same.</summary>
sealed record BenchCrystals(string What, IReadOnlyList<Crystal> Crystals)
{
    const string Real = "struct_mp_pool";

    public static BenchCrystals Load(int count, int? maxSites = null)
    {
        var loader = new DataSetLoader();
        var query = new DataSetQuery { Limit = count, LimitSeed = 1, MaxSites = maxSites };
        var isReal = loader.Registry.TryFind(Real) is { } known && loader.Locations.Locate(known) is not null;
        var set = isReal ? loader.Load(Real, query) : loader.Load(string.Create(CultureInfo.InvariantCulture, $"ionic:{4 * count}:1"), query);
        var name = isReal ? Real : "ionic (synthetic: ATOMSETS_DATA has no struct_mp_pool)";
        return new(string.Create(CultureInfo.InvariantCulture, $"{set.Count} crystals of {name}"), set.Crystals);
    }

    public JsonArray ToJson() => new([.. Crystals.Select(crystal => new JsonObject
    {
        ["lattice"] = Numbers(crystal.Lattice),
        ["numbers"] = Numbers(crystal.AtomicNumbers),
        ["fractional"] = Numbers(crystal.Fractional),
    })]);

    public static JsonArray Numbers<T>(ReadOnlySpan<T> values)
    {
        var array = new JsonArray();
        foreach (var value in values) array.Add(JsonValue.Create(value));
        return array;
    }
}
