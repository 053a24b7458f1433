using System.Globalization;
using AtomSets.Materials;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Bench;

/// <summary>Epochs of MEGNet on more and more crystals: time per edge should stay, memory of the process too.</summary>
/// <param name="crystals">How many.</param>
sealed class EpochScaling(int crystals) : IRow
{
    const string Set = "struct_mp_pool", Target = "e_form_mp2018_ev_atom", Family = "epoch-scaling";
    const int BatchSize = 64;

    /// <summary>One row for each size.</summary>
    public static IEnumerable<IRow> All { get; } = [.. new[] { 1_000, 4_000, 12_000, 37_000 }.Select(count => new EpochScaling(count))];

    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Family}-{crystals}");

    public string Group => Family;

    public string About => string.Create(CultureInfo.InvariantCulture, $"MEGNet training epoch on {crystals} crystals of {Set}, processor time per million edges, and the memory it takes; no peer");

    public bool IsUsual => false;

    public IReadOnlyList<Measurement> Measure(int runs)
    {
        // As a study does: the set stays open while its graphs are read from the mapped store.
        var set = new DataSetLoader().Load(Set, new DataSetQuery { Targets = [Target], Limit = crystals, LimitSeed = 1 });
        using var folder = new TemporaryFolder();
        using var store = GraphStore.OpenOrBuild(folder.Path, set.Count, set.Crystal, new GraphSettings(new MegNetSettings().CutoffAngstrom), set.Hash);
        using var kernels = CpuKernels.Create();
        var model = new MegNetModel(new MegNetSettings());
        using var source = new MegNetSource(model.Settings, store);
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        // The first epoch warms up; small sets need several.
        var epochs = Math.Max(2, 10_000 / crystals + 1);
        var watch = new TrainingWatch();
        using var trainer = new Trainer(
            new TrainInputs
            {
                Model = model,
                Parameters = parameters,
                Source = source,
                Targets = set.Column(Target).ToArray(),
                TrainRows = [.. Enumerable.Range(0, set.Count)],
                ValidationRows = [],
                Settings = new TrainSettings { Epochs = epochs, BatchSize = BatchSize },
                Seed = 1,
            },
            new TrainOptions { Observer = watch });
        var before = TrainingWatch.Mebibytes();
        trainer.Run();
        GC.KeepAlive(set);
        double[] warm = [.. watch.EpochSeconds.Skip(epochs / 2)];
        var seconds = Measurement.Quantile(warm, 0.5);
        return
        [
            new(Name, seconds / store.TotalEdges * 1e6, null, "s/Medge", null, (warm.Max() - warm.Min()) / seconds, null, warm.Length, string.Create(CultureInfo.InvariantCulture,
                $"{store.TotalEdges * 1e-6:F2} million edges in {seconds:F2} s of processor time; own memory {before:F0} MiB before and at most {watch.PeakMebibytes:F0} MiB while training, store of {new FileInfo(store.Path).Length >> 20} MiB mapped; no peer")),
        ];
    }

    /// <summary>How much more than in proportion to its edges the epoch took, against the smallest set.</summary>
    public Measurement Beside(Measurement line, IReadOnlyList<Measurement> before) =>
        before.FirstOrDefault(other => other.Name.StartsWith(Family, StringComparison.Ordinal)) is not { } smallest
            ? line
            : line with { Note = string.Create(CultureInfo.InvariantCulture, $"{line.Ours / smallest.Ours - 1:+0.0 %;-0.0 %} an edge against {smallest.Name}; {line.Note}") };
}
