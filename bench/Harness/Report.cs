using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AtomSets.Bench;

/// <summary>Prints measurements.</summary>
static class Report
{
    static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Header => Line("name", "ours", "peer", "unit", "ratio", "spread", "of peak", "note");

    public static string Legend =>
        "ratio: the peer's time over ours, median of pairs of neighbouring runs; spread: interquartile range over median; of peak: arithmetic over what one core can do";

    public static string Row(Measurement m) => Line(
        m.Name, Number(m.Ours), m.Peer is { } peer ? Number(peer) : "-", m.Unit, m.Ratio is { } ratio ? ratio.ToString("F2", CultureInfo.InvariantCulture) + "x" : "-",
        Percent(m.Spread), m.ShareOfPeak is { } share ? Percent(share) : "-", m.Note);

    public static string ToJson(IEnumerable<Measurement> all) => new JsonArray([.. all.Select(m => new JsonObject
    {
        ["name"] = m.Name, ["ours"] = m.Ours, ["peer"] = m.Peer, ["unit"] = m.Unit, ["ratio"] = m.Ratio, ["spread"] = m.Spread, ["share_of_peak"] = m.ShareOfPeak,
        ["runs"] = m.Runs, ["note"] = m.Note,
    })]).ToJsonString(Json);

    public static string ListToJson(IEnumerable<NamedRow> rows) => new JsonArray([.. rows.Select(row => new JsonObject
    {
        ["name"] = row.Name, ["about"] = row.About, ["usual"] = row.Row.IsUsual,
    })]).ToJsonString(Json);

    static string Line(string name, string ours, string peer, string unit, string ratio, string spread, string share, string note) =>
        $"{name,-20} {ours,10} {peer,10} {unit,-11} {ratio,8} {spread,7} {share,8}  {note}";

    static string Percent(double share) => share.ToString("P0", CultureInfo.InvariantCulture);

    static string Number(double value) => value.ToString(value >= 1000 ? "F0" : "G4", CultureInfo.InvariantCulture);
}
