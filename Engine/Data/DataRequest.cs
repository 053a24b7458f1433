using System.Text.Json.Nodes;
using AtomSets.Materials;

namespace AtomSets.Engine;

/// <summary>Which rows of which set a trial reads; part of its key.</summary>
/// <param name="Set">Registered name, <c>ionic:COUNT:SEED</c>, file or folder.</param>
/// <param name="Target">Column to learn; rows without a finite value are refused.</param>
/// <param name="MaxSites">Most atoms per cell.</param>
/// <param name="Limit">Most rows, drawn by <paramref name="LimitSeed"/> and id.</param>
public sealed record DataRequest(string Set, string Target, int? MaxSites, int? Limit, ulong LimitSeed)
{
    /// <summary>Null: rows are neither filtered nor merged.</summary>
    public RowFilter? Filter { get; init; }

    /// <summary>Null: the target is learnt as it is.</summary>
    public DeltaReference? Delta { get; init; }

    /// <summary>Whether rows with disordered sites are refused.</summary>
    public bool OrderedOnly { get; init; }

    public DataSetQuery ToQuery() => new() { OrderedOnly = OrderedOnly, Targets = [Target], MaxSites = MaxSites, Delta = Delta, Filter = Filter, Limit = Limit, LimitSeed = Limit is null ? 0 : LimitSeed };

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["set"] = Set, ["target"] = Target };
        if (MaxSites is { } sites) json["max_sites"] = sites;
        if (OrderedOnly) json["ordered"] = true;
        if (Delta is { } delta)
            json["delta"] = new JsonObject { ["set"] = delta.Set, ["column"] = delta.Column, ["repeats"] = delta.Repeats.ToString(), ["subtract"] = delta.Subtracts };
        if (Filter is { } filter) json["filter"] = ToJson(filter);
        if (Limit is { } limit)
        {
            json["limit"] = limit;
            json["limit_seed"] = LimitSeed;
        }
        return json;
    }

    public static DataRequest FromJson(JsonObject json) => new(
        json["set"]!.GetValue<string>(), json["target"]!.GetValue<string>(), json["max_sites"]?.GetValue<int>(), json["limit"]?.GetValue<int>(),
        json["limit_seed"]?.GetValue<ulong>() ?? 0)
    {
        OrderedOnly = json["ordered"]?.GetValue<bool>() ?? false,
        Filter = json["filter"] is JsonObject filter ? FilterFrom(filter) : null,
        Delta = json["delta"] is JsonObject delta
            ? new DeltaReference(delta["set"]!.GetValue<string>(), delta["column"]!.GetValue<string>())
            {
                Repeats = Enum.Parse<RepeatRule>(delta["repeats"]!.GetValue<string>()),
                Subtracts = delta["subtract"]!.GetValue<bool>(),
            }
            : null,
    };

    static JsonObject ToJson(RowFilter filter)
    {
        var json = new JsonObject();
        if (filter.Above is { } above) json["above"] = above;
        if (filter.Below is { } below) json["below"] = below;
        if (filter.Repeats != RepeatRule.Keep) json["repeats"] = filter.Repeats.ToString();
        if (filter.Sigma is { } sigma) json["sigma"] = sigma;
        if (filter.DropsPureElements) json["pure_elements"] = false;
        if (filter.Columns.Count > 0)
            json["columns"] = new JsonArray([.. filter.Columns.Select(range => (JsonNode)new JsonObject { ["column"] = range.Column, ["above"] = range.Above, ["below"] = range.Below })]);
        if (filter.OnlyKnownElements) json["elements"] = KnownElements;
        return json;
    }

    static RowFilter FilterFrom(JsonObject json) => new()
    {
        Above = json["above"]?.GetValue<double>(),
        Below = json["below"]?.GetValue<double>(),
        Repeats = json["repeats"] is { } rule ? Enum.Parse<RepeatRule>(rule.GetValue<string>()) : RepeatRule.Keep,
        Sigma = json["sigma"]?.GetValue<double>(),
        DropsPureElements = json["pure_elements"] is not null,
        OnlyKnownElements = json["elements"] is not null,
        Columns = json["columns"] is not JsonArray columns ? []
            : [.. columns.Select(range => new ColumnRange(range!["column"]!.GetValue<string>(), range["above"]?.GetValue<double>(), range["below"]?.GetValue<double>()))],
    };

    const string KnownElements = "ef86";
}
