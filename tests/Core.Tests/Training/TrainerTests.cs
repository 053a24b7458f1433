using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

public sealed class TrainerTests
{
    [Fact]
    public void It_learns_and_reports_errors_in_the_targets_unit()
    {
        using var task = new ToyTask();
        var before = task.Trainer().Predict(ToyTask.Test);
        var outcome = task.Run();
        using var trainer = task.Trainer();
        var expected = ToyTask.Test.Select(row => task.Targets[row]).ToArray();
        var after = RegressionMetrics.Of(trainer.Predict(ToyTask.Test), expected).MeanAbsoluteError;
        Assert.True(RegressionMetrics.Of(before, expected).MeanAbsoluteError > 4, "untrained, the error is of the size of the spread");
        Assert.InRange(after, 0, 1.5);
        Assert.InRange(outcome.BestValidationError, 0, 1.5);
        Assert.Equal(60, outcome.Epochs);
        Assert.Equal(StopReason.Cap, outcome.StopReason);
        Assert.True(outcome.History[^1].TrainLoss < 0.1 * outcome.History[0].TrainLoss);
    }

    [Fact]
    public void The_best_weights_come_back_and_the_patience_counts_from_them()
    {
        // Few rows and a high rate: the validation error rises and falls.
        using var task = new ToyTask(ToyTask.Quick with { Epochs = 500, LearningRate = 0.05, Patience = 7 }, trainRows: 12);
        using var trainer = task.Trainer();
        var outcome = trainer.Run();
        Assert.Equal(StopReason.Plateau, outcome.StopReason);
        Assert.Equal(outcome.BestEpoch + 7, outcome.Epochs);
        Assert.Equal(outcome.History.Min(row => row.ValidationError), outcome.BestValidationError);
        Assert.Equal(outcome.BestValidationError, outcome.History[outcome.BestEpoch - 1].ValidationError);
        Assert.NotEqual(outcome.BestValidationError, outcome.History[^1].ValidationError);
        var again = RegressionMetrics.Of(trainer.Predict(ToyTask.Validation), ToyTask.Validation.Select(row => task.Targets[row]).ToArray());
        Assert.Equal(outcome.BestValidationError, again.MeanAbsoluteError);
    }

    [Fact]
    public void Early_stopping_waits_for_the_least_number_of_epochs()
    {
        using var task = new ToyTask(ToyTask.Quick with { Epochs = 500, LearningRate = 0.05, Patience = 7, MinEpochs = 300 }, trainRows: 12);
        var outcome = task.Run();
        Assert.Equal(StopReason.Plateau, outcome.StopReason);
        Assert.InRange(outcome.Epochs, 300, 499);
    }

    [Fact]
    public void Improvements_below_the_least_improvement_do_not_reset_the_patience_but_are_kept()
    {
        using var strict = new ToyTask(ToyTask.Quick with { Epochs = 2000, LearningRate = 1e-4, Patience = 10, MinImprovement = 0.3 });
        var outcome = strict.Run();
        Assert.Equal(StopReason.Plateau, outcome.StopReason);
        Assert.True(outcome.History[^1].ValidationError < outcome.History[^2].ValidationError, "it was still improving, slowly");
        Assert.Equal(outcome.Epochs, outcome.BestEpoch);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_seed_does_not()
    {
        using var first = new ToyTask(model: ToyModel.Make(dropout: 0.2));
        using var second = new ToyTask(model: ToyModel.Make(dropout: 0.2));
        using var other = new ToyTask(model: ToyModel.Make(dropout: 0.2), seed: 2);
        Assert.Equal(first.Run().BestValidationError, second.Run().BestValidationError);
        other.Run();
        Assert.Equal(first.Weights(), second.Weights());
        Assert.NotEqual(first.Weights(), other.Weights());
    }

    [Fact]
    public void Rows_outside_training_and_validation_have_no_influence()
    {
        using var clean = new ToyTask();
        using var dirty = new ToyTask();
        foreach (var row in ToyTask.Test) dirty.Targets[row] = double.NaN;
        Assert.Equal(clean.Run().BestValidationError, dirty.Run().BestValidationError);
        Assert.Equal(clean.Weights(), dirty.Weights());
    }

    [Fact]
    public void The_scaler_sees_training_rows_only()
    {
        using var task = new ToyTask();
        using var trainer = task.Trainer();
        var values = task.Inputs.TrainRows.Select(row => task.Targets[row]).ToArray();
        var mean = values.Average();
        Assert.Equal(mean, trainer.Scaler.Mean, 1e-12);
        Assert.Equal(Math.Sqrt(values.Average(value => (value - mean) * (value - mean))), trainer.Scaler.Deviation, 1e-12);
    }

    [Fact]
    public void Frozen_parts_stay_and_the_rest_learns()
    {
        using var task = new ToyTask();
        task.Parameters.Freeze("body");
        var body = task.Parameters.Export("body.0.weight");
        var head = task.Parameters.Export("head.weight");
        var outcome = task.Run();
        Assert.Equal(body, task.Parameters.Export("body.0.weight"));
        Assert.NotEqual(head, task.Parameters.Export("head.weight"));
        Assert.True(outcome.BestValidationError < outcome.History[0].ValidationError);
    }

    [Fact]
    public void A_classifier_learns_and_predicts_probabilities()
    {
        using var task = new ToyTask(model: ToyModel.Make(output: "sigmoid"));
        using var trainer = task.Trainer();
        var outcome = trainer.Run();
        Assert.Equal(TargetScaler.Identity, outcome.Scaler);
        var probabilities = trainer.Predict(ToyTask.Test);
        Assert.All(probabilities, p => Assert.InRange(p, 0, 1));
        var metrics = ClassificationMetrics.Of(probabilities, ToyTask.Test.Select(row => task.Targets[row]).ToArray());
        Assert.InRange(metrics.AucFromProbabilities, 0.95, 1);
        var validation = ClassificationMetrics.Of(trainer.Predict(ToyTask.Validation), ToyTask.Validation.Select(row => task.Targets[row]).ToArray());
        Assert.Equal(validation.LogLoss, outcome.BestValidationError, 1e-12);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Logical_shards_change_rounding_only(int shards)
    {
        // 80 rows in batches of 16, with a rest of 11 rows for 75: shards of unequal size.
        using var whole = new ToyTask(ToyTask.Quick with { Epochs = 3 }, trainRows: 75);
        using var sharded = new ToyTask(ToyTask.Quick with { Epochs = 3, Shards = shards }, trainRows: 75);
        var (a, b) = (whole.Run(), sharded.Run());
        Assert.Equal(a.History[0].TrainLoss, b.History[0].TrainLoss, 1e-12);
        Assert.All(whole.Weights().Zip(sharded.Weights()), pair => Assert.Equal(pair.First, pair.Second, 1e-10));
    }

    [Fact]
    public void A_split_over_workers_gives_the_bits_of_one_worker()
    {
        using var alone = new ToyTask(ToyTask.Quick with { Epochs = 2, Shards = 4 }, ToyModel.Make(dropout: 0.3));
        using var together = new ToyTask(ToyTask.Quick with { Epochs = 2, Shards = 4 }, ToyModel.Make(dropout: 0.3));
        alone.Run();
        // The other worker computes the odd shards: played by a second task in lock step.
        using var exchange = new TwoWorkers(together);
        together.Run(new TrainOptions { Exchange = exchange });
        Assert.True(exchange.Received > 0);
        Assert.Equal(alone.Weights(), together.Weights());
    }

    [Fact]
    public void Without_validation_rows_it_trains_to_the_cap_and_keeps_the_last_weights()
    {
        using var task = new ToyTask(ToyTask.Quick with { Epochs = 5, Patience = 1 });
        task.Inputs = task.Inputs with { ValidationRows = [] };
        var outcome = task.Run();
        Assert.Equal((StopReason.Cap, 5, 5), (outcome.StopReason, outcome.Epochs, outcome.BestEpoch));
        Assert.True(double.IsNaN(outcome.History[^1].ValidationError));
        using var fresh = new ToyTask();
        Assert.NotEqual(fresh.Weights(), task.Weights());
    }

    [Fact]
    public void A_diverging_loss_ends_with_place_and_advice()
    {
        using var task = new ToyTask(ToyTask.Quick with { LearningRate = 1, Scaling = ScalingKind.None, Clip = ClipKind.None });
        task.Targets[3] = 1e200;
        var e = Assert.Throws<TrainingDivergedException>(() => task.Run());
        Assert.Equal(1, e.Epoch);
        Assert.Contains("epoch 1", e.Message, StringComparison.Ordinal);
        Assert.Contains("on_nan", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_halving_it_goes_on_from_the_best_weights_and_gives_up_after_ten()
    {
        using var task = new ToyTask(ToyTask.Quick with { Scaling = ScalingKind.None, Clip = ClipKind.None, OnNan = NanPolicy.Halve });
        task.Targets[3] = 1e200;
        var observer = new RecordingObserver();
        var e = Assert.Throws<TrainingDivergedException>(() => task.Run(new TrainOptions { Observer = observer }));
        Assert.Contains("10 halvings", e.Message, StringComparison.Ordinal);
        Assert.Equal(10, observer.Epochs.Count);
        Assert.All(observer.Epochs, row => Assert.True(double.IsNaN(row.TrainLoss)));
        Assert.Equal(ToyTask.Quick.LearningRate / 512, observer.Epochs[^1].LearningRate, 1e-12);
    }

    [Fact]
    public void Progress_tells_loss_and_speed_within_an_epoch()
    {
        using var task = new ToyTask(ToyTask.Quick with { Epochs = 2, BatchSize = 8 });
        var observer = new RecordingObserver();
        task.Run(new TrainOptions { Observer = observer, ProgressSteps = 4, Time = new SteppingTime() });
        Assert.Equal([(1, 4), (1, 8), (2, 4), (2, 8)], observer.Progress.Select(p => (p.Epoch, p.Step)));
        Assert.All(observer.Progress, p => Assert.Equal(10, p.StepsPerEpoch));
        Assert.All(observer.Progress, p => Assert.True(p.MaterialsPerSecond > 0 && double.IsFinite(p.Loss)));
        Assert.Equal(double.PositiveInfinity, observer.Progress[0].BestValidationError);
        Assert.Equal(observer.Epochs[0].ValidationError, observer.Progress[2].BestValidationError);
    }

    [Fact]
    public void What_cannot_be_trained_is_refused_with_the_reason()
    {
        using var task = new ToyTask();
        Refused(task.Inputs with { TrainRows = [] }, "no training rows");
        Refused(task.Inputs with { TrainRows = [1, 81] }, "row 81 is both");
        Refused(task.Inputs with { TrainRows = [1, 500] }, "row 500 does not exist");
        Refused(task.Inputs with { Settings = ToyTask.Quick with { Loss = LossKind.Bce } }, "training.loss = bce");
        task.Targets[7] = double.NaN;
        Refused(task.Inputs, "row 7 is NaN");
        using var classifier = new ToyTask(model: ToyModel.Make(output: "sigmoid"));
        classifier.Targets[90] = 0.5;
        Refused(classifier.Inputs, "row 90 is 0.5");
        using var frozen = new ToyTask();
        frozen.Parameters.Freeze("");
        Refused(frozen.Inputs, "frozen");

        static void Refused(TrainInputs inputs, string reason) =>
            Assert.Contains(reason, Assert.Throws<TrainingInputException>(() => new Trainer(inputs)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_that_the_model_cannot_take_is_refused_before_training()
    {
        using var task = new ToyTask();
        var source = new ToySource(3, new float[ToyTask.Rows * 3]) { Refused = [new AtomSets.Models.RefusedRow(5, "element 118 is outside the table")] };
        var e = Assert.Throws<TrainingInputException>(() => new Trainer(task.Inputs with { Source = source }));
        Assert.Contains("row 5", e.Message, StringComparison.Ordinal);
        Assert.Contains("element 118", e.Message, StringComparison.Ordinal);
        using var trainer = new Trainer(task.Inputs with { Source = source, TrainRows = [0, 1, 2] });
    }

    [Fact]
    public void A_training_step_makes_no_garbage()
    {
        using var task = new ToyTask(
            ToyTask.Quick with { Epochs = 6, BatchSize = 1, Shards = 1 }, ToyModel.Make(dropout: 0.1), kernels: AtomSets.Tensors.CpuKernels.Create());
        long start = 0;
        var bytes = new long[7];
        var steps = 0;
        var observer = new CountingObserver(progress =>
        {
            if (progress.Epoch < 3) return;
            if (progress.Step == 20) (start, steps) = (GC.GetAllocatedBytesForCurrentThread(), 20);
            if (progress.Step == 70) (bytes[progress.Epoch], steps) = (GC.GetAllocatedBytesForCurrentThread() - start, progress.Step - steps);
        });
        task.Run(new TrainOptions { Observer = observer, ProgressSteps = 10, Checkpoints = new RecordingSink(), CheckpointInterval = TimeSpan.FromHours(1) });
        Assert.Equal(50, steps);
        // The least of several epochs, for the reason that Garbage.LeastOf gives.
        Assert.Equal(0, bytes[3..].Min());
    }

    sealed class CountingObserver(Action<TrainProgress> onProgress) : ITrainObserver
    {
        public void EpochEnded(in EpochRow row) { }

        public void Progressed(in TrainProgress progress) => onProgress(progress);
    }
}
