using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.Classical;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Models.Classical;

public sealed class ClassicalFamilyTests
{
    public static TheoryData<string> Kinds => [.. ClassicalFamilies.All.Select(family => family.Name)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_file_predicts_bit_for_bit_what_the_fit_did(string kind)
    {
        string[] formulas = ["NaCl", "MgO", "Al2O3", "BaTiO3", "Fe2O3", "SiO2", "KBr", "CaF2", "LiF", "ZnS", "GaAs", "TiO2"];
        using var data = PreparedData.FromCompositions("twelve", [.. formulas.Select(Composition.Parse)], () => CpuKernels.Create());
        var family = (IFittedFamily)ModelRegistry.Default[kind];
        var spec = FitOn.Spec(kind);
        using var source = family.OpenSource(spec, data);
        var targets = formulas.Select((formula, i) => 10.0 + i * i % 7).ToArray();
        var task = new FitTask { Family = family, Spec = spec, Source = source, Targets = targets, TrainRows = [0, 2, 4, 6, 8, 10, 1, 3], ValidationRows = [5, 7, 9, 11], Seed = 5 };
        var outcome = ModelFit.Run(task);
        Assert.Equal(4, outcome.ValidationPredictions.Length);
        Assert.Equal(outcome.ValidationPredictions.Zip(task.ValidationRows, (p, row) => Math.Abs(p - targets[row])).Average(), outcome.ValidationError, 1e-12);

        var file = new ModelFile { Spec = spec, Target = new ModelTarget("y", "eV", outcome.Scaler), Parameters = outcome.Tensors };
        using var stream = new MemoryStream();
        file.WriteTo(stream);
        var read = ModelFile.Read(stream.ToArray(), "memory");
        read.Check(ModelRegistry.Default);
        Assert.Equal(file.ContentHash, read.ContentHash);
        using var predictor = new Predictor("file", read, ModelRegistry.Default, () => CpuKernels.Create());
        var predictions = predictor.Predict([.. task.ValidationRows.Select(row => PredictionInput.Of(formulas[row], data.Composition(row)))]);
        Assert.Equal(outcome.ValidationPredictions, predictions.Select(prediction => prediction.Value!.Value));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Classifiers_give_probabilities(string kind)
    {
        var family = (IFittedFamily)ModelRegistry.Default[kind];
        if (family.Schema.All(setting => setting.Name != "task")) return;
        var x = FitOn.Draw(31, 60, 3);
        var spec = FitOn.Spec(kind, ("task", "classification"));
        var y = x.Select(row => row[0] > 0 ? 1.0 : 0).ToArray();
        Assert.Equal(OutputKind.Probability, family.OutputKind(spec));
        var predictions = FitOn.Predict(spec, FitOn.Tensors(spec, x, y), x);
        Assert.All(predictions, p => Assert.InRange(p, 0, 1));
        if (kind != "baseline") Assert.True(ClassificationMetrics.Of(predictions, y).AucFromProbabilities > 0.9);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_fit_that_is_interrupted_says_so(string kind)
    {
        if (kind is "baseline" or "knn" or "ridge") return; // done before anyone could ask
        var spec = FitOn.Spec(kind);
        var inputs = new FitInputs(FitOn.Batch(FitOn.Draw(32, 40, 3)), new double[40], 1);
        Assert.Throws<OperationCanceledException>(() => ((IFittedFamily)ModelRegistry.Default[kind]).Fit(spec, inputs, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void The_lasso_drops_columns_and_meets_its_conditions()
    {
        var x = FitOn.Draw(33, 80, 6);
        var y = x.Select(row => 2.0 * row[0] - row[3]).ToArray();
        const double alpha = 0.05, ratio = 0.8;
        var spec = FitOn.Spec("elastic_net", ("alpha", alpha), ("l1_ratio", ratio), ("standardise", false));
        var tensors = FitOn.Tensors(spec, x, y);
        var w = tensors["weights"].Values;
        var residual = FitOn.Predict(spec, tensors, x).Zip(y, (p, t) => t - p).ToArray();
        Assert.Equal(4, w.Count(weight => weight == 0));
        for (var j = 0; j < 6; j++)
        {
            var slope = residual.Select((r, i) => r * x[i][j]).Sum() / 80 - alpha * (1 - ratio) * w[j];
            if (w[j] != 0) Assert.Equal(alpha * ratio * Math.Sign(w[j]), slope, 1e-5);
            else Assert.InRange(Math.Abs(slope), 0, alpha * ratio + 1e-6);
        }
    }

    [Fact]
    public void The_baseline_is_the_mean_or_the_median()
    {
        float[][] x = [[0], [1], [2], [3]];
        Assert.Equal(2.5, FitOn.Predict(FitOn.Spec("baseline"), FitOn.Tensors(FitOn.Spec("baseline"), x, [1, 3, 2, 90]), x)[0], 1e-6);
        var mean = FitOn.Spec("baseline", ("statistic", "mean"));
        Assert.Equal(24, FitOn.Predict(mean, FitOn.Tensors(mean, x, [1, 3, 2, 90]), x)[0], 1e-6);
    }

    [Fact]
    public void Inputs_of_another_width_are_refused()
    {
        foreach (var family in ClassicalFamilies.All.Where(family => family.Name != "baseline"))
        {
            var spec = FitOn.Spec(family.Name);
            var tensors = FitOn.Tensors(spec, FitOn.Draw(34, 30, 3), [.. Enumerable.Range(0, 30).Select(i => (double)(i % 7))]);
            Assert.Contains("columns", Assert.Throws<ModelException>(() => FitOn.Predict(spec, tensors, [[1, 2]])).Message, StringComparison.Ordinal);
        }
    }
}
