using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using AtomSets.Materials;
using AtomSets.Models;

namespace AtomSets.Training;

/// <summary>How a <see cref="ModelFile"/> lies in a safetensors file: parameters under their names, those of a feature parent under
/// <c>parent/name</c>, everything else as JSON in the metadata.</summary>
static class ModelFileFormat
{
    const string Format = "atomsets-model";
    const int Version = 1;
    const string ParentPrefix = "parent/";

    static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DictionaryKeyPolicy = null,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static SafetensorsWriter Write(ModelFile model)
    {
        var writer = Tensors(model);
        var metadata = writer.Metadata;
        metadata["format"] = Format;
        metadata["format_version"] = Version.ToString(CultureInfo.InvariantCulture);
        metadata["program_version"] = model.ProgramVersion;
        metadata["checksum"] = "sha256:" + writer.DataHash();
        metadata["model"] = model.Spec.ToJson();
        metadata["target"] = JsonSerializer.Serialize(model.Target, Json);
        metadata["provenance"] = JsonSerializer.Serialize(model.Provenance, Json);
        metadata["metrics"] = JsonSerializer.Serialize(model.Metrics, Json);
        if (model.States.Count > 0) metadata["states"] = JsonSerializer.Serialize(model.States, Json);
        if (model.Training is not null) metadata["training"] = model.Training.ToJson();
        if (ElementTable(model.Spec) is { } table) metadata["element_table"] = JsonSerializer.Serialize(table, Json);
        if (model.FeatureParent is { } parent)
        {
            metadata["feature_parent"] = JsonSerializer.Serialize(new ParentNote(parent.Name, parent.ContentHash), Json);
            metadata["feature_parent_model"] = parent.Spec.ToJson();
        }
        return writer;
    }

    public static SafetensorsWriter Tensors(ModelFile model)
    {
        var writer = new SafetensorsWriter();
        foreach (var (name, tensor) in model.Parameters.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            writer.Add(name, tensor.Values, tensor.Rows, tensor.Columns);
        if (model.FeatureParent is null) return writer;
        foreach (var (name, tensor) in model.FeatureParent.Parameters.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            writer.Add(ParentPrefix + name, tensor.Values, tensor.Rows, tensor.Columns);
        return writer;
    }

    /// <summary>Takes a file apart; whatever its metadata hold, the only exceptions are those for bad input.</summary>
    public static ModelFile Read(SafetensorsFile file)
    {
        try
        {
            return ReadChecked(file);
        }
        catch (Exception e) when (e is FormatException or InvalidCastException or OverflowException or InvalidOperationException or ArgumentException)
        {
            throw new TrainingInputException($"{file.Place}: the model file's metadata cannot be used: {e.Message}", e);
        }
    }

    static ModelFile ReadChecked(SafetensorsFile file)
    {
        if (file.Metadata.GetValueOrDefault("format") != Format)
            throw new TrainingInputException($"{file.Place} is a safetensors file but no model of this program: its metadata lacks format = {Format}");
        var version = Text("format_version");
        if (version != Version.ToString(CultureInfo.InvariantCulture))
            throw new TrainingInputException($"{file.Place} is a model file of version {version}, this program reads {Version}: use the program version {Text("program_version")}");
        if (Text("checksum") != "sha256:" + file.DataHash())
            throw new TrainingInputException($"{file.Place} is damaged: its tensors do not have the checksum that was written with them; copy or export it again");
        var spec = ModelSpec.Parse(Text("model"));
        var model = new ModelFile
        {
            Spec = spec,
            Target = Parse<ModelTarget>("target"),
            Provenance = Parse<ModelProvenance>("provenance"),
            Metrics = Parse<Dictionary<string, double>>("metrics"),
            ProgramVersion = Text("program_version"),
            Training = file.Metadata.ContainsKey("training") ? TrainSettings.Parse(Parse<JsonElement>("training")) : null,
            States = file.Metadata.ContainsKey("states") ? Parse<string[]>("states") : [],
            Parameters = Matrices(own: true),
            FeatureParent = ReadParent(),
        };
        if (!(model.Target.Scaler.Deviation > 0) || !double.IsFinite(model.Target.Scaler.Deviation) || !double.IsFinite(model.Target.Scaler.Mean))
            throw new TrainingInputException($"{file.Place}: the target's scaling {model.Target.Scaler} is not usable");
        if (ElementTable(spec) is { } table && !Parse<string[]>("element_table").SequenceEqual(table))
            throw new TrainingInputException($"{file.Place} was made for another table of elements than this program's (by atomic number, {table.Length} rows)");
        return model;

        string Text(string key) =>
            file.Metadata.GetValueOrDefault(key) ?? throw new TrainingInputException($"{file.Place}: the model file's metadata lacks '{key}'");

        T Parse<T>(string key)
        {
            try
            {
                return JsonSerializer.Deserialize<T>(Text(key), Json) ?? throw new JsonException("it is null");
            }
            catch (JsonException e)
            {
                throw new TrainingInputException($"{file.Place}: '{key}' in the model file's metadata cannot be read: {e.Message}", e);
            }
        }

        FeatureParent? ReadParent()
        {
            if (!file.Metadata.ContainsKey("feature_parent")) return null;
            var note = Parse<ParentNote>("feature_parent");
            return new FeatureParent(note.Name, ModelSpec.Parse(Text("feature_parent_model")), note.ContentHash, Matrices(own: false));
        }

        Dictionary<string, ModelTensor> Matrices(bool own)
        {
            var matrices = new Dictionary<string, ModelTensor>(StringComparer.Ordinal);
            foreach (var tensor in file.Tensors)
            {
                var isParent = tensor.Name.StartsWith(ParentPrefix, StringComparison.Ordinal);
                if (isParent == own) continue;
                if (tensor.Shape is not [var rows, var columns] || rows > int.MaxValue || columns > int.MaxValue)
                    throw new TrainingInputException($"{file.Place}: tensor '{tensor.Name}' is no matrix");
                matrices.Add(isParent ? tensor.Name[ParentPrefix.Length..] : tensor.Name, new ModelTensor((int)rows, (int)columns, file.Floats(tensor.Name)));
            }
            return matrices;
        }
    }

    /// <summary>Symbols by row of the model's element table, or null where it has none. Row 0 is unused.</summary>
    static string[]? ElementTable(ModelSpec spec)
    {
        if (!spec.Has("elements")) return null;
        return Enumerable.Range(0, Math.Clamp(spec.Integer("elements"), 0, Element.MaxAtomicNumber + 1))
            .Select(row => row == 0 ? "" : Element.FromAtomicNumber(row).Symbol).ToArray();
    }

    sealed record ParentNote(string Name, string ContentHash);
}
