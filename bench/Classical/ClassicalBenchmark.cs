using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using AtomSets.Models;
using AtomSets.Training;

namespace AtomSets.Bench;

/// <summary>A classical model on published hold-out rows beside scikit-learn's: the same vectors, scaled targets and settings, one core each. Times of a fit; both
/// sides' test errors, over seeds where these matter.</summary>
sealed class ClassicalBenchmark(ClassicalMethod method, string set, string input) : IRow
{
    const int LeastRuns = 5;

    /// <summary>Standard errors and relative difference beyond which the errors count as different.</summary>
    const double MostDeviations = 4, MostDifference = 0.01;

    public static IEnumerable<IRow> All { get; } =
    [
        .. new[] { ("exfoliation_energy", "ef86"), ("slme", "pa145"), ("expt_bandgap", "pa145") }
            .SelectMany(data => ClassicalMethod.All.Select(method => new ClassicalBenchmark(method, data.Item1, data.Item2))),
    ];

    public string Name => $"{method.Kind}-{set}";

    public string Group => "classical";

    public string About => $"a fit of {method.Kind} to the training rows of {set} ({input}), and the MAE on its test rows; peer: scikit-learn's {method.Peer}";

    public bool IsUsual => false;

    public IReadOnlyList<Measurement> Measure(int runs)
    {
        runs = Math.Max(runs, LeastRuns);
        using var data = new ClassicalData(set, input);
        var (peer, missing) = PeerProcess.Start("classical.py", ToJson(data));
        using var _ = peer;
        Fit(data, 0); // compiled
        peer?.Ask("fit 0");
        var (ours, theirs) = (new List<FitFigures>(), new List<FitFigures>());
        for (var run = 1; run <= runs; run++)
        {
            ours.Add(Fit(data, run));
            if (peer is not null) theirs.Add(FitFigures.From(peer.Ask(string.Create(CultureInfo.InvariantCulture, $"fit {run}"))));
        }
        double Milliseconds(List<FitFigures> fits) => 1000 * Measurement.Quantile([.. fits.Select(fit => fit.Seconds)], 0.5);
        var note = string.Create(CultureInfo.InvariantCulture, $"{data.Train.Length} rows of {data.Batch([data.Train[0]]).Width} numbers; {Errors("", ours)}");
        if (peer is null) return [new(Name, Milliseconds(ours), null, "ms", null, 0, null, runs, $"{note}; {missing}")];
        double[] ratios = [.. theirs.Zip(ours, (their, our) => their.Seconds / our.Seconds)];
        var ratio = Measurement.Quantile(ratios, 0.5);
        note += $"; {Errors($"{peer.What} ", theirs)}; {Compare(ours, theirs)}; predicting {data.Test.Length} rows "
            + string.Create(CultureInfo.InvariantCulture, $"{1000 * ours.Min(fit => fit.PredictSeconds):G3} and {1000 * theirs.Min(fit => fit.PredictSeconds):G3} ms");
        return [new(Name, Milliseconds(ours), Milliseconds(theirs), "ms", ratio,
            (Measurement.Quantile(ratios, 0.75) - Measurement.Quantile(ratios, 0.25)) / ratio, null, runs, note)];
    }

    string Errors(string who, List<FitFigures> fits) => method.IsDrawn
        ? string.Create(CultureInfo.InvariantCulture, $"{who}MAE {fits.Average(fit => fit.Error):G4} ± {Deviation(fits):G2} over {fits.Count} seeds")
        : string.Create(CultureInfo.InvariantCulture, $"{who}MAE {fits[0].Error:G5}");

    string Compare(List<FitFigures> ours, List<FitFigures> theirs)
    {
        var (our, their) = (ours.Average(fit => fit.Error), theirs.Average(fit => fit.Error));
        var difference = (our - their) / their;
        var error = Math.Sqrt((Square(Deviation(ours)) + Square(Deviation(theirs))) / ours.Count);
        var deviations = error > 0 ? (our - their) / error : 0;
        if (Math.Abs(difference) > MostDifference && (!method.IsDrawn || Math.Abs(deviations) > MostDeviations))
            throw new BenchException(string.Create(CultureInfo.InvariantCulture, $"{Name}: our error is {our:G6}, the peer's {their:G6}, {deviations:F1} standard errors apart"));
        return string.Create(CultureInfo.InvariantCulture, $"ours {difference:+0.00%;-0.00%}") + (method.IsDrawn ? string.Create(CultureInfo.InvariantCulture, $", {deviations:+0.0;-0.0} standard errors") : "");
    }

    static double Deviation(List<FitFigures> fits)
    {
        var mean = fits.Average(fit => fit.Error);
        return Math.Sqrt(fits.Sum(fit => Square(fit.Error - mean)) / Math.Max(1, fits.Count - 1));
    }

    static double Square(double x) => x * x;

    FitFigures Fit(ClassicalData data, int seed)
    {
        var family = (IFittedFamily)ModelRegistry.Default[method.Kind];
        var spec = ModelRegistry.Default.Resolve(method.Kind, method.Ours.Select(setting => KeyValuePair.Create(setting.Name, (object?)setting.Value)));
        var (rows, targets, test) = (data.Batch(data.Train), Array.ConvertAll(data.Train, row => data.Scaler.Scale(data.Targets[row])), data.Batch(data.Test));
        var began = Stopwatch.GetTimestamp();
        var tensors = family.Fit(spec, new FitInputs(rows, targets, (ulong)seed), CancellationToken.None);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var (model, predictions) = (family.Load(spec, tensors), new double[data.Test.Length]);
        began = Stopwatch.GetTimestamp();
        model.Predict(test, predictions);
        var predicting = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var error = RegressionMetrics.Of(Array.ConvertAll(predictions, data.Scaler.Unscale), Array.ConvertAll(data.Test, row => data.Targets[row])).MeanAbsoluteError;
        return new FitFigures(seconds, predicting, error);
    }

    JsonObject ToJson(ClassicalData data) => new()
    {
        ["estimator"] = method.Peer,
        ["settings"] = new JsonObject(method.Theirs.Select(setting => KeyValuePair.Create(setting.Name, (JsonNode?)setting.Value.DeepClone()))),
        ["standardise"] = method.IsStandardised,
        ["drawn"] = method.IsDrawn,
        ["width"] = data.Batch([data.Train[0]]).Width,
        ["train"] = Convert.ToBase64String(MemoryMarshal.AsBytes(data.Batch(data.Train).Values)),
        ["test"] = Convert.ToBase64String(MemoryMarshal.AsBytes(data.Batch(data.Test).Values)),
        ["train_targets"] = BenchCrystals.Numbers<double>(Array.ConvertAll(data.Train, row => data.Scaler.Scale(data.Targets[row]))),
        ["test_targets"] = BenchCrystals.Numbers<double>(Array.ConvertAll(data.Test, row => data.Targets[row])),
        ["mean"] = data.Scaler.Mean,
        ["deviation"] = data.Scaler.Deviation,
    };

    /// <param name="Seconds">Of the fit.</param>
    /// <param name="PredictSeconds">Of predicting the test rows.</param>
    /// <param name="Error">Test MAE in the target's unit.</param>
    sealed record FitFigures(double Seconds, double PredictSeconds, double Error)
    {
        public static FitFigures From(JsonNode answer) =>
            new(answer["seconds"]!.GetValue<double>(), answer["predict_seconds"]!.GetValue<double>(), answer["mae"]!.GetValue<double>());
    }
}
