namespace AtomSets.Dashboard;

/// <summary>A query parameter of the API.</summary>
/// <param name="Type">string, integer, number or boolean.</param>
/// <param name="Default">When it is left out; null: none.</param>
/// <param name="Least">Of a number.</param>
/// <param name="Most">Of a number.</param>
/// <param name="Words">What it may be; empty: anything.</param>
sealed record ApiParameter(string Name, string Type, string About, object? Default = null, int? Least = null, int? Most = null, params string[] Words)
{
    public bool IsRequired { get; init; }

    public static ApiParameter Text(string name, string about) => new(name, "string", about);

    public static ApiParameter Count(string name, string about, int usual, int least, int most) => new(name, "integer", about, usual, least, most);

    public static ApiParameter Flag(string name, string about) => new(name, "boolean", about, false);

    public static ApiParameter Number(string name, string about) => new(name, "number", about);

    public static ApiParameter Offset { get; } = Count("offset", "Rows to pass over first.", 0, 0, int.MaxValue);

    public static ApiParameter Limit(int usual, int most) => Count("limit", "Rows at most.", usual, 1, most);

    /// <summary>The restrictions that every answer about a study's results takes.</summary>
    public static IReadOnlyList<ApiParameter> Filter { get; } =
    [
        Text("target", "Targets, as the study calls them; several with commas."), Text("mode", "Transfer modes."), Text("model", "Models: the study's names, or families."),
        Text("source", "Sources of transfer."), Text("size", "Training sizes."), Text("seed", "Seeds."), Text("role", "pretrain or transfer."), Text("data", "Data sets."), Text("property", "Properties: columns of data sets."),
    ];

    /// <summary>Those of them that configurations have: a configuration is trained with several seeds.</summary>
    public static IReadOnlyList<ApiParameter> ConfigurationFilter { get; } = [.. Filter.Where(parameter => parameter.Name != "seed")];
}
