using System.Text.Json;
using System.Text.Json.Nodes;
using AtomSets.Materials;

namespace AtomSets.Dashboard;

/// <summary>A study in one file that opens from disk: the pages' own charts, with the API's answers put in.</summary>
/// <param name="routes">The API.</param>
/// <param name="pages">Hold the page that shows it.</param>
sealed class StudyReport(IReadOnlyList<ApiRoute> routes, PageAssets pages)
{
    const int Crystals = 5;

    const string Place = "<!--atomsets-data-->";

    /// <summary>What stands for the page in a program that was built without it: the numbers are there, the charts are not.</summary>
    const string Absent = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>AtomSets Cluster</title><p>This report was written by a program that was built without its pages (npm was missing), and has no charts: its numbers are in this file, as JSON.</p>" + Place + "</html>";

    static readonly string[] s_questions =
    [
        "/plan", "/configurations?limit=1000", "/importance", "/curves?points=60&limit=300", "/searches", "/scaling", "/pairs", "/facets?by=layer", "/facets?by=source", "/groups", "/metrics", "/ensembles", "/discovery", "/worst?limit=20",
    ];

    /// <summary>The whole file.</summary>
    /// <exception cref="Studies.StudyNotFoundException"/>
    public async Task<string> WriteAsync(string study, DateTimeOffset now, CancellationToken cancellation)
    {
        var data = new JsonObject
        {
            ["format"] = 1, ["study"] = study, ["generated"] = now.ToString("O"), ["version"] = DashboardApi.Version, ["answers"] = await AnswersAsync(study, cancellation),
        };
        // The serialiser escapes < and &, so that no text of a study ends the element.
        var script = $"<script type=\"application/json\" id=\"atomsets-data\">{data.ToJsonString(ApiJson.Options)}</script>";
        return (pages.ReportPage() ?? Absent).Replace(Place, script, StringComparison.Ordinal);
    }

    /// <summary>Answers by address.</summary>
    public async Task<JsonObject> AnswersAsync(string study, CancellationToken cancellation)
    {
        var answers = new JsonObject();
        var root = $"/studies/{study}";
        await AskAsync(answers, "/info", cancellation);
        var about = await AskAsync(answers, root, cancellation);
        foreach (var question in s_questions) await AskAsync(answers, root + question, cancellation);
        foreach (var target in about!["targets"]!.AsArray().Select(target => Uri.EscapeDataString(target!["name"]!.GetValue<string>())))
        {
            await AskAsync(answers, $"{root}/parity?target={target}&limit=5000", cancellation);
            await AskAsync(answers, $"{root}/elements?target={target}", cancellation);
        }
        foreach (var set in answers[$"{ApiRoute.Prefix}{root}/worst?limit=20"]!["rows"]!.AsArray().Select(row => (Set: row!["dataSet"]?.GetValue<string>(), Id: row["material"]!.GetValue<string>(), Rank: row["rank"]!.GetValue<long>()))
            .Where(row => row.Set is not null && row.Rank <= Crystals).Distinct())
        {
            try
            {
                await AskAsync(answers, $"{root}/material?data={Uri.EscapeDataString(set.Set!)}&id={Uri.EscapeDataString(set.Id)}", cancellation);
            }
            catch (Exception e) when (e is ApiException or InputException)
            {
                // Its data are not here any more: a report without that crystal is still one.
            }
        }
        return answers;
    }

    async Task<JsonNode?> AskAsync(JsonObject answers, string address, CancellationToken cancellation)
    {
        var (path, query) = address.Split('?', 2) is [var before, var after] ? (before, after) : (address, "");
        var parameters = query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]), StringComparer.Ordinal);
        foreach (var route in routes)
        {
            if (route.Body is not null || Match(route.Path, path) is not { } values) continue;
            var answer = await route.HandleAsync(new ApiRequest(values.GetValueOrDefault, parameters.GetValueOrDefault, cancellation));
            return answers[ApiRoute.Prefix + address] = JsonSerializer.SerializeToNode(answer, route.Answer, ApiJson.Options);
        }
        throw new InvalidOperationException($"no route answers {address}");
    }

    static Dictionary<string, string>? Match(string template, string path)
    {
        var (parts, given, values) = (template.Split('/'), path.Split('/'), new Dictionary<string, string>(StringComparer.Ordinal));
        if (parts.Length != given.Length) return null;
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].StartsWith('{')) values[parts[i].Trim('{', '}')] = Uri.UnescapeDataString(given[i]);
            else if (parts[i] != given[i]) return null;
        }
        return values;
    }
}
