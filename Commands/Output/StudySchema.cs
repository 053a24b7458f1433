using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AtomSets.Engine;
using AtomSets.Models;
using AtomSets.Training;

namespace AtomSets.Commands;

/// <summary>The JSON Schema (draft 7) of study files, for editors. What depends on data, or on several keys together, the program alone judges.</summary>
static class StudySchema
{
    static readonly JsonSerializerOptions s_options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text(ModelRegistry models) => Create(models).ToJsonString(s_options) + "\n";

    public static JsonObject Create(ModelRegistry models)
    {
        var definitions = new JsonObject { ["space"] = Space(), ["training"] = Settings(TrainSettings.Schema) };
        foreach (var section in StudyKeys.Sections.Where(section => section != StudyKeys.Study && section != StudyKeys.Model)) definitions[section.Title] = Object(section);
        definitions[StudyKeys.Model.Title] = new JsonObject
        {
            ["type"] = "object",
            ["required"] = new JsonArray("kind"),
            ["properties"] = new JsonObject { ["kind"] = new JsonObject { ["enum"] = Words(models.Families.Select(family => family.Name)) } },
            ["allOf"] = new JsonArray([.. models.Families.Select(Kind)]),
        };
        var schema = Object(StudyKeys.Study);
        schema.Insert(0, "$schema", "http://json-schema.org/draft-07/schema#");
        schema.Insert(1, "title", "AtomSets Cluster study file");
        schema["definitions"] = definitions;
        return schema;
    }

    static JsonObject Kind(IModelFamily family)
    {
        var settings = Settings(family.Schema);
        var properties = settings["properties"]!.AsObject();
        foreach (var key in StudyKeys.Model.Keys.Where(key => key.Name != HyperParameterSchema.Preset)) properties[key.Name] = Described(key);
        if (family.Presets.Count > 0) properties[HyperParameterSchema.Preset] = new JsonObject { ["enum"] = Words(family.Presets.Keys) };
        return new JsonObject
        {
            ["if"] = new JsonObject { ["properties"] = new JsonObject { ["kind"] = new JsonObject { ["const"] = family.Name } } },
            ["then"] = settings,
        };
    }

    static JsonObject Object(StudySection section)
    {
        var properties = new JsonObject();
        foreach (var key in section.Keys) properties[key.Name] = Described(key);
        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = Words(section.Keys.Where(key => key.IsRequired).Select(key => key.Name)),
            ["additionalProperties"] = false,
        };
    }

    static JsonObject Described(StudyKey key)
    {
        var value = Value(key);
        value["description"] = key.Summary + (key.Default is { } usual ? $" (default {usual})" : "");
        return value;
    }

    static JsonObject Value(StudyKey key) => key.Form switch
    {
        StudyKeyForm.Text or StudyKeyForm.Part => Types("string", "number"),
        StudyKeyForm.Word => new JsonObject { ["enum"] = Words(key.Words) },
        StudyKeyForm.Whole => key.Least == int.MinValue ? Types("integer") : new JsonObject { ["type"] = "integer", ["minimum"] = key.Least },
        StudyKeyForm.Number => new JsonObject { ["type"] = "number", ["exclusiveMinimum"] = 0 },
        StudyKeyForm.Flag => Types("boolean"),
        StudyKeyForm.Range => Bounds(),
        StudyKeyForm.Ranges => new JsonObject { ["type"] = "object", ["additionalProperties"] = Bounds() },
        StudyKeyForm.Seeds => Any(Whole(1, 1000), List(Whole(0, null))),
        StudyKeyForm.Sizes => Any(SizeItem(), List(SizeItem())),
        StudyKeyForm.Folds => Any(Whole(2, 1000), new JsonObject { ["const"] = "all" }, List(Whole(0, null))),
        StudyKeyForm.Names => Any(Types("string"), List(Types("string"))),
        StudyKeyForm.NameOrChoice => Any(Types("string"), Choice(List(Types("string")))),
        StudyKeyForm.NamesOrChoice => Any(Types("string"), List(Types("string")), Choice(Any(new JsonObject { ["const"] = "all" }, List(Types("string"))))),
        StudyKeyForm.WordOrSection => Any(new JsonObject { ["enum"] = Words(key.Words) }, Reference(key.Section!.Title)),
        StudyKeyForm.Section => Any(Reference(key.Section!.Title)),
        StudyKeyForm.NamedSections => new JsonObject { ["type"] = "object", ["additionalProperties"] = Reference(key.Section!.Title) },
        StudyKeyForm.Entries => List(Any(Types("string"), Reference(StudyKeys.Transfer.Title), Reference(StudyKeys.Ensemble.Title))),
        StudyKeyForm.Settings => Any(Reference("training")),
        _ => throw new InvalidOperationException($"form {key.Form}"),
    };

    static JsonObject Settings(IReadOnlyList<HyperParameter> schema)
    {
        var properties = new JsonObject();
        foreach (var parameter in schema)
        {
            var value = Any(Value(parameter), Reference("space"));
            value["description"] = $"{parameter.Summary} (default {ReferenceSection.Text(parameter.Default)})";
            properties[parameter.Name] = value;
        }
        return new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
    }

    static JsonObject Value(HyperParameter parameter) => parameter.Type switch
    {
        HyperParameterType.Flag => Types("boolean"),
        HyperParameterType.Integer => Bounded("integer", parameter),
        HyperParameterType.Number => Bounded("number", parameter),
        HyperParameterType.Text => parameter.Choices is { } choices ? new JsonObject { ["enum"] = Words(choices) } : Types("string"),
        HyperParameterType.Integers => List(Bounded("integer", parameter)),
        _ => List(Bounded("number", parameter)),
    };

    static JsonObject Bounded(string type, HyperParameter parameter)
    {
        var value = Types(type);
        if (double.IsFinite(parameter.Minimum)) value["minimum"] = parameter.Minimum;
        if (double.IsFinite(parameter.Maximum)) value["maximum"] = parameter.Maximum;
        return value;
    }

    // One of the four kinds, with what may stand beside it.
    static JsonObject Space() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject
        {
            ["choice"] = new JsonObject { ["type"] = "array", ["minItems"] = 1 },
            ["int"] = Pair("integer"),
            ["float"] = Pair("number"),
            ["log"] = Pair("number"),
            ["points"] = Whole(2, null),
            ["when"] = new JsonObject { ["type"] = "object", ["minProperties"] = 1, ["maxProperties"] = 1 },
        },
        ["oneOf"] = new JsonArray([.. new[] { "choice", "int", "float", "log" }.Select(kind => new JsonObject { ["required"] = new JsonArray(kind) })]),
        ["additionalProperties"] = false,
    };

    static JsonObject SizeItem() => Any(Types("number"), new JsonObject { ["const"] = "all" }, Reference(StudyKeys.Size.Title));

    static JsonObject Choice(JsonObject values) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject { ["choice"] = values },
        ["required"] = new JsonArray("choice"),
        ["additionalProperties"] = false,
    };

    static JsonObject Pair(string type) => new() { ["type"] = "array", ["items"] = Types(type), ["minItems"] = 2, ["maxItems"] = 2 };

    static JsonObject Bounds() => new() { ["type"] = "array", ["items"] = Types("number", "null", "string"), ["minItems"] = 2, ["maxItems"] = 2 };

    static JsonObject Whole(int least, int? most)
    {
        var value = new JsonObject { ["type"] = "integer", ["minimum"] = least };
        if (most is { } bound) value["maximum"] = bound;
        return value;
    }

    static JsonObject List(JsonObject items) => new() { ["type"] = "array", ["items"] = items };

    static JsonObject Any(params JsonObject[] alternatives) => new() { ["anyOf"] = new JsonArray([.. alternatives]) };

    static JsonObject Types(params string[] types) => new() { ["type"] = types.Length == 1 ? types[0] : Words(types) };

    static JsonArray Words(IEnumerable<string> words) => new([.. words.Select(word => (JsonNode)word)]);

    static JsonObject Reference(string title) => new() { ["$ref"] = $"#/definitions/{title}" };
}
