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
            Epochs = 11, MinEpochs = 3, BatchSize = 5, Shards = 2, Optimizer = OptimizerKind.AdamW, LearningRate = 0.1, Schedule = ScheduleKind.Step,
            WarmupEpochs = 4, MinLearningRate = 1e-7, ScheduleFactor = 0.3, SchedulePatience = 9, ScheduleEvery = 8, Beta1 = 0.8, Beta2 = 0.99, Epsilon = 1e-9,
            WeightDecay = 0.01, Clip = ClipKind.None, ClipNorm = 2, Loss = LossKind.Mae, HuberDelta = 0.7, Patience = 6, MinImprovement = 0.01,
            Scaling = ScalingKind.None, OnNan = NanPolicy.Halve,
        };
        var untouched = TrainSettings.Schema.Zip(settings.ToValues()).Where(pair => Equals(pair.First.Default, pair.Second.Value)).Select(pair => pair.First.Name);
        Assert.Empty(untouched);
        Assert.Equal(typeof(TrainSettings).GetProperties().Count(property => property.GetMethod!.IsStatic is false), TrainSettings.Schema.Count);
        using var json = JsonDocument.Parse(settings.ToJson());
        Assert.Equal(settings, TrainSettings.Parse(json.RootElement));
        Assert.Equal(settings, TrainSettings.Resolve(settings.ToValues().Select(entry => KeyValuePair.Create(entry.Key, (object?)entry.Value))));
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
