using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.Cgcnn;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

/// <summary>A small CGCNN, trained by SGD on generated crystals: running statistics and velocities belong to the training's state.</summary>
public sealed class BatchNormTrainingTests : IDisposable
{
    const string Column = "lattice_energy_ev_atom";
    static readonly int[] Train = Enumerable.Range(0, 44).ToArray();
    static readonly int[] Validation = Enumerable.Range(44, 10).ToArray();
    static readonly int[] Test = Enumerable.Range(54, 6).ToArray();

    static readonly TrainSettings Settings = new()
    {
        Epochs = 8, BatchSize = 12, Optimizer = OptimizerKind.Sgd, LearningRate = 0.02, Schedule = ScheduleKind.Milestones, Milestones = new EpochList(5), ScheduleFactor = 0.1,
    };

    readonly DataSet _data = IonicGenerator.Generate(60, seed: 5);
    readonly CgcnnModel _model = new(new CgcnnSettings { AtomFeatures = 12, Convolutions = 2, Hidden = 12, CutoffAngstrom = 5, GaussianStepAngstrom = 0.5, GaussianWidthAngstrom = 0.5, Dropout = 0.1 });
    readonly PreparedData _prepared;
    readonly IBatchSource _source;
    readonly double[] _targets;

    public BatchNormTrainingTests()
    {
        _prepared = PreparedData.FromCrystals("ionic", _data.Crystals, () => CpuKernels.Create());
        _source = ModelRegistry.Default["cgcnn"].OpenSource(_model.Spec, _prepared);
        _targets = _data.Column(Column).ToArray();
    }

    public void Dispose()
    {
        _source.Dispose();
        _prepared.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_restarted_training_ends_with_the_same_bits(bool cpu)
    {
        using var kernels = Kernels(cpu);
        using var straight = Parameters(kernels);
        var sink = new RecordingSink();
        TrainOutcome expected;
        using (var trainer = new Trainer(Inputs(straight, Settings), new TrainOptions { Checkpoints = sink, CheckpointEveryEpoch = true })) expected = trainer.Run();
        Assert.NotEqual(0, expected.BestEpoch);
        foreach (var epoch in (int[])[1, 4])
        {
            using var parameters = new ParameterSet(kernels, _model.Parameters);
            parameters.Initialize(99); // whatever stood there before
            using var trainer = new Trainer(Inputs(parameters, Settings));
            trainer.Resume(sink[epoch]);
            var outcome = trainer.Run();
            Assert.Equal(expected.BestValidationError, outcome.BestValidationError);
            Assert.Equal(expected.History.Select(row => row.TrainLoss), outcome.History.Select(row => row.TrainLoss));
            Assert.All(_model.Parameters.Parameters, entry => Assert.Equal(straight.Export(entry.Name), parameters.Export(entry.Name)));
        }
    }

    [Fact]
    public void Training_moves_the_running_statistics_and_lowers_the_error()
    {
        using var kernels = Kernels(cpu: true);
        using var parameters = Parameters(kernels);
        using var trainer = new Trainer(Inputs(parameters, Settings with { Epochs = 40, Milestones = new EpochList(30) }));
        var outcome = trainer.Run();
        Assert.True(outcome.BestValidationError < 0.4 * outcome.History[0].ValidationError, $"{outcome.BestValidationError} after {outcome.History[0].ValidationError}");
        Assert.All(parameters.Export("convs.1.bn2.running_var"), value => Assert.True(value > 0 && value != 1));
        Assert.Equal(0.002, outcome.History[^1].LearningRate, 1e-12);
    }

    [Fact]
    public void Frozen_convolutions_keep_weights_and_statistics_and_the_others_train()
    {
        using var kernels = Kernels(cpu: true);
        using var parameters = Parameters(kernels);
        using (var trainer = new Trainer(Inputs(parameters, Settings))) trainer.Run();
        var parent = ModelFile.From(_model, parameters, new ModelTarget(Column, "eV/atom", TargetScaler.Identity));

        var report = TransferPlan.Parse("freeze:embedding,convs.0+new-head").Apply(_model, parameters, parent, seed: 3);
        Assert.Equal(["fc_out.weight", "fc_out.bias"], report.Reset.Select(parameter => parameter.Name));
        Assert.Contains(report.Frozen, parameter => parameter.Name == "convs.0.bn1.running_mean");
        using (var trainer = new Trainer(Inputs(parameters, Settings))) trainer.Run();
        foreach (var name in _model.Parameters.Parameters.Select(parameter => parameter.Name))
        {
            var isFrozen = name.StartsWith("embedding.", StringComparison.Ordinal) || name.StartsWith("convs.0.", StringComparison.Ordinal);
            if (isFrozen) Assert.Equal(parent.Parameters[name].Values, parameters.Export(name));
            // A bias in front of a batch norm has no effect, so no gradient.
            else if (!name.EndsWith("fc_full.bias", StringComparison.Ordinal)) Assert.NotEqual(parent.Parameters[name].Values, parameters.Export(name));
        }
    }

    [Fact]
    public void A_file_predicts_like_the_trainer()
    {
        using var kernels = Kernels(cpu: true);
        using var parameters = Parameters(kernels);
        using var trainer = new Trainer(Inputs(parameters, Settings));
        var outcome = trainer.Run();
        using var stream = new MemoryStream();
        ModelFile.From(_model, parameters, new ModelTarget(Column, "eV/atom", outcome.Scaler)).WriteTo(stream);
        using var predictor = new Predictor("ionic", ModelFile.Read(stream.ToArray(), "memory"), ModelRegistry.Default, () => CpuKernels.Create());
        var predictions = predictor.Predict(Test.Select(row => PredictionInput.Of(_data.Ids[row], _data.Crystal(row))).ToArray());
        var expected = trainer.Predict(Test);
        for (var i = 0; i < Test.Length; i++) Assert.Equal(expected[i], predictions[i].Value!.Value, 1e-4);
    }

    [Fact]
    public void Shards_are_refused_where_a_batch_has_common_statistics()
    {
        using var kernels = Kernels(cpu: true);
        using var parameters = Parameters(kernels);
        var e = Assert.Throws<TrainingInputException>(() => new Trainer(Inputs(parameters, Settings with { Shards = 2 })));
        Assert.Contains("training.shards = 2 does not go with a cgcnn", e.Message, StringComparison.Ordinal);
        Assert.Contains("Leave shards at 1", e.Message, StringComparison.Ordinal);
    }

    static IKernels Kernels(bool cpu) => cpu ? CpuKernels.Create() : new ReferenceKernels();

    ParameterSet Parameters(IKernels kernels)
    {
        var parameters = new ParameterSet(kernels, _model.Parameters);
        parameters.Initialize(11);
        return parameters;
    }

    TrainInputs Inputs(ParameterSet parameters, TrainSettings settings) => new()
    {
        Model = _model,
        Parameters = parameters,
        Source = _source,
        Targets = _targets,
        TrainRows = Train,
        ValidationRows = Validation,
        Settings = settings,
        Seed = 11,
    };
}
