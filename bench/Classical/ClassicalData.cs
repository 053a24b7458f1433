using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Tensors;
using AtomSets.Training;

namespace AtomSets.Bench;

/// <summary>A shipped data set with its published hold-out rows, as vectors.</summary>
sealed class ClassicalData : IDisposable
{
    readonly PreparedData _prepared;

    /// <param name="set">Name of a set with a column <c>split</c> of train and test rows.</param>
    /// <param name="input">What a row is (<see cref="InputColumns"/>).</param>
    /// <exception cref="BenchException">The set is not at hand.</exception>
    public ClassicalData(string set, string input)
    {
        var loader = new DataSetLoader();
        if (loader.Registry.TryFind(set) is not { } known || loader.Locations.Locate(known) is null)
            throw new BenchException($"there is no {set} here: set ATOMSETS_DATA to the folder of the shipped data sets");
        var loaded = loader.Load(set);
        _prepared = new PreparedData(loaded.Name, loaded.Count, loaded.Composition, null, () => CpuKernels.Create()) { Columns = name => loaded.Column(name).ToArray() };
        Targets = loaded.Column("target").ToArray();
        Source = new VectorSource(InputColumns.Parse(input, "").Open(_prepared));
        var refused = Source.Refused.Select(row => row.Row).ToHashSet();
        var labels = loaded.Text("split");
        bool Good(int row, string part) => labels[row] == part && !refused.Contains(row) && double.IsFinite(Targets[row]);
        Train = [.. Enumerable.Range(0, loaded.Count).Where(row => Good(row, "train"))];
        Test = [.. Enumerable.Range(0, loaded.Count).Where(row => Good(row, "test"))];
        Scaler = TargetScaler.Standard(Targets, Train);
    }

    public IBatchSource Source { get; }

    public double[] Targets { get; }

    public int[] Train { get; }

    public int[] Test { get; }

    /// <summary>Of the training rows: both sides fit scaled targets.</summary>
    public TargetScaler Scaler { get; }

    public VectorBatch Batch(int[] rows)
    {
        var batch = (VectorBatch)Source.Create();
        Source.Fill(batch, rows);
        return batch;
    }

    public void Dispose()
    {
        Source.Dispose();
        _prepared.Dispose();
    }
}
