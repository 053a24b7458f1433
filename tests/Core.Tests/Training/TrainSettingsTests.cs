using System.Text.Json;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

public sealed class TrainSettingsTests
{
    [Fact]
    public void Settings_of_a_user_fill_up_with_the_defaults()
    {
        var settings = TrainSettings.Resolve([Pair("epochs", 7L), Pair("schedule", "cosine"), Pair("clip", "per_tensor"), Pair("learning_rate", 1L), Pair("loss", "huber")]);
        Assert.Equal(new TrainSettings { Epochs = 7, Schedule = ScheduleKind.Cosine, Clip = ClipKind.PerTensor, LearningRate = 1, Loss = LossKind.Huber }, settings);
    }

    [Fact]
    public void Every_setting_survives_json()
    {
        var settings = new TrainSettings
        {
            Epochs = 11, MinEpochs = 3, BatchSize = 5, Shards = 2, Optimizer = OptimizerKind.Sgd, LearningRate = 0.1, Schedule = ScheduleKind.Milestones,
            Milestones = new EpochList(40, 15), Momentum = 0.8,
            WarmupEpochs = 4, MinLearningRate = 1e-7, ScheduleFactor = 0.3, SchedulePatience = 9, ScheduleEvery = 8, Beta1 = 0.8, Beta2 = 0.99, Epsilon = 1e-9,
            WeightDecay = 0.01, Clip = ClipKind.None, ClipNorm = 2, Loss = LossKind.Mae, HuberDelta = 0.7, Patience = 6, MinImprovement = 0.01,
            Scaling = ScalingKind.None, OnNan = NanPolicy.Halve, HeadEpochs = 2, BodyRate = 0.1, PartRates = PartRates.Parse("readout=0.5"),
            Criterion = CriterionKind.Rmse,
            Accumulation = 3, CycleEpochs = 70, CycleFloor = 0.2, ScheduleThreshold = 2e-4,
        };
        var untouched = TrainSettings.Schema.Zip(settings.ToValues()).Where(pair => pair.First.IsDefault(pair.Second.Value)).Select(pair => pair.First.Name);
        Assert.Empty(untouched);
        Assert.Equal(typeof(TrainSettings).GetProperties().Count(property => property.SetMethod is { IsStatic: false }), TrainSettings.Schema.Count);
        using var json = JsonDocument.Parse(settings.ToJson());
        Assert.Equal(settings, TrainSettings.Parse(json.RootElement));
        Assert.Equal(settings, TrainSettings.Resolve(settings.ToValues().Select(entry => KeyValuePair.Create(entry.Key, (object?)entry.Value))));
    }

    [Fact]
    public void Settings_that_came_later_are_written_only_where_they_differ_from_their_defaults()
    {
        // The text as it was before them: fingerprints of checkpoints and trial specs contain it.
        const string Before = """
            {"epochs":1000,"min_epochs":0,"batch_size":128,"shards":1,"optimizer":"adam","learning_rate":0.001,"schedule":"constant","warmup_epochs":0,"min_learning_rate":0,"schedule_factor":0.5,"schedule_patience":20,"schedule_every":100,"beta1":0.9,"beta2":0.999,"epsilon":1E-07,"weight_decay":0,"clip":"global","clip_norm":3,"loss":"auto","huber_delta":1,"patience":100,"min_improvement":0,"scaling":"standard","on_nan":"fail"}
            """;
        Assert.Equal(Before, new TrainSettings().ToJson());
        var settings = new TrainSettings { Optimizer = OptimizerKind.Sgd, Momentum = 0.5, Schedule = ScheduleKind.Milestones, Milestones = new EpochList(100) };
        Assert.Contains("\"milestones\":[100],", settings.ToJson(), StringComparison.Ordinal);
        Assert.Contains("\"momentum\":0.5,", settings.ToJson(), StringComparison.Ordinal);
        Assert.DoesNotContain("momentum", (settings with { Momentum = 0.9 }).ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void Milestones_and_their_schedule_need_each_other()
    {
        var none = Assert.Throws<TrainingInputException>(() => TrainSettings.Resolve([Pair("schedule", "milestones")]));
        Assert.Contains("add milestones: [100]", none.Message, StringComparison.Ordinal);
        var idle = Assert.Throws<TrainingInputException>(() => TrainSettings.Resolve([Pair("milestones", new long[] { 5, 3 })]));
        Assert.Contains("milestones = [3, 5] needs schedule: milestones", idle.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("learning_rat", 1.0, "did you mean 'learning_rate'?")]
    [InlineData("epochs", "many", "whole number")]
    [InlineData("epochs", 0L, "outside")]
    [InlineData("loss", "mea", "mae")]
    [InlineData("min_learning_rate", 0.5, "above learning_rate")]
    [InlineData("weight_decay", 0.1, "adamw")]
    [InlineData("shards", 1000L, "batch_size")]
    [InlineData("min_epochs", 5000L, "epochs = 1000")]
    public void Mistakes_are_named(string key, object value, string hint)
    {
        var e = Assert.ThrowsAny<AtomSets.Materials.InputException>(() => TrainSettings.Resolve([Pair(key, value)]));
        Assert.Contains(hint, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_setting_given_twice_is_refused() =>
        Assert.Contains("twice", Assert.Throws<TrainingInputException>(() => TrainSettings.Resolve([Pair("epochs", 1L), Pair("epochs", 2L)])).Message, StringComparison.Ordinal);

    static KeyValuePair<string, object?> Pair(string key, object value) => KeyValuePair.Create(key, (object?)value);
}
