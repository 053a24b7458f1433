using AtomSets.Engine;
using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Dashboard;

/// <summary>Questions about what a study found.</summary>
sealed class ResultQuestions(DashboardSources sources, StudyCatalog studies, StudyWatches watches, ResultRows results)
{
    const int MostConfigurations = 1000, MostCurves = 5000, MostPoints = 1000;

    static readonly ApiParameter s_error = ApiParameter.Number("forError", "An error whose size is asked for, in the target's unit."),
        s_by = new("by", "string", "What tells rows apart.", "layer", Words: FacetsAnswer.Names),
        s_sort = ApiParameter.Text("sort", "A column, or settings.NAME; default: plan order."), s_descending = ApiParameter.Flag("descending", "The largest first."),
        s_text = ApiParameter.Text("text", "Only rows with this in their id or settings."), s_group = ApiParameter.Text("group", "A column to sum up by."),
        s_configuration = ApiParameter.Text("configuration", "Only the runs of this configuration."), s_rows = ApiParameter.Limit(100, MostConfigurations),
        s_points = ApiParameter.Count("points", "Points of a curve at most.", 100, 2, MostPoints), s_curves = ApiParameter.Limit(500, MostCurves), s_trial = ApiParameter.Text("trial", "Only the trial whose key begins so."),
        s_kept = ApiParameter.Flag("kept", "Only runs that were tested."), s_scratch = new("scratch", "string", "Group from scratch.", "SC"), s_transfer = new("transfer", "string", "Group by transfer.", "TL"),
        s_best = ApiParameter.Text("best", "Group of everything.");

    readonly AnswerCache _answers = new();

    public IEnumerable<ApiRoute> Routes =>
    [
        About("scaling", "Error against training size, with power laws, intervals and what transfer saves.", async (request, details) => ScalingAnswer.Of(await RowsAsync(request, details), request.Number(s_error)), s_error),
        About("pairs", "Transfer beside training from scratch: pairs of the same size, fold and seed.", async (request, details) => PairsAnswer.Of(await RowsAsync(request, details))),
        About("facets", "Errors by layer, source, model, mode or weights.", async (request, details) => FacetsAnswer.Of(details, await RowsAsync(request, details), request.Text(s_by)!), s_by),
        About("importance", "How much each searched setting decides the error.", async (request, details) => ImportanceAnswer.Of(await RowsAsync(request, details))),
        Live("searches", "Searches: rungs, what was pruned, what was kept.", async (request, details) => SearchesAnswer.Of(details, await watches.NowAsync(details.Summary, request.Cancellation), await RowsAsync(request, details))),
        Live("configurations", "The table of configurations, sorted, filtered, grouped and paged.", ConfigurationsAsync, ApiParameter.ConfigurationFilter, s_sort, s_descending, s_text, s_group, ApiParameter.Offset, s_rows),
        Live("runs", "Single runs, in plan order.", RunsAsync, s_configuration, ApiParameter.Offset, s_rows),
        Live("curves", "Learning curves, thinned out; running trials included.", CurvesAsync, s_points, s_trial, s_kept, ApiParameter.Offset, s_curves),
        About("groups", "Winners of the study's groups beside baselines and published errors.",
            async (request, details) => GroupsAnswer.Of(await GroupOutcome.OfAsync(details, sources.Ledger, request.Cancellation), sources.Data.Registry, request.Text(s_scratch)!, request.Text(s_transfer)!, request.Text(s_best)), s_scratch, s_transfer, s_best),
        About("metrics", "Every figure of merit of every way that was tested.", async (request, details) => MetricsAnswer.Of(await MetricOutcome.OfAsync(details, sources.Ledger, sources.Data.Registry, request.Cancellation))),
        About("ensembles", "What the mean of several models reaches.", async (request, details) => EnsemblesAnswer.Of(await EnsembleOutcome.OfAsync(details, sources.Ledger, request.Cancellation))),
        About("discovery", "How well each way finds the held-out highest values.", async (request, details) => DiscoveryAnswer.Of(await DiscoveryOutcome.OfAsync(details, sources.Ledger, request.Cancellation))),
    ];

    ApiRoute About<T>(string what, string summary, Func<ApiRequest, StudyDetails, Task<T>> answer, params ApiParameter[] parameters) => ApiRoute.Get(
        $"/studies/{{name}}/{what}", summary, async request =>
        {
            var details = await studies.DetailsAsync(request["name"], request.Cancellation);
            if (request.Query is not { } query) return await answer(request, details);
            // Values of the path and query that outlive the request.
            var (name, asked) = (request["name"], request.Http!.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal));
            var lasting = new ApiRequest(part => part == "name" ? name : null, part => asked.GetValueOrDefault(part) is { Length: > 0 } value ? value : null, CancellationToken.None);
            return await _answers.GetAsync(details.Summary, what + query, () => answer(lasting, details), request.Cancellation);
        }, [.. parameters, .. ApiParameter.Filter]);

    /// <summary>What changes without anything being written to the study: running trials' curves, what the workers do.</summary>
    ApiRoute Live<T>(string what, string summary, Func<ApiRequest, StudyDetails, Task<T>> answer, params ApiParameter[] parameters) =>
        Live(what, summary, answer, ApiParameter.Filter, parameters);

    ApiRoute Live<T>(string what, string summary, Func<ApiRequest, StudyDetails, Task<T>> answer, IReadOnlyList<ApiParameter> filter, params ApiParameter[] parameters) => ApiRoute.Get(
        $"/studies/{{name}}/{what}", summary, async request => await answer(request, await studies.DetailsAsync(request["name"], request.Cancellation)), [.. parameters, .. filter]);

    Task<IReadOnlyList<ResultRow>> RowsAsync(ApiRequest request, StudyDetails details) => results.FinishedAsync(details, request.Filter(request["name"]), request.Cancellation);

    Task<ConfigurationPage> ConfigurationsAsync(ApiRequest request, StudyDetails details) => new ConfigurationQueries(sources.Database).ReadAsync(
        new ConfigurationRequest(request.Filter(request["name"]), request.Text(s_sort), request.Flag(s_descending), request.Text(s_text), request.Text(s_group), request.Count(ApiParameter.Offset), request.Count(s_rows)), request.Cancellation);

    Task<RunPage> RunsAsync(ApiRequest request, StudyDetails details) => new RunQueries(sources.Database).ReadAsync(
        request.Filter(request["name"]), request.Text(s_configuration), request.Count(ApiParameter.Offset), request.Count(s_rows), request.Cancellation);

    Task<CurvePage> CurvesAsync(ApiRequest request, StudyDetails details) => new CurveQueries(sources.Database).ReadAsync(
        request.Filter(request["name"]), request.Text(s_trial), request.Flag(s_kept), request.Count(s_points), request.Count(ApiParameter.Offset), request.Count(s_curves), request.Cancellation);
}
