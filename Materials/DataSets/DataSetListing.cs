namespace AtomSets.Materials;

/// <summary>One line of <c>data list</c>.</summary>
/// <param name="Name">Full name.</param>
/// <param name="Title">What it holds.</param>
/// <param name="Kind">structures, compositions or generated.</param>
/// <param name="Rows">Data rows; 0 where unknown.</param>
/// <param name="Path">Where its file lies; null where it is absent or generated.</param>
/// <param name="HowToObtain">What to do where the file is absent; null otherwise.</param>
/// <param name="Licence">Licence of the data.</param>
public sealed record DataSetListing(string Name, string Title, string Kind, int Rows, string? Path, string? HowToObtain, string Licence)
{
    /// <summary>Registered sets in the order of the registry, then the imported ones.</summary>
    public static IReadOnlyList<DataSetListing> Of(DataSetLoader loader)
    {
        var listings = new List<DataSetListing>();
        foreach (var set in loader.Registry.Sets)
        {
            var path = loader.Locations.Locate(set);
            listings.Add(new DataSetListing(
                set.Name, set.Title, set.Generator is not null ? "generated" : set.HasStructures ? "structures" : "compositions", set.Rows, path,
                path is null && set.Generator is null ? DataSetFetch.Advice(set) : null, set.Licence));
        }
        foreach (var imported in ImportedSet.All(loader.Locations))
            listings.Add(new DataSetListing(
                imported.Descriptor.Name, imported.Descriptor.Title, imported.Descriptor.HasStructures ? "structures" : "compositions",
                imported.Descriptor.Rows, imported.File, null, imported.Descriptor.Licence));
        return listings;
    }
}
