using System.Text.Json.Nodes;
using AtomSets.Materials;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;

namespace AtomSets.Bench;

/// <summary>Our MEGNet on one batch of 64 crystals: the published architecture, drawn weights, drawn targets.</summary>
/// <remarks>A step fills the batch from prepared graphs each time, as training does; the peer is handed its tensors ready made.</remarks>
sealed class MegNetSide : IDisposable
{
    const int Crystals = 64;
    readonly GraphList _graphs;
    readonly MegNetModel _model = new(new MegNetSettings());
    readonly MegNetBatch _batch;
    readonly IKernels _kernels;
    readonly ParameterSet _parameters;
    readonly Tape _tape;
    readonly Adam _adam = new(1e-3);
    readonly float[] _targets;

    /// <param name="mergesEqualBonds">As the product trains: bonds that the network cannot tell apart are kept once, with their number.</param>
    /// <param name="kernels">Disposed with it; the CPU kernels when left out.</param>
    public MegNetSide(bool mergesEqualBonds, IKernels? kernels = null)
    {
        _kernels = kernels ?? CpuKernels.Create();
        var data = BenchCrystals.Load(Crystals, maxSites: 20);
        What = data.What;
        var settings = new GraphSettings(_model.Settings.CutoffAngstrom);
        _graphs = new GraphList([.. data.Crystals.Select(crystal => CrystalGraph.Build(crystal, settings))]);
        _batch = new MegNetBatch(_model.Settings.Elements, stateKinds: 0, mergesEqualBonds);
        _parameters = new ParameterSet(_kernels, _model.Parameters);
        _parameters.Initialize(seed: 1);
        _tape = new Tape(_kernels, _parameters);
        var draw = KeyedRandom.For(1, "bench targets");
        _targets = [.. Enumerable.Range(0, _graphs.Count).Select(i => (float)draw.Normal((ulong)i))];
    }

    public MegNetModel Model => _model;

    public IGraphSource Graphs => _graphs;

    public ReadOnlySpan<float> Targets => _targets;

    /// <summary>Which crystals.</summary>
    public string What { get; }

    public string KernelName => _kernels.Name;

    /// <summary>Bonds that the network computes, in the last batch that was filled.</summary>
    public int Bonds => _batch.Bonds;

    public int Atoms => _batch.Atoms;

    /// <summary>
    /// Floating-point operations of the matrix products of one step (after <see cref="Step"/>) or prediction: each counted once, nothing
    /// for recomputation, activations, reductions or the optimiser. Over time and <see cref="FmaLoop"/> it is the share of the peak.
    /// </summary>
    public long Flops
    {
        get
        {
            var (forward, backward) = _tape.ProductFlops();
            return forward + backward;
        }
    }

    /// <summary>Forward, backward, Adam.</summary>
    public void Step()
    {
        Gradients();
        _adam.Step(_parameters);
    }

    public void Predict(Span<float> predictions)
    {
        _tape.Reset(training: false);
        Fill(_batch);
        _tape.Read(_model.Forward(_tape, _batch), predictions);
    }

    public float[] Predict()
    {
        var predictions = new float[_graphs.Count];
        Predict(predictions);
        return predictions;
    }

    /// <summary>By parameter name, of the mean squared error over the batch.</summary>
    public IReadOnlyDictionary<string, float[]> ExportGradients()
    {
        Gradients();
        return GradientExport.Of(_parameters);
    }

    /// <summary>Settings, every bond of the batch, weights and targets, for the peer.</summary>
    public JsonObject ToJson(string mode)
    {
        var s = _model.Settings;
        // The peer gets every bond: merging equal ones is our formulation's work to do.
        var full = new MegNetBatch(s.Elements, stateKinds: 0, mergesEqualBonds: false);
        Fill(full);
        var distances = new JsonArray();
        foreach (var length in full.Lengths) distances.Add(full.Distances[length]);
        return new JsonObject
        {
            ["mode"] = mode,
            ["settings"] = new JsonObject
            {
                ["blocks"] = s.Blocks, ["gaussians"] = s.GaussianCentres, ["stop"] = s.GaussianStopAngstrom, ["width"] = s.GaussianWidthAngstrom,
                ["set2set_steps"] = s.Set2SetSteps,
            },
            ["indices"] = new JsonObject
            {
                ["numbers"] = BenchCrystals.Numbers(full.AtomicNumbers), ["atom_graphs"] = BenchCrystals.Numbers(full.AtomGraphs),
                ["centres"] = BenchCrystals.Numbers(full.Centres), ["neighbours"] = BenchCrystals.Numbers(full.Neighbours),
                ["bond_graphs"] = BenchCrystals.Numbers(full.BondGraphs),
            },
            ["distances"] = distances,
            ["targets"] = BenchCrystals.Numbers<float>(_targets),
            ["parameters"] = new JsonArray([.. _model.Parameters.Parameters.Select(info => new JsonObject
            {
                ["name"] = info.Name, ["rows"] = info.Rows, ["columns"] = info.Columns,
                ["values"] = BenchCrystals.Numbers<float>(_parameters.Export(info.Name)),
            })]),
        };
    }

    public void Dispose()
    {
        _tape.Dispose();
        _parameters.Dispose();
        _kernels.Dispose();
    }

    void Gradients()
    {
        _parameters.ZeroGradients();
        _tape.Reset(training: true);
        Fill(_batch);
        var prediction = _model.Forward(_tape, _batch);
        var loss = _tape.MeanSquaredError(prediction, _tape.Input(_targets, _targets.Length, 1));
        _tape.Backward(loss);
        if (!double.IsFinite(_tape.Scalar(loss))) throw new BenchException("the loss is not a number");
    }

    void Fill(MegNetBatch batch)
    {
        batch.Clear();
        for (var i = 0; i < _graphs.Count; i++)
            if (batch.Add(_graphs[i]) is { } problem) throw new BenchException($"crystal {i}: {problem}");
    }
}
