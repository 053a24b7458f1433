using AtomSets.Models;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Torch.Tests;

/// <summary>One training, step by step, on two kinds of kernels from the same first weights.</summary>
sealed record Training(IModel Model, IBatchSource Source, double[] Targets, int[] Rows, TrainSettings Settings)
{
    /// <summary>The loss of each step, and the weights at the end.</summary>
    public (double[] Losses, double[] Weights) Run(IKernels kernels, int steps)
    {
        using var parameters = new ParameterSet(kernels, Model.Parameters);
        parameters.Initialize(11);
        var inputs = new TrainInputs
        {
            Model = Model, Parameters = parameters, Source = Source, Targets = Targets, TrainRows = Rows, ValidationRows = [], Settings = Settings, Seed = 11,
        };
        var scaler = TargetScaler.Standard(Targets, Rows);
        using var step = new TrainStep(inputs, scaler);
        var losses = new double[steps];
        var order = Rows.ToArray();
        for (var i = 0; i < steps; i++)
        {
            KeyedRandom.For(4, "rows", (ulong)i).Shuffle(order.AsSpan());
            losses[i] = step.Run(order.AsSpan(0, Math.Min(Settings.BatchSize, order.Length)), i, Settings.LearningRate);
        }
        var weights = new double[Model.Parameters.TotalLength];
        kernels.Download(parameters.Values, weights);
        return (losses, weights);
    }
}
