using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

/// <summary>The whole way on generated crystals: a small MEGNet is trained, interrupted, kept, carried over, and predicts from its file.</summary>
public sealed class CrystalTrainingTests : IDisposable
{
    const string Column = "lattice_energy_ev_atom";
    static readonly int[] Train = Enumerable.Range(0, 44).ToArray();
    static readonly int[] Validation = Enumerable.Range(44, 10).ToArray();
    static readonly int[] Test = Enumerable.Range(54, 6).ToArray();

    static readonly MegNetSettings Small = new()
    {
        Embedding = 8, Hidden = 16, Width = 8, Readout = 8, Blocks = 2, GaussianCentres = 16, CutoffAngstrom = 4, GaussianStopAngstrom = 5, Dropout = 0.05,
    };

    static readonly TrainSettings Settings = new() { Epochs = 8, BatchSize = 12, LearningRate = 5e-3, Schedule = ScheduleKind.Cosine };

    readonly DataSet _data = IonicGenerator.Generate(60, seed: 5);
    readonly PreparedData _prepared;
    readonly double[] _targets;
    readonly MegNetModel _model = new(Small.ToSpec());
    readonly IBatchSource _source;

    public CrystalTrainingTests()
    {
        _prepared = PreparedData.FromCrystals("ionic", _data.Crystals, () => CpuKernels.Create());
        _targets = _data.Column(Column).ToArray();
        _source = ModelRegistry.Default["megnet"].OpenSource(_model.Spec, _prepared);
    }

    [Fact]
    public void A_restarted_training_ends_with_the_same_bits()
    {
        var sink = new RecordingSink();
        var (straight, expected) = Pretrain(Settings, new TrainOptions { Checkpoints = sink, CheckpointEveryEpoch = true });
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, _model.Parameters);
        using var trainer = new Trainer(Inputs(parameters, Settings));
        trainer.Resume(sink[3]);
        var outcome = trainer.Run();
        Assert.Equal(expected.BestValidationError, outcome.BestValidationError);
        Assert.All(straight, entry => Assert.Equal(entry.Value.Values, parameters.Export(entry.Key)));
    }

    [Fact]
    public void A_step_on_crystals_makes_no_garbage()
    {
        var readings = new long[64];
        var count = 0;
        var observer = new Observer(() => readings[count++] = GC.GetAllocatedBytesForCurrentThread());
        // Batches differ in size from step to step; the buffers have seen the largest after some epochs.
        Pretrain(Settings with { Epochs = 8, BatchSize = 4 }, new TrainOptions { Observer = observer, ProgressSteps = 5 });
        // Two readings per epoch, at steps 5 and 10 of 11.
        Assert.Equal(16, count);
        // The least of several epochs, for the reason that Garbage.LeastOf gives.
        Assert.Equal(0, Enumerable.Range(5, 3).Min(epoch => readings[2 * epoch + 1] - readings[2 * epoch]));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Shards_on_several_workers_have_the_gradient_of_one(int shards)
    {
        // A hundred steps of the unsharded training; at each, the gradient of the same batch and weights in shards.
        var settings = Settings with { BatchSize = 20, Clip = ClipKind.None };
        var model = new MegNetModel((Small with { Dropout = 0 }).ToSpec());
        using var source = ModelRegistry.Default["megnet"].OpenSource(model.Spec, _prepared);
        IKernels[] kernels = [.. Enumerable.Range(0, shards).Select(_ => CpuKernels.Create())];
        using var parameters = new ParameterSet(kernels[0], model.Parameters);
        parameters.Initialize(3);
        var inputs = Inputs(parameters, settings) with { Model = model, Source = source };
        var scaler = TargetScaler.Standard(_targets, Train);
        using var whole = new TrainStep(inputs, scaler);
        using var sharded = new TrainStep(inputs with { Settings = settings with { Shards = shards } }, scaler, kernels[1..]);
        var (expected, actual) = (new float[model.Parameters.TotalLength], new float[model.Parameters.TotalLength]);
        var rows = Train.ToArray();
        for (var step = 0; step < 100; step++)
        {
            KeyedRandom.For(4, "rows", (ulong)step).Shuffle(rows.AsSpan());
            var batch = rows.AsSpan(0, 20);
            var loss = sharded.Gradient(batch, step);
            kernels[0].Download(parameters.Gradients, actual);
            Assert.Equal(loss, whole.Run(batch, step, 1e-3), 1e-5 * Math.Max(1, loss));
            kernels[0].Download(parameters.Gradients, expected);
            var largest = expected.Max(Math.Abs);
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 2e-5 * largest));
        }
        foreach (var own in kernels) own.Dispose();
    }

    [Fact]
    public void The_number_of_workers_changes_no_bit()
    {
        IKernels[] helpers = [CpuKernels.Create(), CpuKernels.Create(), CpuKernels.Create()];
        var settings = Settings with { Shards = 4 };
        var (alone, expected) = Pretrain(settings);
        foreach (var workers in (int[])[2, 4])
        {
            var (together, outcome) = Pretrain(settings, new TrainOptions { Helpers = helpers[..(workers - 1)] });
            Assert.Equal(expected.BestValidationError, outcome.BestValidationError);
            Assert.All(alone, entry => Assert.Equal(entry.Value.Values, together[entry.Key].Values));
        }
        foreach (var own in helpers) own.Dispose();
    }

    [Fact]
    public void A_crystals_work_is_its_own_whatever_batch_it_is_in()
    {
        var work = Train.Select(_source.WorkOf).ToArray();
        Assert.All(work, amount => Assert.True(amount > 0));
        Assert.True(work.Distinct().Count() > 5);
        using var other = ModelRegistry.Default["megnet"].OpenSource(_model.Spec, _prepared);
        Assert.Equal(work.Reverse(), Train.Reverse().Select(other.WorkOf));
    }

    [Fact]
    public void Weights_carry_over_and_the_file_predicts_like_the_trainer()
    {
        var (weights, outcome) = Pretrain(Settings with { Epochs = 40 });
        var file = new ModelFile { Spec = _model.Spec, Target = new ModelTarget(Column, "eV/atom", outcome.Scaler), Parameters = weights };
        Assert.True(outcome.BestValidationError < 0.5 * outcome.History[0].ValidationError, $"{outcome.BestValidationError} after {outcome.History[0].ValidationError}");
        using var stream = new MemoryStream();
        file.WriteTo(stream);
        using var predictor = new Predictor("ionic", ModelFile.Read(stream.ToArray(), "memory"), ModelRegistry.Default, () => CpuKernels.Create());
        var predictions = predictor.Predict(Test.Select(row => PredictionInput.Of(_data.Ids[row], _data.Crystal(row))).ToArray());

        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, _model.Parameters);
        var report = TransferPlan.Parse("freeze:embed,pre+parent-scaler").Apply(_model, parameters, file, seed: 3);
        Assert.Equal(_model.Parameters.ParameterCount, report.CopiedCount + report.FrozenCount);
        using var trainer = new Trainer(Inputs(parameters, Settings with { Epochs = 2 }) with { Scaler = outcome.Scaler });
        var start = trainer.Predict(Test);
        for (var i = 0; i < Test.Length; i++) Assert.Equal(start[i], predictions[i].Value!.Value, 1e-4);
        trainer.Run();
        Assert.Equal(weights["embed.atom"].Values, parameters.Export("embed.atom"));
        Assert.NotEqual(weights["block0.phi_e.0.W"].Values, parameters.Export("block0.phi_e.0.W"));
    }

    [Fact]
    public void Features_of_a_trained_parent_travel_with_the_model_that_uses_them()
    {
        var (weights, outcome) = Pretrain(Settings with { Epochs = 40 });
        var parentFile = new ModelFile { Spec = _model.Spec, Target = new ModelTarget(Column, "eV/atom", outcome.Scaler), Parameters = weights };
        var plan = TransferPlan.Parse("features:V1");
        var registry = ModelRegistry.Default;
        var parent = parentFile.ToParent(registry, "pre-training");
        using var data = PreparedData.FromCrystals("ionic", _data.Crystals, () => CpuKernels.Create(), parent);
        var family = registry.Network("atomsets");
        var spec = family.Bind(registry.Resolve("atomsets", [KeyValuePair.Create("features", (object?)plan.FeatureLayer)]), data, Train);
        var model = family.Create(spec);
        plan.Check(model, parentFile.Spec);
        using var source = family.OpenSource(spec, data);
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        plan.Apply(model, parameters, parentFile, seed: 1);
        using var trainer = new Trainer(Inputs(parameters, new TrainSettings { Epochs = 60, BatchSize = 16, LearningRate = 3e-3 }) with { Model = model, Source = source });
        var trained = trainer.Run();
        Assert.True(trained.BestValidationError < 0.5 * trained.History[0].ValidationError, "it learns");

        using var stream = new MemoryStream();
        (ModelFile.From(model, parameters, new ModelTarget(Column, "eV/atom", trained.Scaler)) with { FeatureParent = FeatureParent.From(parent) }).WriteTo(stream);
        var file = ModelFile.Read(stream.ToArray(), "memory");
        using var predictor = new Predictor("sets", file, registry, () => CpuKernels.Create());
        var expected = trainer.Predict(Test);
        var predictions = predictor.Predict(Test.Select(row => PredictionInput.Of(_data.Ids[row], _data.Crystal(row))).ToArray());
        for (var i = 0; i < Test.Length; i++) Assert.Equal(expected[i], predictions[i].Value!.Value, 1e-4);

        var e = Assert.Throws<ModelException>(() => new Predictor("sets", file with { FeatureParent = null }, registry, () => CpuKernels.Create()));
        Assert.Contains("features of a parent", e.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _source.Dispose();
        _prepared.Dispose();
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

    (IReadOnlyDictionary<string, ModelTensor> Weights, TrainOutcome Outcome) Pretrain(TrainSettings settings, TrainOptions? options = null)
    {
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, _model.Parameters);
        parameters.Initialize(11);
        using var trainer = new Trainer(Inputs(parameters, settings), options);
        var outcome = trainer.Run();
        return (ModelFile.From(_model, parameters, new ModelTarget(Column, "eV/atom", outcome.Scaler)).Parameters, outcome);
    }

    sealed class Observer(Action onProgress) : ITrainObserver
    {
        public void EpochEnded(in EpochRow row) { }

        public void Progressed(in TrainProgress progress) => onProgress();
    }
}
