using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Core.Tests.Training;

/// <summary>A regression that the toy model can learn: y = 40 + 10·(x₀ − 0.5 x₁ + x₀x₂), rows 0–79 to train on, 80–99 to validate, 100–119 to test.</summary>
sealed class ToyTask : IDisposable
{
    public const int Rows = 120;
    readonly IKernels _kernels;

    public ToyTask(TrainSettings? settings = null, ToyModel? model = null, ulong seed = 1, int trainRows = 80, IKernels? kernels = null)
    {
        _kernels = kernels ?? new ReferenceKernels();
        Model = model ?? ToyModel.Make();
        var random = KeyedRandom.For(77);
        var features = new float[Rows * 3];
        for (var i = 0; i < features.Length; i++) features[i] = (float)random.Uniform((ulong)i, -1, 1);
        Targets = new double[Rows];
        for (var row = 0; row < Rows; row++)
        {
            var (a, b, c) = (features[3 * row], features[3 * row + 1], features[3 * row + 2]);
            Targets[row] = Model.OutputKind == AtomSets.Models.OutputKind.Probability ? a - 0.5 * b > 0 ? 1 : 0 : 40 + 10 * (a - 0.5 * b + a * c);
        }
        Parameters = new ParameterSet(_kernels, Model.Parameters);
        Parameters.Initialize(seed);
        Inputs = new TrainInputs
        {
            Model = Model,
            Parameters = Parameters,
            Source = new ToySource(3, features),
            Targets = Targets,
            TrainRows = Enumerable.Range(0, trainRows).ToArray(),
            ValidationRows = Validation,
            Settings = settings ?? Quick,
            Seed = seed,
        };
    }

    public static int[] Validation { get; } = Enumerable.Range(80, 20).ToArray();

    public static int[] Test { get; } = Enumerable.Range(100, 20).ToArray();

    public static TrainSettings Quick { get; } = new() { Epochs = 60, BatchSize = 16, LearningRate = 1e-2 };

    public ToyModel Model { get; }

    public ParameterSet Parameters { get; }

    public double[] Targets { get; }

    public TrainInputs Inputs { get; set; }

    public Trainer Trainer(TrainOptions? options = null) => new(Inputs, options);

    public TrainOutcome Run(TrainOptions? options = null)
    {
        using var trainer = Trainer(options);
        return trainer.Run();
    }

    /// <summary>The present weights as a model file.</summary>
    public ModelFile File(TargetScaler? scaler = null) =>
        ModelFile.From(Model, Parameters, new ModelTarget("y", "K", scaler ?? TargetScaler.Identity));

    /// <summary>All values, as they lie in memory.</summary>
    public double[] Weights()
    {
        var values = new double[Model.Parameters.TotalLength];
        _kernels.Download(Parameters.Values, values);
        return values;
    }

    public void Dispose()
    {
        Parameters.Dispose();
        _kernels.Dispose();
    }
}
