using System.Text.Json.Nodes;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.Cgcnn;
using AtomSets.Tensors;

namespace AtomSets.Bench;

/// <summary>Our CGCNN on 1,000 crystals: the authors' architecture and training settings, drawn weights, drawn targets.</summary>
/// <remarks>Graphs are prepared; an epoch shuffles, fills its batches from them, and steps, as training does.</remarks>
sealed class CgcnnSide : IDisposable
{
    public const int Crystals = 1000, BatchSize = 256;
    const double LearningRate = 0.01, Momentum = 0.9;
    readonly GraphList _graphs;
    readonly CgcnnSource _source;
    readonly IBatch _batch;
    // Padded lists, so that the peer's [N × 12] tensors hold the same edges.
    readonly CgcnnModel _model = new(new CgcnnSettings { PadsNeighbours = true });
    readonly CpuKernels _kernels = CpuKernels.Create();
    readonly ParameterSet _parameters;
    readonly Tape _tape;
    readonly Sgd _optimizer = new(LearningRate, Momentum);
    readonly float[] _targets, _batchTargets = new float[BatchSize];
    readonly int[] _order;
    ulong _epochs;

    public CgcnnSide(int crystals)
    {
        var data = BenchCrystals.Load(crystals);
        What = data.What;
        _graphs = new GraphList([.. data.Crystals.Select(crystal => CrystalGraph.Build(crystal, _model.Settings.Graphs))]);
        _source = new CgcnnSource(_graphs);
        if (_source.Refused.Count > 0) throw new BenchException($"crystal {_source.Refused[0].Row}: {_source.Refused[0].Reason}");
        _batch = _source.Create();
        _parameters = new ParameterSet(_kernels, _model.Parameters);
        _parameters.Initialize(seed: 1);
        _tape = new Tape(_kernels, _parameters);
        var draw = KeyedRandom.For(1, "bench targets");
        _targets = [.. Enumerable.Range(0, _graphs.Count).Select(i => (float)draw.Normal((ulong)i))];
        _order = [.. Enumerable.Range(0, _graphs.Count)];
    }

    /// <summary>Which crystals.</summary>
    public string What { get; }

    public string KernelName => _kernels.Name;

    /// <summary>Atoms; edges; edges that differ to the network; different lengths of an edge within a crystal.</summary>
    public (int Atoms, int Edges, int Distinct, int Lengths) Count()
    {
        _source.Fill(_batch, _order);
        var filled = (CgcnnBatch)_batch;
        return (filled.Atoms, (int)filled.Multiplicities.ToArray().Sum(m => (long)m), filled.Edges, filled.Distances.Length);
    }

    /// <summary>Floating-point operations of the matrix products of one epoch: see <see cref="MlpArithmetic"/>.</summary>
    public long FlopsOfEpoch()
    {
        var sum = 0L;
        for (var from = 0; from < _order.Length; from += BatchSize)
        {
            Gradients(_order.AsSpan(from, Math.Min(BatchSize, _order.Length - from)));
            var (forward, backward) = _tape.ProductFlops();
            sum += forward + backward;
        }
        return sum;
    }

    /// <summary>Every crystal once, in batches: forward, backward, stochastic gradient descent with momentum.</summary>
    public void Epoch()
    {
        KeyedRandom.For(1, "bench shuffle", _epochs++).Shuffle(_order.AsSpan());
        for (var from = 0; from < _order.Length; from += BatchSize)
        {
            var loss = Gradients(_order.AsSpan(from, Math.Min(BatchSize, _order.Length - from)));
            _optimizer.Step(_parameters);
            if (!double.IsFinite(_tape.Scalar(loss))) throw new BenchException("the loss is not a number");
        }
    }

    /// <summary>Of the first batch, in training: predictions, and gradients of the mean squared error by parameter name.</summary>
    public (float[] Predictions, IReadOnlyDictionary<string, float[]> Gradients) Check()
    {
        int[] rows = [.. Enumerable.Range(0, Math.Min(BatchSize, _graphs.Count))];
        Gradients(rows);
        var gradients = new Dictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var info in _model.Parameters.Parameters)
        {
            if (info.IsState) continue;
            var copy = gradients[info.Name] = new float[info.Length];
            _kernels.Download(_parameters.Gradient(_model.Parameters.Find(info.Name)), copy);
        }
        _tape.Reset(training: true);
        _source.Fill(_batch, rows);
        var predictions = new float[rows.Length];
        _tape.Read(_model.Forward(_tape, _batch), predictions);
        return (predictions, gradients);
    }

    /// <summary>Settings, graphs, weights and targets for the peer.</summary>
    public JsonObject ToJson()
    {
        var s = _model.Settings;
        var crystals = new JsonArray();
        for (var i = 0; i < _graphs.Count; i++)
        {
            var graph = _graphs[i];
            crystals.Add(new JsonObject
            {
                ["numbers"] = BenchCrystals.Numbers(graph.AtomicNumbers), ["neighbours"] = BenchCrystals.Numbers(graph.Neighbors),
                ["distances"] = BenchCrystals.Numbers(graph.Distances),
            });
        }
        return new JsonObject
        {
            ["settings"] = new JsonObject
            {
                ["atom_features"] = s.AtomFeatures, ["convolutions"] = s.Convolutions, ["hidden"] = s.Hidden, ["neighbours"] = s.Neighbours,
                ["cutoff"] = s.CutoffAngstrom, ["step"] = s.GaussianStepAngstrom, ["width"] = s.GaussianWidthAngstrom,
                ["batch"] = BatchSize, ["learning_rate"] = LearningRate, ["momentum"] = Momentum,
            },
            ["elements"] = new JsonObject { ["width"] = ElementVectors.Width, ["values"] = BenchCrystals.Numbers<float>(ElementVectors.Table()) },
            ["crystals"] = crystals,
            ["targets"] = BenchCrystals.Numbers<float>(_targets),
            ["parameters"] = new JsonArray([.. _model.Parameters.Parameters.Where(info => !info.IsState).Select(info => new JsonObject
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
        _source.Dispose();
    }

    Tensor Gradients(ReadOnlySpan<int> rows)
    {
        _parameters.ZeroGradients();
        _tape.Reset(training: true);
        _source.Fill(_batch, rows);
        var prediction = _model.Forward(_tape, _batch);
        for (var i = 0; i < rows.Length; i++) _batchTargets[i] = _targets[rows[i]];
        var loss = _tape.MeanSquaredError(prediction, _tape.Input(_batchTargets.AsSpan(0, rows.Length), rows.Length, 1));
        _tape.Backward(loss);
        return loss;
    }
}
