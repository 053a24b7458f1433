namespace AtomSets.Storage;

/// <summary>Which rows of results are meant. An empty list means no restriction.</summary>
public sealed record ResultFilter
{
    /// <summary>How many parameters <see cref="Values"/> has: a statement's own begin behind them.</summary>
    internal const int Parameters = 10;

    public IReadOnlyList<string> Studies { get; init; } = [];

    /// <summary>pretrain, transfer.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    public IReadOnlyList<string> Sources { get; init; } = [];

    public IReadOnlyList<string> Targets { get; init; } = [];

    public IReadOnlyList<string> DataSets { get; init; } = [];

    public IReadOnlyList<string> Properties { get; init; } = [];

    /// <summary>By the study's name of them, or by their family (megnet, cgcnn, …).</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    public IReadOnlyList<string> Modes { get; init; } = [];

    public IReadOnlyList<long> Sizes { get; init; } = [];

    public IReadOnlyList<long> Seeds { get; init; } = [];

    /// <summary>Only rows whose node has ended well.</summary>
    public bool FinishedOnly { get; init; }

    /// <summary>Only the restrictions that are made: an index serves a plain comparison, not one that may be absent.</summary>
    /// <param name="row">Alias of <c>runs</c> or <c>configurations</c>; the latter have no status and seed.</param>
    /// <param name="models">False where the statement takes the models ($4) itself.</param>
    internal string Where(string row, bool models = true) => string.Join(" AND ", new[]
    {
        "true",
        Studies.Count > 0 ? $"{row}.study_id = ANY($1)" : null,
        Sources.Count > 0 ? $"{row}.source = ANY($2)" : null,
        Targets.Count > 0 ? $"{row}.target = ANY($3)" : null,
        Models.Count > 0 && models ? $"({row}.model = ANY($4) OR {row}.family = ANY($4))" : null,
        Modes.Count > 0 ? $"{row}.mode = ANY($5)" : null,
        Sizes.Count > 0 ? $"{row}.size = ANY($6)" : null,
        Seeds.Count > 0 ? $"{row}.seed = ANY($7)" : null,
        Roles.Count > 0 ? $"{row}.role = ANY($8)" : null,
        DataSets.Count > 0 ? $"{row}.data_set = ANY($9)" : null,
        Properties.Count > 0 ? $"{row}.property = ANY($10)" : null,
        FinishedOnly ? $"{row}.status = 'finished'" : null,
    }.OfType<string>());

    /// <summary>$1 to $10; those not in the clause are ignored.</summary>
    internal object[] Values(long[] studies) =>
    [
        studies, Sources.ToArray(), Targets.ToArray(), Models.ToArray(), Modes.ToArray(), Sizes.ToArray(), Seeds.ToArray(), Roles.ToArray(), DataSets.ToArray(), Properties.ToArray(),
    ];

    /// <summary>Whether these restrict the rows, apart from the lists named.</summary>
    internal bool IsRestricted(bool studies = true, bool targets = true, bool modes = true, bool dataSets = true, bool sizes = true) =>
        (studies && Studies.Count > 0) || (targets && Targets.Count > 0) || (modes && Modes.Count > 0) || (dataSets && DataSets.Count + Properties.Count > 0) || (sizes && Sizes.Count > 0)
        || Sources.Count + Models.Count + Seeds.Count + Roles.Count > 0;
}
