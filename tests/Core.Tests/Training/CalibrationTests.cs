using AtomSets.Models;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

public sealed class CalibrationTests
{
    [Fact]
    public void The_quantile_is_that_of_split_conformal_prediction()
    {
        // Nine residuals 1 … 9: ⌈10 · 0.9⌉ = 9th, ⌈10 · 0.5⌉ = 5th; 0.95 would need a tenth.
        var calibration = Calibration.Fit([3, -1, 2, -5, 4, 6, -9, 8, -7], null)!;
        Assert.Equal(9, calibration.HalfWidth(0.9, 0), 1e-12);
        Assert.Equal(5, calibration.HalfWidth(0.5, 0), 1e-12);
        Assert.True(double.IsPositiveInfinity(calibration.HalfWidth(0.95, 0)));
        Assert.Equal((9, 19, 99), (Calibration.RowsFor(0.9), Calibration.RowsFor(0.95), Calibration.RowsFor(0.99)));
        Assert.Equal(Math.Sqrt((1 + 4 + 9 + 16 + 25 + 36 + 49 + 64 + 81) / 9.0), calibration.StandardError(0), 1e-12);
        Assert.Null(Calibration.Fit([], null));
        Assert.Equal(0, Calibration.Fit([0, 0, 0], null)!.HalfWidth(0.5, 0));
    }

    [Fact]
    public void Of_many_residuals_the_kept_thousandths_are_never_too_narrow()
    {
        var residuals = Enumerable.Range(1, 2500).Select(i => (double)i).ToArray();
        var calibration = Calibration.Fit(residuals, null)!;
        Assert.Equal(1000, calibration.Scores.Count);
        foreach (var level in new[] { 0.1, 0.5, 0.683, 0.9, 0.99 })
        {
            var exact = Math.Ceiling((2501 * level) - 1e-9);
            Assert.InRange(calibration.HalfWidth(level, 0), exact - 1e-6, exact + 2.5 + 1e-6);
        }
    }

    [Fact]
    public void On_a_set_of_known_noise_the_intervals_hold_their_share_and_follow_the_spread()
    {
        // The noise of a row has deviation d between 0.5 and 2; five members scatter about the truth's model with the same d.
        const int validation = 2000, test = 20_000;
        var noise = KeyedRandom.For(7, "calibration");
        ulong drawn = 0;
        (double Residual, double Spread, double Deviation) Row()
        {
            var deviation = 0.5 + (1.5 * noise.Uniform(drawn++));
            double[] members = [.. Enumerable.Range(0, 5).Select(_ => deviation * Normal())];
            var mean = MemberPredictions.Of("", 0, members);
            return (deviation * Normal(), mean.Spread, deviation);
        }
        double Normal() => noise.Normal(drawn++);
        var known = Enumerable.Range(0, validation).Select(_ => Row()).ToArray();
        var calibration = Calibration.Fit(known.Select(row => row.Residual).ToArray(), [.. known.Select(row => row.Spread)])!;
        var single = Calibration.Fit(known.Select(row => row.Residual).ToArray(), null)!;
        var rows = Enumerable.Range(0, test).Select(_ => Row()).ToArray();
        foreach (var level in new[] { 0.5, 0.9, 0.95 })
        {
            // Beta-distributed about the level with a deviation of √(level (1 − level)/2000), and as much again for the test rows: 4 of these.
            var tolerance = 4 * Math.Sqrt(level * (1 - level) * ((1.0 / validation) + (1.0 / test)));
            Assert.InRange(rows.Average(row => Math.Abs(row.Residual) <= calibration.HalfWidth(level, row.Spread) ? 1.0 : 0), level - tolerance, level + tolerance);
            Assert.InRange(rows.Average(row => Math.Abs(row.Residual) <= single.HalfWidth(level, 0) ? 1.0 : 0), level - tolerance, level + tolerance);
        }
        // Noisy rows get wide intervals, so that each kind of row is covered about as often; one width for all covers the quiet ones always and the noisy ones too seldom.
        Assert.InRange(calibration.SpreadShare, 0.3, 0.95);
        double Covered(Func<double, double> half, bool noisy) => rows.Where(row => row.Deviation > 1.7 == noisy).Average(row => Math.Abs(row.Residual) <= half(row.Spread) ? 1.0 : 0);
        Assert.True(Covered(spread => single.HalfWidth(0.9, 0), true) + 0.04 < Covered(spread => calibration.HalfWidth(0.9, spread), true));
        // Standard errors are those of the noise, on average.
        Assert.Equal(Math.Sqrt(rows.Average(row => row.Deviation * row.Deviation)), Math.Sqrt(rows.Average(row => calibration.StandardError(row.Spread) * calibration.StandardError(row.Spread))), 0.06);
    }

    [Fact]
    public void An_ensemble_predicts_the_mean_of_its_members_from_one_file_and_tells_its_interval()
    {
        using var first = new ToyTask(seed: 3);
        using var second = new ToyTask(seed: 4);
        ModelFile[] members = [first.File(new TargetScaler(10, 2)), second.File(new TargetScaler(20, 1))];
        var calibration = Calibration.Fit([1, -2, 3, -4, 5, -6, 7, -8, 9, -10], null)!;
        var file = ModelFile.OfMembers(members, calibration, new Dictionary<string, double> { ["validation_mae"] = 1.5 });
        using var bytes = new MemoryStream();
        file.WriteTo(bytes);
        var read = ModelFile.Read(bytes.ToArray(), "ensemble");
        Assert.Equal(file.ContentHash, read.ContentHash);
        Assert.Equal((2, 1.5, 10), (read.Members.Count, read.Metrics["validation_mae"], read.Calibration!.Rows));
        read.Check(ToyModel.Registry);

        PredictionInput[] inputs = [PredictionInput.Of("H2O", AtomSets.Materials.Composition.Parse("H2O")), PredictionInput.Of("bad", AtomSets.Materials.Composition.Parse("H200O"))];
        double Alone(ModelFile one)
        {
            using var predictor = new Predictor("one", one, ToyModel.Registry, () => CpuKernels.Create());
            Assert.Contains("without intervals", predictor.IntervalProblem(0.9), StringComparison.Ordinal);
            return predictor.Predict(inputs)[0].Value!.Value;
        }
        using var ensemble = new Predictor("two", read, ToyModel.Registry, () => CpuKernels.Create());
        Assert.Equal((2, null), (ensemble.Members, ensemble.IntervalProblem(0.9)));
        Assert.Contains("19", ensemble.IntervalProblem(0.95), StringComparison.Ordinal);
        var predictions = ensemble.Predict(inputs, new PredictionOptions { Interval = 0.9 });
        Assert.Equal((Alone(members[0]) + Alone(members[1])) / 2, predictions[0].Value!.Value, 1e-12);
        Assert.Equal((10.0, 10.0), (Math.Round(predictions[0].High!.Value - predictions[0].Value!.Value, 9), Math.Round(predictions[0].Value!.Value - predictions[0].Low!.Value, 9)));
        Assert.NotNull(predictions[1].Error);
        Assert.Throws<ModelException>(() => ModelFile.OfMembers([file, members[0]], null, new Dictionary<string, double>()));
        Assert.Throws<ModelException>(() => ModelFile.OfMembers([members[0]], null, new Dictionary<string, double>()));
    }
}
