using System.Text;
using System.Text.Json;
using AtomSets.Materials;
using AtomSets.Models;

namespace AtomSets.Training;

/// <summary>The names, types and ranges of <see cref="TrainSettings"/> in study and model files.</summary>
static class TrainSettingsSchema
{
    const string Kind = "training";

    static readonly Entry[] Entries =
    [
        Whole("epochs", 1, 10_000_000, "Most epochs to train.", s => s.Epochs, (s, v) => s with { Epochs = v }),
        Whole("min_epochs", 0, 10_000_000, "Early stopping does not end training before this epoch.", s => s.MinEpochs, (s, v) => s with { MinEpochs = v }),
        Whole("batch_size", 1, 1_000_000, "Materials per optimiser step.", s => s.BatchSize, (s, v) => s with { BatchSize = v }),
        Later(Whole("accumulation", 1, 4096, "Batches whose gradients are averaged for one optimiser step.", s => s.Accumulation, (s, v) => s with { Accumulation = v })),
        Whole("shards", 1, 4096, "Logical shards of a batch: over so many workers a training can be spread. Part of the numerics.", s => s.Shards, (s, v) => s with { Shards = v }),
        Choice("optimizer", "Optimiser; adamw decouples the weight decay, sgd has momentum.", s => s.Optimizer, (s, v) => s with { Optimizer = v }, "adam", "adamw", "sgd"),
        Number("learning_rate", 1e-12, 10, "Largest learning rate.", s => s.LearningRate, (s, v) => s with { LearningRate = v }),
        Choice("schedule", "How the learning rate changes.", s => s.Schedule, (s, v) => s with { Schedule = v }, "constant", "cosine", "plateau", "step", "milestones", "cyclic"),
        Whole("warmup_epochs", 0, 1_000_000, "Epochs of linear rise from 0.", s => s.WarmupEpochs, (s, v) => s with { WarmupEpochs = v }),
        Number("min_learning_rate", 0, 10, "Smallest learning rate of cosine, plateau, step and milestones.", s => s.MinLearningRate, (s, v) => s with { MinLearningRate = v }),
        Number("schedule_factor", 1e-6, 1, "Factor of plateau, step and milestones.", s => s.ScheduleFactor, (s, v) => s with { ScheduleFactor = v }),
        Whole("schedule_patience", 0, 1_000_000, "Epochs without improvement before plateau reduces the rate.", s => s.SchedulePatience, (s, v) => s with { SchedulePatience = v }),
        Whole("schedule_every", 1, 1_000_000, "Epochs between the reductions of step.", s => s.ScheduleEvery, (s, v) => s with { ScheduleEvery = v }),
        Later(Number("schedule_threshold", 0, 0.5, "Smallest relative improvement that plateau counts as one.", s => s.ScheduleThreshold, (s, v) => s with { ScheduleThreshold = v })),
        Later(Whole("cycle_epochs", 2, 10_000_000, "Period of cyclic.", s => s.CycleEpochs, (s, v) => s with { CycleEpochs = v })),
        Later(Number("cycle_floor", 0, 1, "Lowest rate of cyclic, as a share of learning_rate.", s => s.CycleFloor, (s, v) => s with { CycleFloor = v })),
        Later(Epochs("milestones", "Epochs after which the rate is multiplied by the factor.", s => s.Milestones, (s, v) => s with { Milestones = v })),
        Later(Whole("head_epochs", 0, 10_000_000, "Epochs in which the output layer alone is trained; then all parts are.", s => s.HeadEpochs, (s, v) => s with { HeadEpochs = v })),
        Later(Number("body_rate", 0, 100, "Learning rate of all but the output layer, as a share of learning_rate.", s => s.BodyRate, (s, v) => s with { BodyRate = v })),
        Later(Rates("part_rates", "Learning rates of single parts, as shares of learning_rate: fc0_0=0.1,fc0_1=0.5.", s => s.PartRates, (s, v) => s with { PartRates = v })),
        Number("beta1", 0, 0.999999, "Adam's decay of the mean gradient.", s => s.Beta1, (s, v) => s with { Beta1 = v }),
        Number("beta2", 0, 0.9999999, "Adam's decay of the mean square.", s => s.Beta2, (s, v) => s with { Beta2 = v }),
        Number("epsilon", 1e-16, 1, "Adam's epsilon.", s => s.Epsilon, (s, v) => s with { Epsilon = v }),
        Later(Number("momentum", 0, 0.999999, "Momentum of sgd.", s => s.Momentum, (s, v) => s with { Momentum = v })),
        Number("weight_decay", 0, 10, "Weight decay: decoupled with adamw, added to the gradient with sgd.", s => s.WeightDecay, (s, v) => s with { WeightDecay = v }),
        Choice("clip", "Gradient clipping: over all parameters, or each tensor.", s => s.Clip, (s, v) => s with { Clip = v }, "none", "global", "per_tensor"),
        Number("clip_norm", 1e-9, 1e9, "Largest gradient norm.", s => s.ClipNorm, (s, v) => s with { ClipNorm = v }),
        Choice("loss", "Loss; auto is mse for numbers, bce for probabilities; robust_mae and robust_mse learn a deviation too.", s => s.Loss, (s, v) => s with { Loss = v }, "auto", "mse", "mae", "huber", "bce", "robust_mae", "robust_mse"),
        Number("huber_delta", 1e-9, 1e9, "Where the Huber loss turns linear, in scaled units.", s => s.HuberDelta, (s, v) => s with { HuberDelta = v }),
        Whole("patience", 1, 10_000_000, "Epochs without a better validation error before training ends.", s => s.Patience, (s, v) => s with { Patience = v }),
        Number("min_improvement", 0, 0.5, "Smallest relative improvement that resets the patience.", s => s.MinImprovement, (s, v) => s with { MinImprovement = v }),
        Later(Choice("criterion", "What validation rows are judged by, to keep an epoch, to end and to select: auto is mae for numbers, log loss for probabilities.", s => s.Criterion, (s, v) => s with { Criterion = v }, "auto", "rmse", "roc_auc_from_probabilities")),
        Choice("scaling", "Scaling of the targets.", s => s.Scaling, (s, v) => s with { Scaling = v }, "none", "standard"),
        Choice("on_nan", "When the loss is not a number: fail, or halve the rate and go on from the best weights.", s => s.OnNan, (s, v) => s with { OnNan = v }, "fail", "halve"),
    ];

    public static IReadOnlyList<HyperParameter> Schema { get; } = Array.ConvertAll(Entries, entry => entry.Parameter);

    public static TrainSettings Resolve(IEnumerable<KeyValuePair<string, object?>> given)
    {
        var settings = new TrainSettings();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in given)
        {
            var entry = Array.Find(Entries, candidate => candidate.Parameter.Name == key)
                ?? throw new TrainingInputException($"{Kind} has no setting '{key}'; {NearestName.Advice(key, Entries.Select(candidate => candidate.Parameter.Name))}");
            if (!seen.Add(key)) throw new TrainingInputException($"{Kind}.{key} is given twice");
            settings = entry.Set(settings, entry.Parameter.Normalise(Kind, value));
        }
        return Checked(settings, seen);
    }

    public static IReadOnlyList<KeyValuePair<string, object>> Values(TrainSettings settings) =>
        Array.ConvertAll(Entries, entry => KeyValuePair.Create(entry.Parameter.Name, entry.Get(settings)));

    public static string ToJson(TrainSettings settings)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var entry in Entries)
            {
                var value = entry.Get(settings);
                if (!entry.Parameter.IsUnwrittenAtDefault || !entry.Parameter.IsDefault(value)) Write(writer, entry.Parameter.Name, value);
            }
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    static void Write(Utf8JsonWriter writer, string name, object value)
    {
        switch (value)
        {
            case long whole: writer.WriteNumber(name, whole); break;
            case double number: writer.WriteNumber(name, number); break;
            case long[] list:
                writer.WriteStartArray(name);
                foreach (var item in list) writer.WriteNumberValue(item);
                writer.WriteEndArray();
                break;
            default: writer.WriteString(name, (string)value); break;
        }
    }

    public static TrainSettings Parse(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new TrainingInputException($"{Kind} settings must be a JSON object");
        return Resolve(element.EnumerateObject().Select(item => KeyValuePair.Create(item.Name, Value(item.Value))));
    }

    static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number when element.TryGetInt64(out var whole) => whole,
        JsonValueKind.Number => element.GetDouble(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Array => element.EnumerateArray().Select(Value).ToArray(),
        _ => null,
    };

    static TrainSettings Checked(TrainSettings settings, HashSet<string> given)
    {
        if (settings.MinLearningRate > settings.LearningRate)
            throw new TrainingInputException($"{Kind}.min_learning_rate = {settings.MinLearningRate:R} is above learning_rate = {settings.LearningRate:R}");
        if (settings.WeightDecay > 0 && settings.Optimizer == OptimizerKind.Adam)
            throw new TrainingInputException($"{Kind}.weight_decay = {settings.WeightDecay:R} needs optimizer: adamw or sgd");
        if (settings.Schedule == ScheduleKind.Milestones && settings.Milestones.Count == 0)
            throw new TrainingInputException($"{Kind}.schedule = milestones needs its epochs: add milestones: [100]");
        if (settings.Schedule != ScheduleKind.Milestones && settings.Milestones.Count > 0)
            throw new TrainingInputException($"{Kind}.milestones = [{settings.Milestones}] needs schedule: milestones");
        if (settings.Shards > settings.BatchSize)
            throw new TrainingInputException($"{Kind}.shards = {settings.Shards} is more than batch_size = {settings.BatchSize}");
        if (settings.MinEpochs > settings.Epochs && given.Contains("min_epochs"))
            throw new TrainingInputException($"{Kind}.min_epochs = {settings.MinEpochs} is more than epochs = {settings.Epochs}");
        return settings;
    }

    static Entry Whole(string name, int minimum, int maximum, string summary, Func<TrainSettings, int> get, Func<TrainSettings, int, TrainSettings> set) =>
        new(new HyperParameter(name, HyperParameterType.Integer, (long)get(new TrainSettings()), summary) { Minimum = minimum, Maximum = maximum },
            settings => (long)get(settings), (settings, value) => set(settings, checked((int)(long)value)));

    static Entry Number(string name, double minimum, double maximum, string summary, Func<TrainSettings, double> get, Func<TrainSettings, double, TrainSettings> set) =>
        new(new HyperParameter(name, HyperParameterType.Number, get(new TrainSettings()), summary) { Minimum = minimum, Maximum = maximum },
            settings => get(settings), (settings, value) => set(settings, (double)value));

    static Entry Rates(string name, string summary, Func<TrainSettings, PartRates> get, Func<TrainSettings, PartRates, TrainSettings> set) =>
        new(new HyperParameter(name, HyperParameterType.Text, "", summary), settings => get(settings).ToString(), (settings, value) => set(settings, PartRates.Parse((string)value)));

    static Entry Epochs(string name, string summary, Func<TrainSettings, EpochList> get, Func<TrainSettings, EpochList, TrainSettings> set) =>
        new(new HyperParameter(name, HyperParameterType.Integers, Array.Empty<long>(), summary) { Minimum = 1, Maximum = 10_000_000 },
            settings => get(settings).ToLongs(), (settings, value) => set(settings, EpochList.FromLongs((long[])value)));

    /// <summary>A setting that came after trials had been computed: at its default it changes none of their keys.</summary>
    static Entry Later(Entry entry) => entry with { Parameter = entry.Parameter with { IsUnwrittenAtDefault = true } };

    static Entry Choice<T>(string name, string summary, Func<TrainSettings, T> get, Func<TrainSettings, T, TrainSettings> set, params string[] names)
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>();
        return new Entry(
            new HyperParameter(name, HyperParameterType.Text, names[Array.IndexOf(values, get(new TrainSettings()))], summary) { Choices = names },
            settings => names[Array.IndexOf(values, get(settings))],
            (settings, value) => set(settings, values[Array.IndexOf(names, (string)value)]));
    }

    sealed record Entry(HyperParameter Parameter, Func<TrainSettings, object> Get, Func<TrainSettings, object, TrainSettings> Set);
}
