using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>What a trial spec says, read back into types. <see cref="PlanBuilder"/> is the only writer of such specs.</summary>
/// <param name="Data">Which rows.</param>
abstract record TrialContent(DataContent Data)
{
    /// <exception cref="StudyInputException">The spec was written by a program with another format.</exception>
    public static TrialContent Read(TrialSpec spec)
    {
        var root = JsonNode.Parse(spec.Json)!.AsObject();
        var format = root["format"]?.GetValue<int>() ?? 0;
        if (format != PlanBuilder.SpecFormat)
            throw new StudyInputException($"trial {spec.Key.Short} has spec format {format}, this program runs format {PlanBuilder.SpecFormat}: run the study file again with this version");
        var data = root["data"]!.AsObject();
        var rows = new DataContent(DataRequest.FromJson(data), Text(data, "hash"), Text(data, "unit"), Text(data, "manifest"));
        if (spec.Kind == TrialKind.Evaluate) return new EvaluateContent(rows, new TrialKey(Text(root, "trial")));

        if (root["ensemble"] is JsonArray members) return new EnsembleContent(rows, [.. members.Select(member => new TrialKey(member!.GetValue<string>()))]);
        var acquired = Keys(data["acquired"]);
        if (root["acquire"] is JsonObject acquire)
            return new AcquireContent(rows, data["rows"]!.GetValue<int>(), acquired, Enum.Parse<Acquisition>(Text(acquire, "by"), ignoreCase: true), acquire["rows"]!.GetValue<int>(), Keys(acquire["models"]));
        var transfer = root["transfer"]!.AsObject();
        return new TrainContent(
            rows,
            data["rows"]!.GetValue<int>(),
            root["model"]?.AsObject(),
            TransferPlan.Parse(Text(transfer, "mode")),
            Parent(transfer["parent"]),
            TrainSettings.Resolve(SettingsChecker.ToPairs(root["training"]!.AsObject())),
            root["seed"]!.GetValue<ulong>())
        {
            Acquired = acquired,
            Rung = root["rung"] is JsonObject rung
                ? new RungContent(rung["until"]?.GetValue<int>(), rung["from"] is { } from ? new TrialKey(from.GetValue<string>()) : null)
                : null,
        };
    }

    /// <summary>Logical shards of a trial, 1 where the spec names none: over so many workers it can be spread.</summary>
    public static int ShardsOf(TrialSpec spec)
    {
        using var content = spec.Open();
        return content.RootElement.TryGetProperty("training", out var training) && training.TryGetProperty("shards", out var shards) ? shards.GetInt32() : 1;
    }

    /// <summary>How much a training is, as far as its template says; a searched number of epochs is unknown.</summary>
    public static TrainingSize SizeOf(SpecTemplate template)
    {
        using var content = JsonDocument.Parse(template.Json);
        double? rows = Find("data", "rows") is { ValueKind: JsonValueKind.Number } count ? count.GetDouble() : null;
        int? epochs = Find("training", "epochs") is { ValueKind: JsonValueKind.Number } cap && cap.TryGetInt32(out var number) ? number : null;
        return new TrainingSize(rows ?? 1, epochs);

        JsonElement? Find(string part, string member) =>
            content.RootElement.TryGetProperty(part, out var found) && found.TryGetProperty(member, out var value) ? value : null;
    }

    static ParentContent? Parent(JsonNode? node) => node switch
    {
        null => null,
        JsonObject file when file.ContainsKey("file") => new ParentContent.Kept(Text(file, "file")) { State = file["state"]?.GetValue<int>() },
        JsonObject published => new ParentContent.Published(Text(published, "published"), Text(published, "hash")) { State = published["state"]?.GetValue<int>() },
        _ => new ParentContent.Trial(new TrialKey(node.GetValue<string>())),
    };

    static ImmutableArray<TrialKey> Keys(JsonNode? list) => list is JsonArray keys ? [.. keys.Select(key => new TrialKey(key!.GetValue<string>()))] : [];

    static string Text(JsonObject from, string name) => from[name]!.GetValue<string>();
}

/// <param name="Rows">Training rows: the first so many of the manifest.</param>
/// <param name="Model">Kind, revision and settings; null where the parent's network is trained on.</param>
sealed record TrainContent(
    DataContent Data, int Rows, JsonObject? Model, TransferPlan Transfer, ParentContent? Parent, TrainSettings Training, ulong Seed) : TrialContent(Data)
{
    /// <summary>What chose the last of the rows, the earliest first; empty: all are the first of the manifest.</summary>
    public ImmutableArray<TrialKey> Acquired { get; init; } = [];

    /// <summary>Null: one trial is the whole training.</summary>
    public RungContent? Rung { get; init; }

    /// <summary>Whether one fit makes the model, not gradient steps.</summary>
    public bool IsFit(ModelRegistry models) => Model is { } model && models[model["kind"]!.GetValue<string>()] is IFittedFamily;
}

/// <summary>A part of a training that a search pauses.</summary>
/// <param name="Until">Pause after this epoch; null: train to the end.</param>
/// <param name="From">The trial that this one goes on from; null: it is the first.</param>
sealed record RungContent(int? Until, TrialKey? From);

/// <param name="Members">Trainings whose mean prediction is the ensemble's.</param>
sealed record EnsembleContent(DataContent Data, ImmutableArray<TrialKey> Members) : TrialContent(Data);

/// <param name="Rows">Rows that the models learnt from.</param>
/// <param name="Acquired">What chose the last of these.</param>
/// <param name="By">What makes a row worth its label.</param>
/// <param name="Count">How many are chosen.</param>
/// <param name="Models">Trainings whose mean prediction, or whose spread, decides.</param>
sealed record AcquireContent(DataContent Data, int Rows, ImmutableArray<TrialKey> Acquired, Acquisition By, int Count, ImmutableArray<TrialKey> Models) : TrialContent(Data);

/// <param name="Trial">The training trial, or ensemble, that is tested.</param>
sealed record EvaluateContent(DataContent Data, TrialKey Trial) : TrialContent(Data);

/// <param name="Hash">Content hash that the rows must have.</param>
/// <param name="Manifest">Hash of the split manifest.</param>
sealed record DataContent(DataRequest Request, string Hash, string Unit, string Manifest);

/// <summary>Where a parent's weights come from.</summary>
abstract record ParentContent
{
    ParentContent() { }

    /// <summary>A finished trial.</summary>
    public sealed record Trial(TrialKey Key) : ParentContent;

    /// <summary>A published model, by name and SHA-256 of its weights file.</summary>
    public sealed record Published(string Name, string Hash) : ParentContent;

    /// <summary>A model file that was put among the artifacts, by its hash.</summary>
    public sealed record Kept(string Hash) : ParentContent;

    /// <summary>Level of theory of a network that distinguishes several.</summary>
    public int? State { get; init; }
}
