using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

/// <summary>A training that was interrupted ends with the bits of one that was not.</summary>
public sealed class CheckpointTests
{
    static readonly TrainSettings Settings = new()
    {
        Epochs = 6, BatchSize = 16, LearningRate = 2e-2, Schedule = ScheduleKind.Plateau, SchedulePatience = 0, WarmupEpochs = 1,
        Optimizer = OptimizerKind.AdamW, WeightDecay = 1e-3, Shards = 2,
    };

    static ToyTask Task(TrainSettings? settings = null, bool cpu = false, ulong seed = 1) =>
        new(settings ?? Settings, ToyModel.Make(dropout: 0.2), seed, kernels: cpu ? CpuKernels.Create() : null);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Three_epochs_and_three_after_a_restart_are_six(bool cpu)
    {
        using var straight = Task(cpu: cpu);
        var sink = new RecordingSink();
        var expected = straight.Run(new TrainOptions { Checkpoints = sink, CheckpointEveryEpoch = true });
        Assert.Equal(6, sink.Saved.Count);
        Assert.Equal((3, 0), (sink[2].Epoch, sink[2].StepInEpoch));
        Assert.True(expected.History.Skip(1).Select(row => row.LearningRate).Distinct().Count() > 1, "the schedule's state matters: the rate was reduced");

        using var restarted = Task(cpu: cpu);
        restarted.Parameters.Initialize(999); // whatever stood there before
        AssertEndsAlike(expected, straight, restarted, sink[2]);
    }

    [Fact]
    public void A_kill_in_the_middle_of_an_epoch_costs_only_the_steps_since_the_checkpoint()
    {
        using var straight = Task();
        var expected = straight.Run();

        // Checkpoints fall due every few steps of the stepping clock; the process dies some time after the one that is kept.
        using var killed = Task();
        var sink = new RecordingSink();
        killed.Run(new TrainOptions { Checkpoints = sink, CheckpointInterval = TimeSpan.FromSeconds(3), Time = new SteppingTime() });
        var middle = Enumerable.Range(0, sink.Saved.Count).Select(i => sink[i]).Where(checkpoint => checkpoint.StepInEpoch > 0).ToArray();
        Assert.True(middle.Length >= 6, $"{middle.Length} checkpoints within epochs");
        foreach (var checkpoint in middle)
        {
            using var restarted = Task();
            AssertEndsAlike(expected, straight, restarted, checkpoint);
        }
    }

    [Fact]
    public void Cancelling_hands_out_a_checkpoint_to_go_on_from()
    {
        using var straight = Task();
        var expected = straight.Run();

        using var cancelled = Task();
        using var source = new CancellationTokenSource();
        var sink = new RecordingSink();
        var observer = new RecordingObserver { OnProgress = progress => { if (progress is { Epoch: 4, Step: 3 }) source.Cancel(); } };
        using (var trainer = cancelled.Trainer(new TrainOptions { Checkpoints = sink, Observer = observer, ProgressSteps = 1 }))
        {
            var outcome = trainer.Run(source.Token);
            Assert.Equal((StopReason.Cancelled, 3), (outcome.StopReason, outcome.Epochs));
        }
        var checkpoint = Assert.Single(sink.Saved.Select((_, i) => sink[i]));
        Assert.Equal((3, 3), (checkpoint.Epoch, checkpoint.StepInEpoch));
        using var restarted = Task();
        AssertEndsAlike(expected, straight, restarted, checkpoint);
    }

    [Fact]
    public void A_training_that_had_reached_its_plateau_ends_at_once()
    {
        var settings = ToyTask.Quick with { Epochs = 500, LearningRate = 0.05, Patience = 7 };
        using var straight = new ToyTask(settings, trainRows: 12);
        var sink = new RecordingSink();
        var expected = straight.Run(new TrainOptions { Checkpoints = sink, CheckpointEveryEpoch = true });
        Assert.Equal(StopReason.Plateau, expected.StopReason);
        using var restarted = new ToyTask(settings, trainRows: 12);
        AssertEndsAlike(expected, straight, restarted, sink[sink.Saved.Count - 1]);
    }

    [Fact]
    public void Halvings_survive_a_restart()
    {
        var settings = ToyTask.Quick with { Epochs = 4, Scaling = ScalingKind.None, Clip = ClipKind.None, OnNan = NanPolicy.Halve };
        using var straight = new ToyTask(settings);
        straight.Targets[3] = 1e200;
        var sink = new RecordingSink();
        var expected = straight.Run(new TrainOptions { Checkpoints = sink, CheckpointEveryEpoch = true });
        Assert.Equal(4, expected.Halvings);
        using var restarted = new ToyTask(settings);
        restarted.Targets[3] = 1e200;
        AssertEndsAlike(expected, straight, restarted, sink[1]);
    }

    [Fact]
    public void Checkpoints_come_at_the_interval_and_not_more_often()
    {
        using var task = Task();
        var sink = new RecordingSink();
        task.Run(new TrainOptions { Checkpoints = sink, CheckpointInterval = TimeSpan.FromHours(1), Time = new SteppingTime() });
        Assert.Empty(sink.Saved);
    }

    [Fact]
    public void Another_trainings_checkpoint_is_refused()
    {
        using var task = Task();
        var sink = new RecordingSink();
        task.Run(new TrainOptions { Checkpoints = sink, CheckpointEveryEpoch = true });
        var checkpoint = sink[0];
        using var seed = Task(seed: 2);
        using var settings = Task(Settings with { LearningRate = 1e-3 });
        using var frozen = Task();
        frozen.Parameters.Freeze("body");
        using var rows = Task();
        rows.Inputs = rows.Inputs with { TrainRows = [.. rows.Inputs.TrainRows.Reverse()] };
        using var targets = Task();
        targets.Targets[90] += 1e-9;
        using var device = Task(cpu: true);
        foreach (var other in (ToyTask[])[seed, settings, frozen, rows, targets, device])
        {
            using var trainer = other.Trainer();
            Assert.Contains("another training", Assert.Throws<TrainingInputException>(() => trainer.Resume(checkpoint)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Damage_anywhere_is_noticed()
    {
        using var task = Task();
        var sink = new RecordingSink();
        task.Run(new TrainOptions { Checkpoints = sink, CheckpointEveryEpoch = true });
        var good = sink.Saved[^1];
        Assert.Equal(6, TrainCheckpoint.Read(good, "good").Epoch);
        for (var length = 0; length < good.Length; length += length < 2000 ? 1 : 97)
            Assert.Throws<TrainingInputException>(() => TrainCheckpoint.Read(good.AsMemory(0, length), "cut"));
        for (var at = 0; at < good.Length; at += at < 2000 ? 1 : 97)
        {
            var bad = (byte[])good.Clone();
            bad[at] ^= 0x10;
            Assert.Throws<TrainingInputException>(() => TrainCheckpoint.Read(bad, "flipped"));
        }
        Assert.Throws<TrainingInputException>(() => TrainCheckpoint.Read((byte[])[.. good, 0], "longer"));
        Assert.Throws<TrainingInputException>(() => TrainCheckpoint.Read(Path.Combine(Path.GetTempPath(), "no-such-checkpoint")));
    }

    static void AssertEndsAlike(TrainOutcome expected, ToyTask straight, ToyTask restarted, TrainCheckpoint checkpoint)
    {
        using var trainer = restarted.Trainer();
        trainer.Resume(checkpoint);
        var outcome = trainer.Run();
        Assert.Equal(straight.Weights(), restarted.Weights());
        Assert.Equal(expected.History.Select(Numbers), outcome.History.Select(Numbers));
        Assert.Equal((expected.StopReason, expected.Epochs, expected.BestEpoch, expected.BestValidationError, expected.Halvings),
            (outcome.StopReason, outcome.Epochs, outcome.BestEpoch, outcome.BestValidationError, outcome.Halvings));

        static (int Epoch, double TrainLoss, double ValidationError, double LearningRate) Numbers(EpochRow row) =>
            (row.Epoch, row.TrainLoss, row.ValidationError, row.LearningRate);
    }
}
