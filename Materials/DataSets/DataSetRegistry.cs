namespace AtomSets.Materials;

/// <summary>Every data set that the program knows by name, with what published parents have seen and how sets overlap.</summary>
public sealed class DataSetRegistry
{
    static readonly Lazy<DataSetRegistry> LazyShared = new(RegistryReader.ReadEmbedded);

    readonly Dictionary<string, DataSetDescriptor> _byName = new(StringComparer.OrdinalIgnoreCase);

    internal DataSetRegistry(IReadOnlyList<DataSetDescriptor> sets, ParentRules parents, IReadOnlyList<SetOverlap> overlaps)
    {
        Sets = sets;
        Parents = parents;
        Overlaps = overlaps;
        var short_ = new Dictionary<string, DataSetDescriptor?>(StringComparer.OrdinalIgnoreCase);
        foreach (var set in sets)
        {
            if (!_byName.TryAdd(set.Name, set)) throw new InvalidOperationException($"the registry names '{set.Name}' twice");
            foreach (var alias in set.Aliases.Concat(ShortNames(set)))
                short_[alias] = short_.TryGetValue(alias, out var other) && other != set ? null : set;
        }
        // A full name always means its own set; a short name only where it means one.
        foreach (var (alias, set) in short_)
            if (set is not null) _byName.TryAdd(alias, set);
    }

    /// <summary>The registry embedded in this program.</summary>
    public static DataSetRegistry Shared => LazyShared.Value;

    /// <summary>All sets, structures first.</summary>
    public IReadOnlyList<DataSetDescriptor> Sets { get; }

    /// <summary>Which published model may not be scored on which column.</summary>
    public ParentRules Parents { get; }

    public IReadOnlyList<SetOverlap> Overlaps { get; }

    /// <summary>The set of that name or unambiguous short name (without <c>struct_</c> or <c>comp_</c>); null where none.</summary>
    public DataSetDescriptor? TryFind(string name) => _byName.GetValueOrDefault(name);

    /// <summary>As <see cref="TryFind"/>, with an error that names the nearest set.</summary>
    /// <exception cref="InputException">No set has that name.</exception>
    public DataSetDescriptor Find(string name) =>
        TryFind(name) ?? throw new InputException($"no data set is called '{name}' (`data list` shows all); " + NearestName.Advice(name, Sets.Select(set => set.Name)));

    /// <summary>What is known about using one set as source and the other as target; empty where nothing.</summary>
    public IReadOnlyList<SetOverlap> OverlapsOf(string source, string target) =>
        [.. Overlaps.Where(o => (o.Source == source && o.Target == target) || (o.Forbidden && o.Source == target && o.Target == source))];

    static IEnumerable<string> ShortNames(DataSetDescriptor set)
    {
        foreach (var prefix in (string[])["struct_", "comp_"])
            if (set.Name.StartsWith(prefix, StringComparison.Ordinal)) yield return set.Name[prefix.Length..];
        var path = set.File.Split('.')[0];
        if (path.Contains('/', StringComparison.Ordinal)) yield return path;
    }
}
