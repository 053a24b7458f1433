using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using AtomSets.Materials;
using AtomSets.Models;

namespace AtomSets.Training;

/// <summary>How a <see cref="ModelFile"/> lies in a safetensors file: parameters under their names, those of a feature parent under
/// <c>parent/name</c>, everything else as JSON in the metadata. Of an ensemble the members' parameters lie under <c>members/0/name</c> …, their feature parents, each once, under
/// <c>parents/0/name</c> …, and their notes as a list under <c>members</c>. A baseline's parameters lie under <c>baseline/name</c> behind the model's own prefix, its notes under
/// <c>baseline</c> of the model's.</summary>
static class ModelFileFormat
{
    const string Format = "atomsets-model";
    const int Version = 1;
    const string ParentPrefix = "parent/", BaselinePrefix = "baseline/", MemberPrefix = "members/", SharedParentPrefix = "parents/";

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
        metadata["checksum"] = "sha256:" + writer.DataHash();
        foreach (var (key, text) in Notes(model)) metadata[key] = text;
        if (model.Members.Count == 0) return writer;
        var parents = ParentsOf(model);
        metadata["members"] = JsonSerializer.Serialize(model.Members.Select(member =>
        {
            var notes = Notes(member);
            if (member.FeatureParent is { } parent) notes["feature_parent_place"] = parents.FindIndex(one => one.ContentHash == parent.ContentHash).ToString(CultureInfo.InvariantCulture);
            return notes;
        }), Json);
        return writer;
    }

    public static string ToJson(IReadOnlyDictionary<string, double> values) => JsonSerializer.Serialize(values, Json);

    public static SafetensorsWriter Tensors(ModelFile model)
    {
        var writer = new SafetensorsWriter();
        Add(writer, "", model.Parameters);
        AddBaseline(writer, "", model);
        if (model.FeatureParent is not null) Add(writer, ParentPrefix, model.FeatureParent.Parameters);
        foreach (var (index, member) in model.Members.Index())
        {
            Add(writer, Member(index), member.Parameters);
            AddBaseline(writer, Member(index), member);
        }
        // Members that read layers of one network share it.
        foreach (var (index, parent) in ParentsOf(model).Index()) Add(writer, Parent(index), parent.Parameters);
        return writer;

        static void AddBaseline(SafetensorsWriter writer, string prefix, ModelFile model)
        {
            if (model.Baseline is { } baseline) Add(writer, prefix + BaselinePrefix, baseline.Parameters);
        }

        static void Add(SafetensorsWriter writer, string prefix, IReadOnlyDictionary<string, ModelTensor> tensors)
        {
            foreach (var (name, tensor) in tensors.OrderBy(entry => entry.Key, StringComparer.Ordinal)) writer.Add(prefix + name, tensor.Values, tensor.Rows, tensor.Columns);
        }
    }

    /// <summary>Everything but the tensors, as texts by key.</summary>
    static Dictionary<string, string> Notes(ModelFile model)
    {
        var notes = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["program_version"] = model.ProgramVersion,
            ["model"] = model.Spec.ToJson(),
            ["target"] = JsonSerializer.Serialize(model.Target, Json),
            ["provenance"] = JsonSerializer.Serialize(model.Provenance, Json),
            ["metrics"] = JsonSerializer.Serialize(model.Metrics, Json),
        };
        if (model.References is { } references) notes["element_references"] = ToJson(references.Values);
        if (model.Baseline is { } baseline) notes["baseline"] = JsonSerializer.Serialize(Notes(baseline), Json);
        if (model.States.Count > 0) notes["states"] = JsonSerializer.Serialize(model.States, Json);
        if (model.Training is not null) notes["training"] = model.Training.ToJson();
        if (model.Calibration is not null) notes["calibration"] = JsonSerializer.Serialize(model.Calibration, Json);
        if (ElementTable(model.Spec) is { } table) notes["element_table"] = JsonSerializer.Serialize(table, Json);
        if (model.FeatureParent is { } parent)
        {
            notes["feature_parent"] = JsonSerializer.Serialize(new ParentNote(parent.Name, parent.ContentHash), Json);
            notes["feature_parent_model"] = parent.Spec.ToJson();
            if (parent.Output is { } output) notes["feature_parent_output"] = JsonSerializer.Serialize(new OutputNote(output.Mean, output.Deviation, output.References?.Values), Json);
        }
        return notes;
    }

    static List<FeatureParent> ParentsOf(ModelFile model) => [.. model.Members.Select(member => member.FeatureParent).OfType<FeatureParent>().DistinctBy(parent => parent.ContentHash)];

    static string Member(int index) => string.Create(CultureInfo.InvariantCulture, $"{MemberPrefix}{index}/");

    static string Parent(int index) => string.Create(CultureInfo.InvariantCulture, $"{SharedParentPrefix}{index}/");

    /// <summary>Takes a file apart; whatever its metadata hold, the only exceptions are those for bad input.</summary>
    public static ModelFile Read(SafetensorsFile file)
    {
        try
        {
            return ReadChecked(file);
        }
        catch (Exception e) when (e is FormatException or ModelException or InvalidCastException or OverflowException or InvalidOperationException or ArgumentException)
        {
            throw new TrainingInputException($"{file.Place}: the model file's metadata cannot be used: {e.Message}", e);
        }
    }

    static ModelFile ReadChecked(SafetensorsFile file)
    {
        var notes = new NoteReader(file.Place, file.Metadata);
        if (file.Metadata.GetValueOrDefault("format") != Format)
            throw new TrainingInputException($"{file.Place} is a safetensors file but no model of this program: its metadata lacks format = {Format}");
        var version = notes.Text("format_version");
        if (version != Version.ToString(CultureInfo.InvariantCulture))
            throw new TrainingInputException($"{file.Place} is a model file of version {version}, this program reads {Version}: use the program version {notes.Text("program_version")}");
        if (notes.Text("checksum") != "sha256:" + file.DataHash())
            throw new TrainingInputException($"{file.Place} is damaged: its tensors do not have the checksum that was written with them; copy or export it again");
        if (!notes.Has("members")) return Read(notes, file, "", () => Matrices(file, ParentPrefix));
        var members = notes.Parse<List<Dictionary<string, string>>>("members").Select((member, index) =>
        {
            var reader = new NoteReader($"{file.Place}, member {index + 1}", member);
            return Read(reader, file, Member(index), () => Matrices(file, Parent(int.Parse(reader.Text("feature_parent_place"), NumberStyles.None, CultureInfo.InvariantCulture))));
        }).ToArray();
        return Read(notes, file, null, () => []) with { Members = members };
    }

    /// <param name="prefix">Of the model's own tensors; null where it has none.</param>
    static ModelFile Read(NoteReader notes, SafetensorsFile file, string? prefix, Func<Dictionary<string, ModelTensor>> parent)
    {
        var spec = Spec(notes, "model");
        var model = new ModelFile
        {
            Spec = spec,
            Target = notes.Parse<ModelTarget>("target"),
            Provenance = notes.Parse<ModelProvenance>("provenance"),
            Metrics = notes.Parse<Dictionary<string, double>>("metrics"),
            ProgramVersion = notes.Text("program_version"),
            Training = notes.Has("training") ? TrainSettings.Parse(notes.Parse<JsonElement>("training")) : null,
            Calibration = notes.Has("calibration") ? notes.Parse<Calibration>("calibration") : null,
            References = notes.Has("element_references") ? ElementReferences.From(notes.Parse<Dictionary<string, double>>("element_references")) : null,
            States = notes.Has("states") ? notes.Parse<string[]>("states") : [],
            Parameters = prefix is null ? [] : Matrices(file, prefix),
            Baseline = prefix is null || !notes.Has("baseline")
                ? null
                : Read(new NoteReader($"{notes.Place}, baseline", notes.Parse<Dictionary<string, string>>("baseline")), file, prefix + BaselinePrefix, () => []),
            FeatureParent = notes.Has("feature_parent") ? ReadParent(notes, parent()) : null,
        };
        if (!(model.Target.Scaler.Deviation > 0) || !double.IsFinite(model.Target.Scaler.Deviation) || !double.IsFinite(model.Target.Scaler.Mean))
            throw new TrainingInputException($"{notes.Place}: the target's scaling {model.Target.Scaler} is not usable");
        if (model.Calibration is { } calibration && (calibration.Scores.Count == 0 || calibration.Rows < calibration.Scores.Count || !double.IsFinite(calibration.Scale)))
            throw new TrainingInputException($"{notes.Place}: the calibration of {calibration.Rows} rows with {calibration.Scores.Count} residuals is not usable");
        if (ElementTable(spec) is { } table && !notes.Parse<string[]>("element_table").SequenceEqual(table))
            throw new TrainingInputException($"{notes.Place} was made for another table of elements than this program's (by atomic number, {table.Length} rows)");
        return model;
    }

    static FeatureParent ReadParent(NoteReader notes, Dictionary<string, ModelTensor> parameters)
    {
        var note = notes.Parse<ParentNote>("feature_parent");
        var output = notes.Has("feature_parent_output") ? notes.Parse<OutputNote>("feature_parent_output") : null;
        return new FeatureParent(note.Name, Spec(notes, "feature_parent_model"), note.ContentHash, parameters)
        {
            Output = output is null ? null : new ParentOutput(output.Mean, output.Deviation, output.References is { } references ? ElementReferences.From(references) : null),
        };
    }

    /// <summary>As this program has it, where an earlier one wrote it.</summary>
    static ModelSpec Spec(NoteReader notes, string key) => ModelRegistry.Default.Current(ModelSpec.Parse(notes.Text(key)));

    /// <summary>What lies under a prefix, but for a parent's or baseline's behind it.</summary>
    static Dictionary<string, ModelTensor> Matrices(SafetensorsFile file, string prefix)
    {
        var matrices = new Dictionary<string, ModelTensor>(StringComparer.Ordinal);
        foreach (var tensor in file.Tensors)
        {
            if (!tensor.Name.StartsWith(prefix, StringComparison.Ordinal)) continue;
            var name = tensor.Name[prefix.Length..];
            if (name.StartsWith(ParentPrefix, StringComparison.Ordinal) || name.StartsWith(BaselinePrefix, StringComparison.Ordinal)) continue;
            if (tensor.Shape is not [var rows, var columns] || rows > int.MaxValue || columns > int.MaxValue)
                throw new TrainingInputException($"{file.Place}: tensor '{tensor.Name}' is no matrix");
            matrices.Add(name, new ModelTensor((int)rows, (int)columns, file.Floats(tensor.Name)));
        }
        return matrices;
    }

    /// <summary>Symbols by row of the model's element table, or null where it has none. Row 0 is unused.</summary>
    static string[]? ElementTable(ModelSpec spec)
    {
        if (!spec.Has("elements")) return null;
        return Enumerable.Range(0, Math.Clamp(spec.Integer("elements"), 0, Element.MaxAtomicNumber + 1))
            .Select(row => row == 0 ? "" : Element.FromAtomicNumber(row).Symbol).ToArray();
    }

    sealed class NoteReader(string place, IReadOnlyDictionary<string, string> notes)
    {
        public string Place => place;

        public bool Has(string key) => notes.ContainsKey(key);

        public string Text(string key) => notes.GetValueOrDefault(key) ?? throw new TrainingInputException($"{place}: the model file's metadata lacks '{key}'");

        public T Parse<T>(string key)
        {
            try
            {
                return JsonSerializer.Deserialize<T>(Text(key), Json) ?? throw new JsonException("it is null");
            }
            catch (JsonException e)
            {
                throw new TrainingInputException($"{place}: '{key}' in the model file's metadata cannot be read: {e.Message}", e);
            }
        }
    }

    sealed record ParentNote(string Name, string ContentHash);

    sealed record OutputNote(double Mean, double Deviation, IReadOnlyDictionary<string, double>? References);
}
