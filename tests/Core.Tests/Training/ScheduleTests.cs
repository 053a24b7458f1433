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
    public void Cyclic_is_a_triangle_over_epochs()
    {
        // The factors that the authors' program gives with its period of 130 epochs.
        var schedule = new LearningRateSchedule(Settings with { Epochs = 390, Schedule = ScheduleKind.Cyclic, LearningRate = 1.25e-4 }, stepsPerEpoch: 7);
        double[] factors = [.. new[] { 0, 32, 65, 98, 130, 195, 389 }.Select(epoch => schedule.Rate(new TrainState(), epoch, step: 3) / 1.25e-4)];
        Assert.Equal([0.1, 0.543, 1.0, 0.543, 0.1, 1.0, 0.114], factors.Select(factor => Math.Round(factor, 3)));
        // With a period of 70, 390 epochs end in the middle of a cycle.
        var transfer = new LearningRateSchedule(Settings with { Epochs = 390, Schedule = ScheduleKind.Cyclic, LearningRate = 1, CycleEpochs = 70 }, stepsPerEpoch: 1);
        Assert.Equal(0.897, transfer.Rate(new TrainState(), 389, 0), 5e-4);
        Assert.Equal(
            [0.4, 0.55, 0.7, 0.85, 1.0, 0.85, 0.7, 0.55],
            Rates(Settings with { Schedule = ScheduleKind.Cyclic, CycleEpochs = 8, CycleFloor = 0.4 }).Select(rate => Math.Round(rate * 1e3, 9)));
    }

    [Fact]
    public void Plateau_asks_for_a_relative_improvement()
    {
        var settings = Settings with { Schedule = ScheduleKind.Plateau, SchedulePatience = 1, ScheduleFactor = 0.1, ScheduleThreshold = 0.01 };
        var (schedule, state) = (new LearningRateSchedule(settings, 1), new TrainState());
        foreach (var error in new[] { 1.0, 0.995, 0.991 }) schedule.EpochEnded(state, error);
        Assert.Equal(1e-4, schedule.Rate(state, 3, 0), 1e-12);
        schedule.EpochEnded(state, 0.98);
        schedule.EpochEnded(state, 0.979);
        Assert.Equal(1e-4, schedule.Rate(state, 5, 0), 1e-12);
    }

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
