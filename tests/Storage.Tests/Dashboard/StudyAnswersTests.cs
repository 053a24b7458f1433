using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AtomSets.Dashboard;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Storage.Tests.Dashboard;

/// <summary>What the API says about studies and their results is what the database and the queries of <c>results</c> say.</summary>
public sealed class StudyAnswersTests(ServedStudies served) : IClassFixture<ServedStudies>
{
    const string Tiny = ServedStudies.Transfer, Pruned = ServedStudies.Search;

    [PostgresFact]
    public async Task The_list_and_one_study()
    {
        var list = (await served.GetAsync("studies")).GetProperty("studies").EnumerateArray().ToList();
        Assert.Equal([Pruned, Tiny], list.Select(study => study.Text("name")));
        Assert.All(list, study => Assert.Equal("finished", study.Text("status")));
        Assert.All(list, study => Assert.Equal(study.Number("nodes"), study.Number("finished")));

        var tiny = await served.GetAsync($"studies/{Tiny}");
        Assert.Equal("A <b>tiny</b> study & its transfer", tiny.Text("description"));
        Assert.Contains("study: tiny", tiny.Text("source"), StringComparison.Ordinal);
        var target = Assert.Single(tiny.GetProperty("targets").EnumerateArray());
        Assert.Equal(("dear", "ionic", "lattice_energy_ev_atom", "eV/atom", "mae"), (target.Text("name"), target.Text("dataSet"), target.Text("property"), target.Text("unit"), target.Text("metric")));
        Assert.Equal([8, 16], target.GetProperty("sizes").EnumerateArray().Select(size => size.GetInt64()));
        Assert.Equal(["scratch", "full"], target.GetProperty("modes").EnumerateArray().Select(mode => mode.GetString()));
        Assert.Equal("cheap", Assert.Single(tiny.GetProperty("sources").EnumerateArray()).Text("name"));
        // One pre-training, 2 ways × 2 sizes × 2 seeds, each tested.
        var progress = tiny.GetProperty("progress");
        Assert.Equal((17, 17, 0, "finished"), (progress.Number("trials"), progress.Number("finished"), progress.Number("failed"), progress.Text("status")));
        Assert.Equal(8, Assert.Single(tiny.GetProperty("looks").EnumerateArray()).Number("studyLooks"));
        var has = tiny.GetProperty("has");
        Assert.Equal((true, true, false, true, false), (has.Flag("scaling"), has.Flag("pairs"), has.Flag("searches"), has.Flag("parity"), has.Flag("groups")));
    }

    [PostgresTheory]
    [InlineData(Tiny)]
    [InlineData(Pruned)]
    public async Task What_is_counted_of_a_study_is_what_its_log_tells(string study)
    {
        var whole = (await served.GetAsync($"studies/{study}")).GetProperty("progress");
        Assert.True(whole.Flag("complete"));
        var summary = (await served.Engine.ListAsync(default)).Single(one => one.Name == study);
        var counted = JsonSerializer.SerializeToElement(ProgressAnswer.Of(await StepCounts.OfAsync(served.Database, study, default), summary, DateTimeOffset.UnixEpoch), ApiJson.Options);
        Assert.False(counted.Flag("complete"));
        foreach (var name in new[] { "trials", "finished", "failed", "blocked", "skipped", "running", "waiting", "waitingForParents", "elapsed" })
            Assert.Equal(whole.GetProperty(name).GetRawText(), counted.GetProperty(name).GetRawText());
    }

    [PostgresFact]
    public async Task A_header_that_need_not_be_complete_does_not_wait_for_the_log()
    {
        var sources = served.Sources with { Studies = new UnreadStudies(served.Engine) };
        await using var server = await DashboardServer.StartAsync(sources, new IPEndPoint(IPAddress.Loopback, 0), null, default);
        async Task<JsonElement> AskAsync(string path) => JsonDocument.Parse(await served.Http.GetStringAsync(new Uri(server.Address, $"api/v1/{path}"))).RootElement;
        var (quick, whole) = (await AskAsync($"studies/{Tiny}?quick=true"), await served.GetAsync($"studies/{Tiny}"));
        Assert.False(quick.GetProperty("progress").Flag("complete"));
        Assert.Equal(17, quick.GetProperty("progress").Number("finished"));
        foreach (var name in new[] { "targets", "sources", "has", "facts", "looks", "missing", "source" }) Assert.Equal(whole.GetProperty(name).GetRawText(), quick.GetProperty(name).GetRawText());
        // What is told of workers does not wait for it either.
        var workers = await AskAsync("workers");
        Assert.Empty(workers.GetProperty("workers").EnumerateArray());
        Assert.NotEmpty(workers.GetProperty("devices").EnumerateArray());
    }

    /// <summary>Studies that run, and whose logs take for ever to read.</summary>
    sealed class UnreadStudies(IStudyDirectory studies) : IStudyDirectory
    {
        public async IAsyncEnumerable<StudyProgress> WatchAsync(string study, [EnumeratorCancellation] CancellationToken cancellation)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
            yield break;
        }

        public async Task<IReadOnlyList<StudySummary>> ListAsync(CancellationToken cancellation) =>
            [.. (await studies.ListAsync(cancellation)).Select(study => study with { Header = study.Header with { Status = StudyStatus.Running } })];

        public Task<StudyDetails> ShowAsync(string study, CancellationToken cancellation) => studies.ShowAsync(study, cancellation);

        public Task CancelAsync(string study, CancellationToken cancellation) => studies.CancelAsync(study, cancellation);
    }

    [PostgresFact]
    public async Task The_plan_is_a_graph_of_alike_steps()
    {
        var plan = await served.GetAsync($"studies/{Tiny}/plan");
        var nodes = plan.GetProperty("nodes").EnumerateArray().ToDictionary(node => node.Text("label") + " " + node.Text("kind"), StringComparer.Ordinal);
        Assert.Equal(5, nodes.Count);
        Assert.Equal((1, 0), (nodes["pretrain cheap (net) train"].Number("finished"), nodes["pretrain cheap (net) train"].Number("depth")));
        var full = nodes["dear full from cheap (net) train"];
        Assert.Equal((4, 4, 1), (full.Number("count"), full.Number("finished"), full.Number("depth")));
        var edge = Assert.Single(plan.GetProperty("edges").EnumerateArray(), edge => edge.Text("to") == full.Text("id"));
        Assert.Equal((nodes["pretrain cheap (net) train"].Text("id"), 4), (edge.Text("from"), edge.Number("count")));

        var steps = await served.GetAsync($"studies/{Tiny}/steps?group={Uri.EscapeDataString(full.Text("id"))}&limit=3");
        Assert.Equal((4, 3), (steps.Number("total"), steps.GetProperty("rows").GetArrayLength()));
        Assert.All(steps.GetProperty("rows").EnumerateArray(), step => Assert.Equal("full", step.GetProperty("labels").Text("mode")));
        var decisions = await served.GetAsync($"studies/{Tiny}/decisions?limit=1");
        Assert.Contains("ended well", Assert.Single(decisions.GetProperty("rows").EnumerateArray()).Text("text"), StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Curves_fits_and_pairs_are_those_of_the_rows()
    {
        var rows = await new ResultQueries(served.Database).RowsAsync(new ResultFilter { Studies = [Tiny], FinishedOnly = true, Roles = ["transfer"] }, 1000, default);
        double[] Errors(string mode, long size) => [.. rows.Where(row => row.Mode == mode && row.Size == size).Select(row => row.TestError!.Value)];
        var target = Assert.Single((await served.GetAsync($"studies/{Tiny}/scaling?forError=0.5")).GetProperty("targets").EnumerateArray());
        Assert.True(target.Flag("isTest"));
        foreach (var mode in new[] { "scratch", "full" })
        {
            var curve = target.GetProperty("curves").EnumerateArray().Single(curve => curve.Text("mode") == mode);
            foreach (var point in curve.GetProperty("points").EnumerateArray())
            {
                var errors = Errors(mode, point.Number("size"));
                Assert.Equal(2, errors.Length);
                Assert.Equal(errors.Average(), point.Real("mean"), 12);
                Assert.Equal(Math.Abs(errors[0] - errors[1]) / 2, point.Real("standardError"), 12);
            }
            // With two sizes the law goes through the means of the logarithms.
            var (small, large) = (Errors(mode, 8).Average(Math.Log10), Errors(mode, 16).Average(Math.Log10));
            var fit = curve.GetProperty("fit");
            Assert.Equal((small - large) / Math.Log10(2), fit.Real("slope"), 9);
            Assert.Equal(small, Math.Log10(fit.GetProperty("line")[0].Real("error")), 9);
            Assert.Equal(0.5, fit.GetProperty("wanted").Real("error"));
        }
        var pairs = await served.GetAsync($"studies/{Tiny}/pairs");
        Assert.Equal(4, pairs.Number("pairs"));
        var wins = rows.Where(row => row.Mode == "full").Count(row => row.TestError < rows.Single(other => other.Mode == "scratch" && (other.Size, other.Seed) == (row.Size, row.Seed)).TestError);
        Assert.Equal(wins, pairs.Number("wins"));
        Assert.Equal(Errors("full", 8).Average() / Errors("scratch", 8).Average(), pairs.GetProperty("rows").EnumerateArray().Single(row => row.Number("size") == 8).Real("ratio"), 12);
        var facets = await served.GetAsync($"studies/{Tiny}/facets?by=mode&size=16");
        Assert.Equal(Errors("full", 16).Average(), facets.GetProperty("rows").EnumerateArray().Single(row => row.Text("value") == "full").Real("mean"), 12);
        var metrics = await served.GetAsync($"studies/{Tiny}/metrics");
        Assert.Equal(Errors("full", 16).Average(), metrics.GetProperty("rows").EnumerateArray().Single(row => (row.Text("way"), row.Text("rows"), row.Text("metric")) == ("full", "16", "mae")).Real("mean"), 12);
        var ensembles = await served.GetAsync($"studies/{Tiny}/ensembles");
        Assert.Equal(Errors("full", 16).Average(), ensembles.GetProperty("rows").EnumerateArray().Single(row => (row.Text("mode"), row.Text("rows")) == ("full", "16")).Real("single"), 9);
    }

    [PostgresFact]
    public async Task Configurations_are_sorted_filtered_grouped_and_paged()
    {
        var all = await served.GetAsync($"studies/{Tiny}/configurations?sort=test&descending=true&group=mode");
        Assert.Equal(5, all.Number("total"));
        var tests = all.GetProperty("rows").EnumerateArray().Where(row => row.GetProperty("test").ValueKind == JsonValueKind.Number).Select(row => row.Real("test")).ToList();
        Assert.Equal(4, tests.Count);
        Assert.Equal(tests.OrderDescending(), tests);
        var groups = all.GetProperty("groups").EnumerateArray().ToDictionary(group => group.Text("value"), StringComparer.Ordinal);
        Assert.Equal((2, 4), (groups["full"].Number("configurations"), groups["full"].Number("runs")));
        var full = all.GetProperty("rows").EnumerateArray().Where(row => row.Text("mode") == "full").MinBy(row => row.Real("validation"));
        Assert.Equal((full.Real("validation"), full.Real("test")), (groups["full"].Real("validation"), groups["full"].Real("test")));
        var page = await served.GetAsync($"studies/{Tiny}/configurations?mode=full&offset=1&limit=1&text=N16");
        Assert.Equal((1, 0), (page.Number("total"), page.GetProperty("rows").GetArrayLength()));

        var searched = await served.GetAsync($"studies/{Pruned}/configurations?sort=settings.learning_rate&limit=1000");
        Assert.Equal(["learning_rate"], searched.GetProperty("settings").EnumerateArray().Select(name => name.GetString()));
        var rates = searched.GetProperty("rows").EnumerateArray().Select(row => double.Parse(row.GetProperty("settings").Text("learning_rate"), CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(9, rates.Count);
        Assert.Equal(rates.Order(), rates);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, (await served.SendAsync(HttpMethod.Get, $"/api/v1/studies/{Tiny}/configurations?sort=1;drop")).Status);

        var runs = await served.GetAsync($"studies/{Tiny}/runs?mode=full&size=8&seed=2");
        var run = Assert.Single(runs.GetProperty("rows").EnumerateArray());
        Assert.Equal(("finished", 2), (run.Text("status"), run.Number("seed")));
    }

    [PostgresFact]
    public async Task Learning_curves_keep_their_best_and_last_epochs_when_thinned_out()
    {
        var fine = (await served.GetAsync($"studies/{Tiny}/curves")).GetProperty("curves").EnumerateArray().ToDictionary(curve => curve.Text("trial"), StringComparer.Ordinal);
        var coarse = await served.GetAsync($"studies/{Tiny}/curves?points=2");
        Assert.Equal(fine.Count, coarse.Number("total"));
        Assert.Contains(fine.Values, curve => curve.GetProperty("epoch").GetArrayLength() == 4);
        foreach (var curve in coarse.GetProperty("curves").EnumerateArray())
        {
            var (all, few) = (fine[curve.Text("trial")], curve.GetProperty("epoch").EnumerateArray().Select(epoch => epoch.GetInt32()).ToList());
            Assert.True(few.Count <= 2);
            Assert.Equal(all.GetProperty("epoch").EnumerateArray().Last().GetInt32(), few[^1]);
            Assert.Equal(all.GetProperty("validation").EnumerateArray().Min(error => error.GetDouble()), curve.GetProperty("validation").EnumerateArray().Min(error => error.GetDouble()));
        }
        var trial = fine.Keys.First();
        Assert.Equal(trial, Assert.Single((await served.GetAsync($"studies/{Tiny}/curves?trial={trial[..10]}")).GetProperty("curves").EnumerateArray()).Text("trial"));
    }

    [PostgresFact]
    public async Task Searches_say_what_was_pruned_and_kept_and_what_mattered()
    {
        var search = Assert.Single((await served.GetAsync($"studies/{Pruned}/searches")).GetProperty("searches").EnumerateArray());
        Assert.Equal(("random", 9, 9), (search.Text("sampler"), search.Number("draws"), search.Number("ended")));
        var draws = search.GetProperty("trials").EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(0, 9), draws.Select(draw => (int)draw.Number("draw")));
        var first = search.GetProperty("rungs")[0];
        Assert.Equal((9, 1), (first.Number("reached"), first.Number("epochs")));
        Assert.Equal((1, first.Number("pruned")), (draws.Count(draw => draw.Text("state") == "kept"), draws.Count(draw => draw.GetProperty("scores").GetArrayLength() == 1 && draw.Text("state") == "pruned")));
        Assert.InRange(first.Number("pruned"), 1, 8);
        var kept = draws.Single(draw => draw.Text("state") == "kept");
        Assert.Equal(kept.GetProperty("settings").Text("learning_rate"), search.GetProperty("kept").Text("learning_rate"));
        Assert.Equal(kept.GetProperty("scores").EnumerateArray().Last().Real("validation"), search.Real("keptValidation"));
        Assert.Equal(JsonValueKind.Number, search.GetProperty("keptTest").ValueKind);

        var importance = Assert.Single((await served.GetAsync($"studies/{Pruned}/importance")).GetProperty("searches").EnumerateArray());
        Assert.Equal((9, 1), (importance.Number("draws"), importance.Number("epochs")));
        var rate = Assert.Single(importance.GetProperty("parameters").EnumerateArray());
        Assert.Equal(("learning_rate", "number", true), (rate.Text("name"), rate.Text("kind"), rate.Flag("isLog")));
        Assert.Equal(9, rate.GetProperty("bins").EnumerateArray().Sum(bin => bin.Number("count")));
        Assert.InRange(rate.Real("importance"), 0, 1);
    }

    [PostgresFact]
    public async Task Materials_have_their_predictions_formulas_and_crystals()
    {
        var parity = await served.GetAsync($"studies/{Tiny}/parity?mode=full&size=16");
        Assert.Equal((8, "ready"), (parity.Number("total"), parity.Text("formulas")));
        var details = await ((IStudyDirectory)served.Engine).ShowAsync(Tiny, default);
        var sums = new Dictionary<string, (double Sum, double Truth, int Count)>(StringComparer.Ordinal);
        foreach (var node in details.Nodes.Where(node => node.Kind == "evaluate" && node.Labels["mode"] == "full" && node.Labels["rows"] == "16"))
        {
            foreach (var prediction in await served.Sources.Ledger.PredictionsAsync(node.Key!.Value, default))
            {
                var sum = sums.GetValueOrDefault(prediction.MaterialId);
                if (prediction.Set == RowSet.Test) sums[prediction.MaterialId] = (sum.Sum + prediction.Value, prediction.Truth, sum.Count + 1);
            }
        }
        foreach (var row in parity.GetProperty("rows").EnumerateArray())
        {
            var (sum, truth, count) = sums[row.Text("material")];
            Assert.Equal((2, truth), (row.Number("evaluations"), row.Real("truth")));
            Assert.Equal(sum / count, row.Real("predicted"), 12);
        }
        Assert.Equal(sums.Values.Average(one => Math.Abs(one.Sum / one.Count - one.Truth)), parity.Real("mae"), 9);

        var worst = (await served.GetAsync($"studies/{Tiny}/worst?limit=3")).GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal(3, worst.Count);
        Assert.Equal(worst.Select(row => row.Real("meanError")).OrderDescending(), worst.Select(row => row.Real("meanError")));
        var material = await served.GetAsync($"studies/{Tiny}/material?data={worst[0].Text("dataSet")}&id={worst[0].Text("material")}");
        Assert.Equal(worst[0].Text("formula"), material.Text("formula"));
        Assert.Equal(worst[0].Real("truth"), material.GetProperty("values").Real("lattice_energy_ev_atom"), 12);
        var crystal = material.GetProperty("crystal");
        var sites = crystal.GetProperty("sites").EnumerateArray().ToList();
        Assert.InRange(sites.Count, 1, 8);
        var (lattice, site) = (crystal.GetProperty("lattice"), sites[^1]);
        for (var k = 0; k < 3; k++)
            Assert.Equal(Enumerable.Range(0, 3).Sum(i => site.GetProperty("fractional")[i].GetDouble() * lattice[i][k].GetDouble()), site.GetProperty("cartesian")[k].GetDouble(), 9);

        var elements = (await served.GetAsync($"studies/{Tiny}/elements")).GetProperty("elements").EnumerateArray().ToList();
        Assert.Equal(elements.Select(element => element.Number("number")).Order(), elements.Select(element => element.Number("number")));
        Assert.Contains(elements, element => worst[0].Text("formula").Contains(element.Text("symbol"), StringComparison.Ordinal));
    }
}
