using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using AtomSets.Dashboard;
using AtomSets.Studies;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace AtomSets.Storage.Tests.Dashboard;

/// <summary>The API as a whole: its description, events, data sets, models, predictions, reports.</summary>
public sealed partial class ApiTests(ServedStudies served) : IClassFixture<ServedStudies>
{
    const string Tiny = ServedStudies.Transfer;

    [PostgresFact]
    public async Task Every_route_is_described_and_nothing_else()
    {
        using var answer = await served.Http.GetAsync("api/openapi.json");
        var description = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("3.1.0", description.Text("openapi"));
        var described = description.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}")).ToList();

        await using var api = new DashboardApi(served.Sources);
        await using var web = DashboardServer.CreateBuilder(new IPEndPoint(IPAddress.Loopback, 0)).Build();
        api.Map(web, null);
        var mapped = ((IEndpointRouteBuilder)web).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Select(method => $"{method} /{endpoint.RoutePattern.RawText!.TrimStart('/')}"))
            .Except(["GET /healthz", "GET /readyz", "GET /metrics", "GET /api/openapi.json"]).ToList();
        Assert.True(mapped.Count > 30);
        Assert.Equal(mapped.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
        // Every reference leads somewhere, and every parameter of a path is declared.
        var text = description.GetRawText();
        Assert.All(Reference().Matches(text), match => Assert.True(description.GetProperty("components").GetProperty("schemas").TryGetProperty(match.Groups[1].Value, out _), match.Value));
        foreach (var path in description.GetProperty("paths").EnumerateObject())
        {
            var names = path.Value.EnumerateObject().First().Value.GetProperty("parameters").EnumerateArray().Where(parameter => parameter.Text("in") == "path").Select(parameter => $"{{{parameter.Text("name")}}}");
            Assert.Equal(path.Name.Split('/').Where(part => part.StartsWith('{')), names);
        }
        Assert.Equal("number", description.GetProperty("components").GetProperty("schemas").GetProperty("PairsAnswer").GetProperty("properties").GetProperty("rows").GetProperty("items").GetProperty("properties").GetProperty("ratio").GetProperty("type")[0].GetString());
    }

    [PostgresFact]
    public async Task Health_and_errors()
    {
        Assert.Equal((HttpStatusCode.OK, "ok"), await served.SendAsync(HttpMethod.Get, "/healthz"));
        Assert.Equal((HttpStatusCode.OK, "ok"), await served.SendAsync(HttpMethod.Get, "/readyz"));
        var (status, text) = await served.SendAsync(HttpMethod.Get, "/api/v1/studies/nosuch");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("'nosuch'", JsonDocument.Parse(text).RootElement.Text("detail"), StringComparison.Ordinal);
        (status, text) = await served.SendAsync(HttpMethod.Get, $"/api/v1/studies/{Tiny}/runs?limit=9999");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("limit=9999: must be a whole number of 1 to 1000", JsonDocument.Parse(text).RootElement.Text("detail"), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Events_end_with_the_study_and_are_not_repeated_to_who_knows_them()
    {
        var first = await EventsAsync($"/api/v1/studies/{Tiny}/events", 3, null);
        Assert.Equal(["progress", "results", "end"], first.Select(one => one.Event));
        Assert.Equal("finished", JsonDocument.Parse(first[0].Data).RootElement.Text("status"));
        Assert.Equal(17, JsonDocument.Parse(first[2].Data).RootElement.Number("finished"));
        // Who has heard of progress and results hears the end alone.
        var again = await EventsAsync($"/api/v1/studies/{Tiny}/events", 1, first[1].Id);
        Assert.Equal(["end"], again.Select(one => one.Event));

        var list = await EventsAsync("/api/v1/events", 2, null);
        Assert.Equal(["studies", "workers"], list.Select(one => one.Event));
        Assert.Equal(2, JsonDocument.Parse(list[0].Data).RootElement.GetProperty("studies").GetArrayLength());
    }

    [PostgresFact]
    public async Task A_running_study_is_seen_to_move_and_can_be_stopped()
    {
        var file = new StudyFile("""
            study: long
            targets:
              dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8, test: 8 }, sizes: [16] }
            models:
              net: { kind: megnet, embedding: 4, hidden: 6, width: 4, readout: 3, blocks: 1, gaussian_centres: 6, cutoff_angstrom: 3.5, gaussian_stop_angstrom: 4 }
            transfer: [scratch]
            training: { epochs: 1000000, patience: 1000000, batch_size: 8 }
            """, "long.yaml");
        await served.Engine.SubmitAsync(file, default);
        var moving = await EventsAsync("/api/v1/studies/long/events", 4, null, one => one.Event == "progress" && one.Data.Contains("\"epoch\":", StringComparison.Ordinal));
        var epochs = moving.Select(one => JsonDocument.Parse(one.Data).RootElement.GetProperty("workers").EnumerateArray().Select(worker => worker.Number("epoch")).DefaultIfEmpty(0).Max()).ToList();
        Assert.Equal(epochs.Order(), epochs);
        Assert.True(epochs[^1] > 0);
        Assert.Contains((await served.GetAsync("workers")).GetProperty("workers").EnumerateArray(), worker => worker.Text("study") == "long");

        var (status, text) = await served.SendAsync(HttpMethod.Post, "/api/v1/studies/long/cancel", "{}");
        Assert.Equal((HttpStatusCode.OK, "cancelled"), (status, JsonDocument.Parse(text).RootElement.Text("status")));
        Assert.Equal("cancelled", (await served.GetAsync("studies/long")).GetProperty("progress").Text("status"));
        await served.Engine.DeleteAsync("long", default);
    }

    [PostgresFact]
    public async Task Data_sets_have_distributions_and_say_what_was_refused()
    {
        Assert.Contains((await served.GetAsync("datasets")).GetProperty("datasets").EnumerateArray(), set => set.Text("name") == "ionic" && set.Flag("isHere"));
        var column = (await served.GetAsync("datasets/ionic:60:2")).GetProperty("columns").EnumerateArray().Single(column => column.Text("name") == "lattice_energy_ev_atom");
        Assert.Equal((60, "eV/atom"), (column.Number("count"), column.Text("unit")));
        var histogram = await served.GetAsync("datasets/ionic:60:2/histogram?column=lattice_energy_ev_atom&bins=7");
        Assert.Equal((7, 8, 60), (histogram.GetProperty("counts").GetArrayLength(), histogram.GetProperty("edges").GetArrayLength(), histogram.GetProperty("counts").EnumerateArray().Sum(count => count.GetInt32())));
        Assert.Equal((column.Real("min"), column.Real("max")), (histogram.GetProperty("edges")[0].GetDouble(), histogram.GetProperty("edges")[7].GetDouble()));
        Assert.Equal(0, (await served.GetAsync("datasets/ionic:60:2/refused")).Number("total"));
        Assert.Equal(HttpStatusCode.BadRequest, (await served.SendAsync(HttpMethod.Get, "/api/v1/datasets/ionic:60:2/histogram?column=nosuch")).Status);
    }

    [PostgresFact]
    public async Task Models_are_shown_and_predict_as_the_trial_that_trained_them()
    {
        var models = (await served.GetAsync("models")).GetProperty("models").EnumerateArray().Where(model => model.Text("origin") == "trial").ToList();
        var details = await ((IStudyDirectory)served.Engine).ShowAsync(Tiny, default);
        var node = details.Nodes.First(node => node.Node.StartsWith("transfer/dear/full", StringComparison.Ordinal) && node.Kind == "train" && node.Labels["rows"] == "16");
        Assert.Contains(models, model => model.Text("trial") == node.Key!.Value.Hex);
        var model = await served.GetAsync($"models/{node.Key!.Value.Short}");
        Assert.Equal(("megnet", "structure", "eV/atom"), (model.Text("kind"), model.Text("needs"), model.Text("unit")));
        Assert.Equal(6, model.GetProperty("settings").Number("hidden"));
        Assert.NotEmpty(model.GetProperty("parents").EnumerateArray());

        var test = details.Nodes.First(one => one.Kind == "evaluate" && one.Node.StartsWith(node.Node, StringComparison.Ordinal));
        var known = (await served.Sources.Ledger.PredictionsAsync(test.Key!.Value, default)).Where(prediction => prediction.Set == RowSet.Test);
        var (structure, predicted, value) = ("", default(JsonElement), double.NaN);
        foreach (var prediction in known)
        {
            var crystal = (await served.GetAsync($"studies/{Tiny}/material?data=ionic&id={prediction.MaterialId}")).GetProperty("crystal");
            structure = JsonSerializer.Serialize(new
            {
                lattice = new { matrix = crystal.GetProperty("lattice") },
                sites = crystal.GetProperty("sites").EnumerateArray().Select(site => new { species = new[] { new { element = site.Text("element"), occu = 1 } }, abc = site.GetProperty("fractional") }),
            });
            var (code, body) = await PredictAsync(new { model = node.Key!.Value.Short, structure, fileName = "x.json" });
            (predicted, value) = (JsonDocument.Parse(body).RootElement, prediction.Value);
            if (code == HttpStatusCode.OK) break;
            // Sixteen crystals do not show a model every element.
            Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
            Assert.Contains("has never seen the element", body, StringComparison.Ordinal);
        }
        Assert.Equal(value, predicted.Real("value"), 3);
        // Eight validation rows are too few for an interval of 90 %, and enough for one of 50 %.
        Assert.Equal(JsonValueKind.Null, predicted.GetProperty("low").ValueKind);
        Assert.Contains("validation rows", predicted.Text("note"), StringComparison.Ordinal);
        var (_, text) = await PredictAsync(new { model = node.Key!.Value.Short, structure, fileName = "x.json", interval = 0.5 });
        var answer = JsonDocument.Parse(text).RootElement;
        Assert.True(answer.Real("low") < answer.Real("value") && answer.Real("value") < answer.Real("high"), text);
        // Without a name the content tells the format.
        Assert.Equal(HttpStatusCode.OK, (await PredictAsync(new { model = node.Key!.Value.Short, structure })).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await PredictAsync(new { model = node.Key!.Value.Short, formula = "NaCl" })).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await PredictAsync(new { model = node.Key!.Value.Short, structure = "data_x", fileName = "x.cif" })).Status);
    }

    [PostgresFact]
    public async Task A_report_holds_the_answers_of_the_api_and_nothing_ends_its_element()
    {
        await using var api = new DashboardApi(served.Sources);
        var page = await api.ReportAsync(Tiny, default);
        var script = Data().Match(page).Groups["json"].Value;
        Assert.DoesNotContain("<b>", script, StringComparison.Ordinal);
        var data = JsonDocument.Parse(script).RootElement;
        Assert.Equal((Tiny, 1), (data.Text("study"), data.Number("format")));
        var answers = data.GetProperty("answers");
        foreach (var path in new[] { $"studies/{Tiny}/scaling", $"studies/{Tiny}/pairs", $"studies/{Tiny}/configurations?limit=1000", $"studies/{Tiny}/parity?target=dear&limit=5000", $"studies/{Tiny}/plan" })
            Assert.True(JsonElement.DeepEquals(await served.GetAsync(path), answers.GetProperty($"/api/v1/{path}")), path);
        Assert.Equal("A <b>tiny</b> study & its transfer", answers.GetProperty($"/api/v1/studies/{Tiny}").Text("description"));
        Assert.Equal(5, answers.EnumerateObject().Count(answer => answer.Name.Contains("/material?", StringComparison.Ordinal) && answer.Value.GetProperty("crystal").ValueKind == JsonValueKind.Object));
        await Assert.ThrowsAsync<StudyNotFoundException>(() => api.ReportAsync("nosuch", default));
    }

    Task<(HttpStatusCode Status, string Text)> PredictAsync(object body) => served.SendAsync(HttpMethod.Post, "/api/v1/predict", JsonSerializer.Serialize(body));

    /// <summary>Listens until so many wanted events have come, or the stream ends.</summary>
    async Task<List<(string Id, string Event, string Data)>> EventsAsync(string path, int count, string? lastId, Func<(string Id, string Event, string Data), bool>? isWanted = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastId is not null) request.Headers.Add("Last-Event-ID", lastId);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var answer = await served.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(limit.Token));
        var events = new List<(string Id, string Event, string Data)>();
        var (id, name, data) = ("", "", "");
        while (events.Count < count && await reader.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
            else if (line.Length == 0 && name.Length > 0)
            {
                if (isWanted is null || isWanted((id, name, data))) events.Add((id, name, data));
                (name, data) = ("", "");
            }
        }
        return events;
    }

    [GeneratedRegex("\"#/components/schemas/(\\w+)\"")]
    private static partial Regex Reference();

    [GeneratedRegex("<script type=\"application/json\" id=\"atomsets-data\">(?<json>.*?)</script>", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Data();
}
