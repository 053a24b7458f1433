namespace AtomSets.Materials;

/// <summary>Where data sets are looked for.</summary>
/// <param name="Data">Folder of the shipped sets; null where there is none.</param>
/// <param name="Home">The program's own folder; imported sets lie in its sub-folder <c>data</c>.</param>
public sealed record DataLocations(string? Data, string Home)
{
    /// <summary>Folder of the models that come with the program; null where there is none.</summary>
    public string? OwnModels { get; init; }

    /// <summary>From <c>ATOMSETS_DATA</c>, <c>ATOMSETS_HOME</c> (default <c>~/.atomsets</c>) and <c>ATOMSETS_ROOT</c> (the program's folder).</summary>
    public static DataLocations FromEnvironment()
    {
        var data = Environment.GetEnvironmentVariable("ATOMSETS_DATA");
        var home = Environment.GetEnvironmentVariable("ATOMSETS_HOME");
        if (string.IsNullOrEmpty(home)) home = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".atomsets");
        var root = Environment.GetEnvironmentVariable("ATOMSETS_ROOT");
        var own = string.IsNullOrEmpty(root) ? null : Path.Combine(root, "models");
        return new DataLocations(string.IsNullOrEmpty(data) ? null : data, home) { OwnModels = Directory.Exists(own) ? own : null };
    }

    /// <summary>Folder of the published networks; null where there is none.</summary>
    public string? Models => Data is not null && Path.Combine(Data, "models") is var folder && Directory.Exists(folder) ? folder : null;

    /// <summary>Folder of imported and fetched sets.</summary>
    public string Imported => Path.Combine(Home, "data");

    /// <summary>The file of a registered set, in the data folder or among the fetched ones; null where absent.</summary>
    public string? Locate(DataSetDescriptor set)
    {
        if (set.File.Length == 0) return null;
        foreach (var root in (string?[])[Data, Imported])
            if (root is not null && Path.Combine(root, set.File) is var path && File.Exists(path)) return path;
        return null;
    }
}
