using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

/// <summary>Steps over several batches, and losses that learn a deviation.</summary>
public sealed class AccumulationTests
{
    [Fact]
    public void Batches_whose_gradients_are_averaged_train_as_one_batch()
    {
        // Rows 0 to 71: no batch is cut short, so that means over halves are means over the whole.
        using var whole = new ToyTask(ToyTask.Quick with { BatchSize = 24, Epochs = 5 }, trainRows: 72);
        using var parts = new ToyTask(ToyTask.Quick with { BatchSize = 8, Accumulation = 3, Epochs = 5 }, trainRows: 72);
        using var shards = new ToyTask(ToyTask.Quick with { BatchSize = 24, Shards = 3, Epochs = 5 }, trainRows: 72);
        var (a, b) = (whole.Run(), parts.Run());
        shards.Run();
        Assert.Equal(a.History.Select(row => row.TrainLoss), b.History.Select(row => row.TrainLoss), (x, y) => Math.Abs(x - y) < 1e-9);
        Assert.All(whole.Weights().Zip(parts.Weights()), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
        Assert.Equal(shards.Weights(), parts.Weights());
    }

    [Theory]
    [InlineData("robust_mae")]
    [InlineData("robust_mse")]
    public void A_robust_loss_learns_how_far_predictions_are_off(string loss)
    {
        var data = IonicGenerator.Generate(80, seed: 8);
        var spec = ModelRegistry.Default.Resolve("roost", [new("preset", "small"), new("width", 12L), new("steps", 1L), new("output_widths", new long[] { 16 }), new("element_features", "one_hot")]);
        var prepared = new PreparedData(data.Name, data.Count, data.Composition, null, () => new ReferenceKernels());
        var family = ModelRegistry.Default.Network("roost");
        var model = family.Create(family.Bind(spec, prepared, Enumerable.Range(0, data.Count).ToArray()));
        using var source = family.OpenSource(model.Spec, prepared);
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 2);
        using var trainer = new Trainer(new TrainInputs
        {
            Model = model, Parameters = parameters, Source = source, Targets = data.Column("lattice_energy_ev_atom").ToArray(),
            TrainRows = Enumerable.Range(0, 60).ToArray(), ValidationRows = Enumerable.Range(60, 20).ToArray(), Seed = 2,
            Settings = TrainSettings.Resolve([new("loss", loss), new("epochs", 60L), new("batch_size", 20L), new("learning_rate", 0.01), new("optimizer", "adamw")]),
        });
        var outcome = trainer.Run();
        // Both losses are at least 0 while s stays 0: a negative one has learnt s.
        Assert.True(outcome.History[^1].TrainLoss < -0.3, $"{outcome.History[^1].TrainLoss}");
        Assert.True(outcome.BestValidationError < 0.5 * outcome.History[0].ValidationError);
    }

    [Fact]
    public void A_robust_loss_is_refused_where_no_deviation_is_predicted()
    {
        using var task = new ToyTask(TrainSettings.Resolve([new("loss", "robust_mse")]));
        Assert.Contains("use cgat or roost, or the loss mse", Assert.Throws<TrainingInputException>(() => task.Run()).Message, StringComparison.Ordinal);
    }
}
