using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

/// <summary>Learning rates as the history shows them: the rate of each epoch's last step (5 steps per epoch here).</summary>
public sealed class ScheduleTests
{
    static readonly TrainSettings Settings = new() { Epochs = 8, BatchSize = 16, LearningRate = 1e-3, Patience = 100 };

    [Fact]
    public void Constant_stays() => Assert.Equal(Enumerable.Repeat(1e-3, 8), Rates(Settings));

    [Fact]
    public void Cosine_falls_from_the_first_to_the_least_rate()
    {
        var rates = Rates(Settings with { Schedule = ScheduleKind.Cosine, MinLearningRate = 1e-4 });
        for (var epoch = 0; epoch < 8; epoch++)
            Assert.Equal(1e-4 + 9e-4 * 0.5 * (1 + Math.Cos(Math.PI * (epoch * 5 + 4) / 40)), rates[epoch], 1e-15);
    }

    [Fact]
    public void Warmup_rises_in_a_line_and_cosine_starts_behind_it()
    {
        var rates = Rates(Settings with { Schedule = ScheduleKind.Cosine, WarmupEpochs = 2 });
        Assert.Equal(0.5e-3, rates[0], 1e-15);
        Assert.Equal(1e-3, rates[1], 1e-15);
        Assert.Equal(1e-3 * 0.5 * (1 + Math.Cos(Math.PI * 4 / 30)), rates[2], 1e-15);
    }

    [Fact]
    public void Step_multiplies_every_few_epochs_down_to_the_least_rate() =>
        Assert.Equal(
            [1e-3, 1e-3, 1e-3, 5e-4, 5e-4, 5e-4, 3e-4, 3e-4],
            Rates(Settings with { Schedule = ScheduleKind.Step, ScheduleEvery = 3, MinLearningRate = 3e-4 }).Select(rate => Math.Round(rate, 12)));

    [Fact]
    public void Milestones_multiply_after_each_of_their_epochs() =>
        Assert.Equal(
            [1e-3, 1e-3, 1e-4, 1e-4, 1e-4, 1e-5, 1e-5, 1e-5],
            Rates(Settings with { Schedule = ScheduleKind.Milestones, Milestones = new EpochList(5, 2), ScheduleFactor = 0.1 }).Select(rate => Math.Round(rate, 12)));

    [Fact]
    public void Plateau_reduces_after_epochs_without_a_better_validation_error()
    {
        using var task = new ToyTask(Settings with { Epochs = 60, LearningRate = 0.05, Schedule = ScheduleKind.Plateau, SchedulePatience = 2, ScheduleFactor = 0.1 }, trainRows: 12);
        var history = task.Run().History;
        // Replays the rule on the errors that the training saw.
        double best = double.PositiveInfinity, rate = 0.05;
        var waited = 0;
        foreach (var row in history)
        {
            Assert.Equal(rate, row.LearningRate, 1e-15);
            if (row.ValidationError < best) (best, waited) = (row.ValidationError, 0);
            else if (++waited == 3) (rate, waited) = (rate * 0.1, 0);
        }
        Assert.True(rate < 0.01, "the test saw a reduction");
    }

    static double[] Rates(TrainSettings settings)
    {
        using var task = new ToyTask(settings);
        return task.Run().History.Select(row => row.LearningRate).ToArray();
    }
}
