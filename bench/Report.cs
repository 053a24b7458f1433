using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AtomSets.Bench;

/// <summary>Prints measurements.</summary>
static class Report
{
    static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Header => Line("benchmark", "ours", "peer", "unit", "ratio", "spread", "runs");

    public static string Row(Measurement m) => Line(
        m.Name, Number(m.Ours), m.Peer is { } peer ? Number(peer) : "-", m.Unit, m.Ratio is { } ratio ? ratio.ToString("F2", CultureInfo.InvariantCulture) + "x" : "-",
        m.Spread.ToString("P0", CultureInfo.InvariantCulture), m.Runs.ToString(CultureInfo.InvariantCulture));

    public static string ToJson(IEnumerable<Measurement> all) => new JsonArray([.. all.Select(m => new JsonObject
    {
        ["name"] = m.Name, ["ours"] = m.Ours, ["peer"] = m.Peer, ["unit"] = m.Unit, ["ratio"] = m.Ratio, ["spread"] = m.Spread, ["runs"] = m.Runs, ["note"] = m.Note,
    })]).ToJsonString(Json);

    static string Line(string name, string ours, string peer, string unit, string ratio, string spread, string runs) =>
        $"{name,-18} {ours,10} {peer,10} {unit,-11} {ratio,8} {spread,7} {runs,5}";

    static string Number(double value) => value.ToString(value >= 1000 ? "F0" : "G4", CultureInfo.InvariantCulture);
}
