using System.Text.Json;
using AtomSets.Models;

namespace AtomSets.Training;

/// <summary>How to train: everything but data, model and seed. Immutable; equal settings have equal <see cref="ToJson"/>.</summary>
public sealed record TrainSettings
{
    /// <summary>Most epochs to train.</summary>
    public int Epochs { get; init; } = 1000;

    /// <summary>Early stopping does not end training before this many epochs.</summary>
    public int MinEpochs { get; init; }

    /// <summary>Materials per optimiser step.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Batches whose gradients are averaged for one optimiser step.</summary>
    public int Accumulation { get; init; } = 1;

    /// <summary>Logical shards of a batch: parts of about equal work whose gradients are computed apart and added in order. Part of the numerics.</summary>
    public int Shards { get; init; } = 1;

    /// <summary>adam, adamw (decoupled weight decay), or sgd (with momentum).</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adam;

    /// <summary>Largest learning rate.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>How the learning rate changes.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Constant;

    /// <summary>Epochs over which the learning rate rises linearly from 0.</summary>
    public int WarmupEpochs { get; init; }

    /// <summary>Learning rate that cosine ends with, and that plateau, step and milestones do not go below.</summary>
    public double MinLearningRate { get; init; }

    /// <summary>Period of cyclic, in epochs: the rate is highest half way.</summary>
    public int CycleEpochs { get; init; } = 130;

    /// <summary>Lowest rate of cyclic, as a share of the learning rate.</summary>
    public double CycleFloor { get; init; } = 0.1;

    /// <summary>Smallest relative improvement that plateau counts as one.</summary>
    public double ScheduleThreshold { get; init; }

    /// <summary>Factor of plateau, step and milestones.</summary>
    public double ScheduleFactor { get; init; } = 0.5;

    /// <summary>Epochs without improvement before plateau reduces the rate.</summary>
    public int SchedulePatience { get; init; } = 20;

    /// <summary>Epochs between the reductions of step.</summary>
    public int ScheduleEvery { get; init; } = 100;

    /// <summary>Epochs after which milestones multiplies the rate by the factor.</summary>
    public EpochList Milestones { get; init; } = EpochList.None;

    /// <summary>Epochs in which the output layer alone is trained; then all parts are.</summary>
    public int HeadEpochs { get; init; }

    /// <summary>Learning rate of all but the output layer, as a share of the learning rate.</summary>
    public double BodyRate { get; init; } = 1;

    /// <summary>Learning rates of single parts, as shares of the learning rate.</summary>
    public PartRates PartRates { get; init; } = PartRates.None;

    /// <summary>Adam's β₁.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Adam's β₂.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Adam's ε.</summary>
    public double Epsilon { get; init; } = 1e-7;

    /// <summary>μ of sgd: v = μ·v + gradient, w −= rate·v.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Weight decay: decoupled with adamw, added to the gradient with sgd.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Gradient clipping: one norm over all parameters, or each tensor by itself (Keras), or none.</summary>
    public ClipKind Clip { get; init; } = ClipKind.Global;

    /// <summary>Largest gradient norm.</summary>
    public double ClipNorm { get; init; } = 3;

    /// <summary>Loss; auto is mse for numbers and bce for probabilities.</summary>
    public LossKind Loss { get; init; } = LossKind.Auto;

    /// <summary>δ of the Huber loss, in scaled units.</summary>
    public double HuberDelta { get; init; } = 1;

    /// <summary>Epochs without improvement of the validation error before training ends.</summary>
    public int Patience { get; init; } = 100;

    /// <summary>Smallest relative improvement that resets the patience; the best weights follow every improvement.</summary>
    public double MinImprovement { get; init; }

    /// <summary>What validation rows are judged by: it keeps the best epoch, ends the training, and is what configurations are selected by.</summary>
    public CriterionKind Criterion { get; init; } = CriterionKind.Auto;

    /// <summary>Scaling of the targets.</summary>
    public ScalingKind Scaling { get; init; } = ScalingKind.Standard;

    /// <summary>What to do when the loss is not a number.</summary>
    public NanPolicy OnNan { get; init; } = NanPolicy.Fail;

    /// <summary>Materials that one optimiser step learns from.</summary>
    public int StepRows => (int)Math.Min(int.MaxValue, (long)BatchSize * Accumulation);

    /// <summary>Parts of a step whose gradients are computed apart: the shards of every batch.</summary>
    public int StepShards() => Shards * Accumulation;

    /// <summary>The settings as users write them, with types, ranges and defaults.</summary>
    public static IReadOnlyList<HyperParameter> Schema => TrainSettingsSchema.Schema;

    /// <summary>Checks settings as a user gave them and completes them with the defaults.</summary>
    /// <exception cref="TrainingInputException">An unknown key (the nearest is named), a wrong type, a value out of range, or settings that contradict
    /// each other.</exception>
    public static TrainSettings Resolve(IEnumerable<KeyValuePair<string, object?>> given) => TrainSettingsSchema.Resolve(given);

    /// <summary>Refuses settings that do not go with a model, before anything is prepared.</summary>
    /// <exception cref="TrainingInputException">Logical shards for a model with batch norm, a loss that learns a deviation for a model without one, a rate for a part that it does not have, or a criterion for another kind of output.</exception>
    public void CheckFor(IModel model)
    {
        TrainChecks.CheckShards(model, this);
        TrainChecks.CheckDeviation(model, this);
        PartRates.Check(model);
        if (Training.Criterion.ProblemWith(Criterion, model.OutputKind) is { } problem) throw new TrainingInputException(problem);
    }

    /// <summary>All settings by their names in study files, in the order of <see cref="Schema"/>: long, double, string or long[].</summary>
    public IReadOnlyList<KeyValuePair<string, object>> ToValues() => TrainSettingsSchema.Values(this);

    /// <summary>Canonical JSON object with every setting, those at defaults of <see cref="HyperParameter.IsUnwrittenAtDefault"/> left out.</summary>
    public string ToJson() => TrainSettingsSchema.ToJson(this);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="TrainingInputException">The element is no object of settings.</exception>
    public static TrainSettings Parse(JsonElement element) => TrainSettingsSchema.Parse(element);
}

/// <summary>Optimisers.</summary>
public enum OptimizerKind
{
    Adam,
    AdamW,
    Sgd,
}

/// <summary>Learning-rate schedules.</summary>
public enum ScheduleKind
{
    Constant,
    Cosine,
    Plateau,
    Step,
    Milestones,

    /// <summary>Triangular: from the floor up to the learning rate and back in every cycle, the same within an epoch (L. N. Smith, WACV 2017, arXiv 1506.01186).</summary>
    Cyclic,
}

/// <summary>Gradient clipping.</summary>
public enum ClipKind
{
    None,
    Global,
    PerTensor,
}

/// <summary>Losses on scaled targets.</summary>
public enum LossKind
{
    Auto,
    Mse,
    Mae,
    Huber,
    Bce,

    /// <summary>Absolute errors weighed by a deviation that the network predicts.</summary>
    RobustMae,

    /// <summary>Squared errors weighed by a deviation that the network predicts.</summary>
    RobustMse,
}

/// <summary>Target scaling.</summary>
public enum ScalingKind
{
    None,
    Standard,
}

/// <summary>Reaction to a loss that is not a number.</summary>
public enum NanPolicy
{
    /// <summary>Ends with a <see cref="TrainingDivergedException"/>.</summary>
    Fail,

    /// <summary>Halves the learning rate and goes on from the best weights with a fresh optimiser, at most ten times (as the MEGNet reference does).</summary>
    Halve,
}
