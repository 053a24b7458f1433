using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.MegNet;
using AtomSets.Models.Published;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

public sealed class PredictorTests
{
    [Fact]
    public void Formulas_come_back_in_order_in_physical_units_with_their_own_errors()
    {
        using var task = new ToyTask(seed: 3);
        var file = task.File(new TargetScaler(10, 2)) with { Provenance = new ModelProvenance { Elements = [1, 8, 11, 17] } };
        using var predictor = new Predictor("toy", file, ToyModel.Registry, () => CpuKernels.Create());
        string[] formulas = ["H2O", "NaCl", "FeO", "H200O", "Na2O"];
        var inputs = formulas.Select(formula => PredictionInput.Of(formula, Composition.Parse(formula))).ToList();
        inputs.Insert(1, new PredictionInput("nothing", null, null));
        var predictions = predictor.Predict(inputs);
        Assert.Equal(["H2O", "nothing", "NaCl", "FeO", "H200O", "Na2O"], predictions.Select(prediction => prediction.Input));
        Assert.All(predictions, prediction => Assert.Equal("K", prediction.Unit));
        Assert.Contains("neither", predictions[1].Error, StringComparison.Ordinal);
        Assert.Contains("Fe", predictions[3].Error, StringComparison.Ordinal);
        Assert.Contains("more than 100 atoms", predictions[4].Error, StringComparison.Ordinal);
        Assert.All(predictions, prediction => Assert.Equal(prediction.Error is null, prediction.Value is not null));

        // The same by hand: columns (amount of the first element, of all, 1), then y·2 + 10.
        var water = Composition.Parse("H2O");
        using var kernels = new ReferenceKernels();
        using var parameters = file.CreateParameters(task.Model, kernels);
        using var evaluator = new ModelEvaluator(
            task.Model, parameters, new ToySource(3, [(float)water.Amounts[0].Amount, 3, 1]), TargetScaler.Identity);
        Assert.Equal(evaluator.Predict([0])[0] * 2 + 10, predictions[0].Value!.Value, 1e-4);
    }

    [Fact]
    public void More_inputs_than_a_chunk_predict_as_one_by_one()
    {
        using var task = new ToyTask(seed: 3);
        using var predictor = new Predictor("toy", task.File(), ToyModel.Registry, () => new ReferenceKernels());
        var inputs = Enumerable.Range(1, 600).Select(i => PredictionInput.Of($"{i}", Composition.Parse($"H{i % 150 + 1}O"))).ToArray();
        var together = predictor.Predict(inputs);
        for (var i = 0; i < inputs.Length; i += 37) Assert.Equal(predictor.Predict([inputs[i]])[0], together[i]);
        Assert.Equal(inputs.Count(input => input.Composition!.TotalAmount > 100), together.Count(prediction => prediction.Error is not null));
    }

    [Fact]
    public void A_structure_model_tells_that_a_formula_is_not_enough()
    {
        using var predictor = MegNetPredictor(out _);
        Assert.True(predictor.NeedsStructures);
        var predictions = predictor.Predict(
        [
            PredictionInput.Of("NaCl", Composition.Parse("NaCl")),
            PredictionInput.Of("salt.cif", Salt(5.64)),
            PredictionInput.Of("CfCl.cif", Salt(5.64, sodium: 98)),
            PredictionInput.Of("far apart", Salt(60)),
        ]);
        Assert.Contains("structure file", predictions[0].Error, StringComparison.Ordinal);
        Assert.True(double.IsFinite(predictions[1].Value!.Value));
        Assert.NotNull(predictions[2].Error); // californium is outside the table of 94 elements
        Assert.NotNull(predictions[3].Value); // no bond at all is no error
    }

    [Fact]
    public void Zero_shot_is_the_parents_prediction()
    {
        using var predictor = MegNetPredictor(out var file);
        Crystal[] crystals = [Salt(5.5), Salt(5.64), Salt(5.8)];
        using var data = PreparedData.FromCrystals("salts", crystals, () => CpuKernels.Create());
        using var kernels = CpuKernels.Create();
        var values = ZeroShot.Predict(file, ModelRegistry.Default, data, [2, 0], kernels);
        Assert.Equal(predictor.Predict([PredictionInput.Of("a", crystals[2]), PredictionInput.Of("b", crystals[0])]).Select(p => p.Value!.Value), values);
        var metrics = ZeroShot.Evaluate(file, ModelRegistry.Default, data, [values[1] + 0.5, double.NaN, values[0] - 1.5], [2, 0], kernels);
        Assert.Equal(1.0, metrics.MeanAbsoluteError, 1e-12);
    }

    [Fact]
    public void A_missing_file_is_told_from_an_unknown_name()
    {
        var e = Assert.Throws<TrainingInputException>(() => Predictor.Open("none.safetensors", null, ModelRegistry.Default, () => CpuKernels.Create()));
        Assert.Contains("none.safetensors", e.Message, StringComparison.Ordinal);
        Assert.Contains("ATOMSETS_DATA", Assert.Throws<TrainingInputException>(
            () => Predictor.Open("mp-2019.4.1_formation_energy", null, ModelRegistry.Default, () => CpuKernels.Create())).Message, StringComparison.Ordinal);
    }

    [DataFact]
    public void Published_networks_predict_by_their_names()
    {
        var published = new PublishedModels(TestData.Path("models"));
        using var predictor = Predictor.Open("mp-2019.4.1_formation_energy", published, ModelRegistry.Default, () => CpuKernels.Create());
        // Li2O of the authors' own test: -2.01530 eV/atom (megnet/tests/test_models.py).
        var fixture = Core.Tests.Models.Fixtures.Instance["Li2O_pymatgen"];
        var prediction = predictor.Predict([PredictionInput.Of("Li2O", fixture.Crystal)])[0];
        Assert.Equal(-2.0152957439422607, prediction.Value!.Value, 1e-4);
        Assert.Contains("eV", prediction.Unit, StringComparison.Ordinal);

        var file = PublishedImport.ToModelFile(published.Open("mp-2019.4.1_efermi"));
        Assert.Equal((2.9150, 2.7299), (Math.Round(file.Target.Scaler.Mean, 4), Math.Round(file.Target.Scaler.Deviation, 4)));
        Assert.Throws<ModelException>(() => Predictor.Open("qm9-2018.6.1_U0", published, ModelRegistry.Default, () => CpuKernels.Create()));
        Assert.Throws<ModelException>(() => Predictor.Open("mp-2019.4.1_formation_enrgy", published, ModelRegistry.Default, () => CpuKernels.Create()));
    }

    static Crystal Salt(double edge, int sodium = 11) => new(
        [edge, 0, 0, 0, edge, 0, 0, 0, edge], [sodium, 11, 11, 11, 17, 17, 17, 17],
        [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5]);

    static Predictor MegNetPredictor(out ModelFile file)
    {
        var model = new MegNetModel(new MegNetSettings { Hidden = 8, Width = 6, Readout = 4, Embedding = 4, Blocks = 1, GaussianCentres = 10 }.ToSpec());
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(8);
        file = ModelFile.From(model, parameters, new ModelTarget("e", "eV/atom", new TargetScaler(-1, 0.5)));
        return new Predictor("small", file, ModelRegistry.Default, () => CpuKernels.Create());
    }
}
