using System.Globalization;
using System.Text.Json;
using AtomSets.Models.MegNet;

namespace AtomSets.Models.Published;

/// <summary>Networks of the original MEGNet repository: the arrays already carry this program's parameter names.</summary>
static class KerasImport
{
    public static PublishedModel Read(
        string name, JsonElement card, IReadOnlyDictionary<string, NumpyArray> arrays, string hash, string place)
    {
        var centres = card.GetProperty("gaussian_centers");
        if (centres.GetProperty("start").GetDouble() != 0)
            throw new ModelException($"{place}: Gaussian centres must start at 0, this model's start at {centres.GetProperty("start")}");
        if (card.GetProperty("activation").GetString() is not "softplus2" and var activation)
            throw new ModelException($"{place}: activation '{activation}' is not the softplus2 of MEGNet");
        var classifier = card.GetProperty("output_activation").GetString() == "sigmoid";
        var cutoff = card.GetProperty("cutoff");
        var states = arrays.TryGetValue("embed.state", out var table) ? table : null;
        var settings = new MegNetSettings
        {
            Elements = Extent(arrays, "embed.atom", 0, place),
            Embedding = Extent(arrays, "embed.atom", 1, place),
            Hidden = Extent(arrays, "pre.atom.0.W", 1, place),
            Width = Extent(arrays, "pre.atom.1.W", 1, place),
            Readout = Extent(arrays, "set2set.atom.Wm", 1, place),
            Blocks = card.GetProperty("n_blocks").GetInt32(),
            Set2SetSteps = card.GetProperty("set2set_T").GetInt32(),
            CutoffAngstrom = cutoff.ValueKind == JsonValueKind.Null ? 0 : cutoff.GetDouble(),
            GaussianCentres = centres.GetProperty("n").GetInt32(),
            GaussianStopAngstrom = centres.GetProperty("stop").GetDouble(),
            GaussianWidthAngstrom = card.GetProperty("gaussian_width").GetDouble(),
            States = states?.Shape[0] ?? 0,
            StateEmbedding = states?.Shape[1] ?? 16,
            Output = classifier ? OutputKind.Probability : OutputKind.Linear,
        };
        var model = new MegNetModel(settings);
        var types = AtomTypes(card.GetProperty("atom_type_map"));
        var metadata = card.GetProperty("metadata");
        return new PublishedModel
        {
            Name = name,
            Model = model,
            Weights = WeightImport.Match(model.Parameters, arrays, place),
            Transform = Scaler(card.GetProperty("target_scaler")),
            Property = Text(metadata, "name") ?? name,
            Unit = classifier ? "probability" : Text(metadata, "unit") ?? "",
            TrainedOn = TrainedOn(metadata) ?? name[..name.LastIndexOf('_')],
            Source = Text(card, "source") ?? "",
            Licence = Text(card, "licence") ?? "",
            ContentHash = hash,
            Elements = types is null ? Enumerable.Range(1, settings.Elements - 1).ToArray() : types.Keys.Order().ToArray(),
            States = metadata.TryGetProperty("fidelities", out var names) ? names.EnumerateArray().Select(item => item.GetString()!).ToArray() : [],
            AtomTypes = types,
        };
    }

    static int Extent(IReadOnlyDictionary<string, NumpyArray> arrays, string name, int axis, string place) =>
        arrays.TryGetValue(name, out var array) && array.Shape.Count == 2
            ? array.Shape[axis]
            : throw new ModelException($"{place}: the archive lacks the matrix '{name}'");

    static Dictionary<int, int>? AtomTypes(JsonElement map) =>
        map.ValueKind == JsonValueKind.Object
            ? map.EnumerateObject().ToDictionary(entry => int.Parse(entry.Name, CultureInfo.InvariantCulture), entry => entry.Value.GetInt32())
            : null;

    static OutputTransform Scaler(JsonElement scaler) =>
        scaler.ValueKind == JsonValueKind.Object
            ? new OutputTransform(
                scaler.GetProperty("mean").GetDouble(), scaler.GetProperty("std").GetDouble(), !scaler.GetProperty("is_intensive").GetBoolean())
            : OutputTransform.Identity;

    /// <summary>The authors' name of the training set; a web address in its place names nothing.</summary>
    static string? TrainedOn(JsonElement metadata) =>
        (Text(metadata, "training dataset") ?? Text(metadata, "training data")) is { } named && !named.Contains("://", StringComparison.Ordinal) ? named : null;

    static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
