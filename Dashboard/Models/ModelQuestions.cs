using AtomSets.Materials;
using AtomSets.Models.Published;
using AtomSets.Storage;
using AtomSets.Training;
using Microsoft.AspNetCore.Http;

namespace AtomSets.Dashboard;

/// <summary>Questions about models, and to them.</summary>
sealed class ModelQuestions(DashboardSources sources) : IDisposable
{
    /// <summary>Of a structure that is predicted: larger ones would hold up others for long.</summary>
    const int MostAtoms = 2000;

    /// <summary>A prediction takes a core and memory.</summary>
    readonly SemaphoreSlim _turn = new(2);

    public IEnumerable<ApiRoute> Routes =>
    [
        ApiRoute.Get("/models", "The models at hand: our own, kept, imported and published ones, and those of the newest trials.",
            async request => new ModelsAnswer(await ModelListing.OfAsync(sources.OwnModels, Catalog, sources.Artifacts, request.Cancellation))),
        ApiRoute.Get("/models/{name}", "One model: what it is, what it predicts, what it has seen.", ShowAsync),
        ApiRoute.Post<PredictRequest, PredictAnswer>("/predict", "Predicts a property of a formula or a structure (text of a CIF, POSCAR or JSON file), with an interval where the model knows its errors.", PredictAsync),
    ];

    ModelCatalog Catalog => new(sources.Database);

    public void Dispose() => _turn.Dispose();

    async Task<ModelAnswer> ShowAsync(ApiRequest request)
    {
        var (file, name) = await FindAsync(request["name"], request.Cancellation);
        return ModelAnswer.Of(name, file, sources.Models);
    }

    async Task<PredictAnswer> PredictAsync(ApiRequest request, PredictRequest body)
    {
        if (body.Model?.Contains('\0', StringComparison.Ordinal) == true) throw ApiException.BadRequest("model holds the character U+0000, which no name does");
        if (string.IsNullOrWhiteSpace(body.Model)) throw ApiException.BadRequest("model is missing: /api/v1/models names them");
        if (string.IsNullOrWhiteSpace(body.Formula) == string.IsNullOrWhiteSpace(body.Structure)) throw ApiException.BadRequest("give either formula or structure");
        var level = body.Interval ?? Calibration.UsualLevel;
        if (level is not (> 0 and < 1)) throw ApiException.BadRequest(FormattableString.Invariant($"interval {level}: must be a level above 0 and below 1, such as 0.9"));
        var (file, name) = await FindAsync(body.Model, request.Cancellation);
        await _turn.WaitAsync(request.Cancellation);
        try
        {
            return await Task.Run(() => Predict(name, file, body, level, request.Cancellation), request.Cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    PredictAnswer Predict(string name, ModelFile file, PredictRequest body, double level, CancellationToken cancellation)
    {
        var input = Read(body);
        using var predictor = new Predictor(name, file, sources.Models, sources.Kernels);
        var problem = predictor.IntervalProblem(level);
        var prediction = predictor.Predict([input], new PredictionOptions { State = body.State ?? 0, Interval = problem is null ? level : null }, cancellation)[0];
        if (prediction.Value is not { } value) throw Refused(prediction.Error ?? "there is no value");
        return new PredictAnswer(name, file.Target.Name, prediction.Unit, input.Label, (input.Crystal?.Composition ?? input.Composition)!.ReducedFormula, value, prediction.Low, prediction.High, level, problem);
    }

    static PredictionInput Read(PredictRequest body)
    {
        try
        {
            if (body.Structure is not { Length: > 0 } text) return PredictionInput.Of(body.Formula!.Trim(), Composition.Parse(body.Formula!.Trim()));
            var label = Path.GetFileName(body.FileName ?? "") is { Length: > 0 } name ? name : "structure";
            var crystal = StructureReader.ReadText(text, StructureReader.FormatOfName(label), label);
            if (crystal.AtomCount > MostAtoms) throw Refused($"{label} has {crystal.AtomCount} atoms, and {MostAtoms} at most are predicted here: use atomsets predict");
            return PredictionInput.Of(label, crystal);
        }
        catch (InputException e)
        {
            throw Refused(e.Message);
        }
    }

    async Task<(ModelFile File, string Name)> FindAsync(string name, CancellationToken cancellation)
    {
        try
        {
            if (PublishedModels.Find() is { } published && published.Names.Contains(name, StringComparer.Ordinal) && published.Open(name).IsMolecular)
                throw Refused($"'{name}' predicts molecules: use atomsets predict with XYZ files");
            return await new ModelFinder(sources.OwnModels, Catalog, sources.Ledger, sources.Artifacts).FindAsync(name, cancellation);
        }
        catch (ModelUnknownException e)
        {
            throw ApiException.NotFound(e.Message);
        }
    }

    static ApiException Refused(string message) => new(StatusCodes.Status422UnprocessableEntity, message);
}

sealed record ModelsAnswer(IReadOnlyList<ModelListing> Models);

/// <summary>Either a formula or a structure.</summary>
/// <param name="Structure">Text of a CIF, POSCAR or JSON file.</param>
/// <param name="FileName">Tells the format, and names the answer.</param>
/// <param name="Interval">Level of the interval, above 0 and below 1; 0.9 where left out.</param>
/// <param name="State">Global state of models that have one.</param>
sealed record PredictRequest(string? Model, string? Formula = null, string? Structure = null, string? FileName = null, double? Interval = null, int? State = null);

/// <param name="Low">Of the interval, in <paramref name="Unit"/>; null, with a note, where the model knows no errors.</param>
sealed record PredictAnswer(string Model, string Property, string Unit, string Id, string Formula, double Value, double? Low, double? High, double Interval, string? Note);
