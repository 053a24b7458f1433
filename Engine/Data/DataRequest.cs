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
    public DataSetQuery ToQuery() => new() { Targets = [Target], MaxSites = MaxSites, Limit = Limit, LimitSeed = Limit is null ? 0 : LimitSeed };

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["set"] = Set, ["target"] = Target };
        if (MaxSites is { } sites) json["max_sites"] = sites;
        if (Limit is { } limit)
        {
            json["limit"] = limit;
            json["limit_seed"] = LimitSeed;
        }
        return json;
    }

    public static DataRequest FromJson(JsonObject json) => new(
        json["set"]!.GetValue<string>(), json["target"]!.GetValue<string>(), json["max_sites"]?.GetValue<int>(), json["limit"]?.GetValue<int>(),
        json["limit_seed"]?.GetValue<ulong>() ?? 0);
}
