using AtomSets.Storage;

namespace AtomSets.Dashboard;

/// <summary>Questions about test materials: predicted against true, the worst, the error by element, the crystal.</summary>
sealed class MaterialQuestions(DashboardSources sources, StudyCatalog studies, DataDesk desk)
{
    const int Most = 20_000, All = 10_000_000;

    /// <summary>Formulas that take longer to read come with a later answer.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    static readonly ApiParameter s_limit = ApiParameter.Limit(5000, Most), s_worst = ApiParameter.Limit(20, 1000), s_data = new("data", "string", "The data set, as results name it.") { IsRequired = true },
        s_id = new("id", "string", "Id of the material.") { IsRequired = true };

    public IEnumerable<ApiRoute> Routes =>
    [
        ApiRoute.Get("/studies/{name}/parity", "Predicted against true: a point per test material, the mean over the evaluations that are meant.", ParityAsync, [ApiParameter.Offset, s_limit, .. ApiParameter.Filter]),
        ApiRoute.Get("/studies/{name}/worst", "The test materials with the largest mean absolute errors, for each property.", WorstAsync, [s_worst, .. ApiParameter.Filter]),
        ApiRoute.Get("/studies/{name}/elements", "Mean absolute test error of the materials that contain an element.", ElementsAsync, ApiParameter.Filter),
        ApiRoute.Get("/studies/{name}/material", "A material of one of the study's data sets, with its crystal.", MaterialAsync, s_data, s_id),
    ];

    MaterialQueries Queries => new(sources.Database);

    async Task<ParityAnswer> ParityAsync(ApiRequest request)
    {
        var (targets, target) = await TargetAsync(request);
        var page = await Queries.ReadAsync(request.Filter(request["name"]), target, request.Count(ApiParameter.Offset), request.Count(s_limit), request.Cancellation);
        var formulas = await desk.FormulasAsync(page.Set, s_patience, request.Cancellation);
        return new ParityAnswer(
            page.Total, page.Offset, page.Unit, page.Property, page.DataSet, target, targets, page.Mae, page.Rmse, page.R2, formulas.State,
            [.. page.Rows.Select(row => new ParityRow(row.Material, formulas.Of(row.Material), row.Truth, row.Predicted, row.Spread, row.Evaluations))]);
    }

    async Task<WorstAnswer> WorstAsync(ApiRequest request)
    {
        var study = (await studies.FindAsync(request["name"], request.Cancellation)).Name;
        var answer = await new ResultAnswers(sources.Database).WorstAsync(request.Filter(study), new AnswerPage(request.Count(s_worst)), request.Cancellation);
        var (rows, state) = (new List<WorstRow>(), "ready");
        foreach (var set in answer.Rows.GroupBy(row => (string?)row[answer["data_set"]]))
        {
            var formulas = await desk.FormulasAsync(set.Key is null ? null : await Queries.SetAsync(study, set.Key, request.Cancellation), s_patience, request.Cancellation);
            if (formulas.State != "ready") state = formulas.State;
            rows.AddRange(set.Select(row => new WorstRow(
                set.Key, (string)row[answer["property"]]!, (long)row[answer["rank"]]!, (string)row[answer["material"]]!, formulas.Of((string)row[answer["material"]]!), (double)row[answer["truth"]]!,
                (double)row[answer["mean_error"]]!, (double)row[answer["mean_residual"]]!, (long)row[answer["predictions"]]!, (string?)row[answer["unit"]])));
        }
        return new WorstAnswer(state, rows);
    }

    async Task<ElementsAnswer> ElementsAsync(ApiRequest request)
    {
        var (targets, target) = await TargetAsync(request);
        var page = await Queries.ReadAsync(request.Filter(request["name"]), target, 0, All, request.Cancellation);
        var formulas = await desk.FormulasAsync(page.Set, s_patience, request.Cancellation);
        var sums = new SortedDictionary<int, (string Symbol, int Materials, double Error, double Residual)>();
        foreach (var row in page.Rows)
        {
            if (formulas.CompositionOf(row.Material) is not { } composition) continue;
            foreach (var amount in composition.Amounts)
            {
                var sum = sums.GetValueOrDefault(amount.Element.AtomicNumber);
                sums[amount.Element.AtomicNumber] = (amount.Element.Symbol, sum.Materials + 1, sum.Error + row.MeanError, sum.Residual + row.MeanResidual);
            }
        }
        return new ElementsAnswer(target, targets, page.Unit, formulas.State,
            [.. sums.Select(sum => new ElementRow(sum.Value.Symbol, sum.Key, sum.Value.Materials, sum.Value.Error / sum.Value.Materials, sum.Value.Residual / sum.Value.Materials))]);
    }

    async Task<MaterialAnswer> MaterialAsync(ApiRequest request)
    {
        var (study, data) = (request["name"], request.Text(s_data)!);
        // As the study's own trials name it: a file of its owner, or the part of a generated set.
        var set = await Queries.SetAsync(study, data, request.Cancellation) ?? throw ApiException.NotFound($"study '{study}' has tested nothing of a data set '{data}'");
        return MaterialAnswer.Of(await desk.ReadAsync(set, structures: true, request.Cancellation), request.Text(s_id)!);
    }

    /// <summary>The target that is meant: the first of those tested where none is named.</summary>
    async Task<(IReadOnlyList<string> All, string Target)> TargetAsync(ApiRequest request)
    {
        var study = await studies.FindAsync(request["name"], request.Cancellation);
        var targets = await Queries.TargetsAsync(study.Name, request.Cancellation);
        return (targets, request.List("target").FirstOrDefault() ?? targets.FirstOrDefault() ?? "");
    }
}

/// <param name="Mae">Of the points, over all materials; so <paramref name="Rmse"/> and <paramref name="R2"/>.</param>
/// <param name="Formulas">ready, loading (ask again in some seconds) or unknown.</param>
sealed record ParityAnswer(
    long Total, int Offset, string? Unit, string? Property, string? DataSet, string Target, IReadOnlyList<string> Targets, double? Mae, double? Rmse, double? R2, string Formulas, IReadOnlyList<ParityRow> Rows);

/// <param name="Spread">Standard deviation over the evaluations; null for one.</param>
sealed record ParityRow(string Material, string? Formula, double Truth, double Predicted, double? Spread, long Evaluations);

/// <param name="Formulas">As in <see cref="ParityAnswer"/>.</param>
sealed record WorstAnswer(string Formulas, IReadOnlyList<WorstRow> Rows);

/// <param name="MeanError">Mean absolute error over the evaluations.</param>
/// <param name="MeanResidual">Mean of prediction − truth.</param>
sealed record WorstRow(string? DataSet, string Property, long Rank, string Material, string? Formula, double Truth, double MeanError, double MeanResidual, long Predictions, string? Unit);

sealed record ElementsAnswer(string Target, IReadOnlyList<string> Targets, string? Unit, string Formulas, IReadOnlyList<ElementRow> Elements);

sealed record ElementRow(string Symbol, int Number, int Materials, double MeanError, double MeanResidual);
