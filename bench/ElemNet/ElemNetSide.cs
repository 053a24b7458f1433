using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using AtomSets.Models;
using AtomSets.Models.ElemNet;
using AtomSets.Tensors;

namespace AtomSets.Bench;

/// <summary>Our ElemNet-17 on one batch of formulas: drawn weights, drawn targets, mean absolute error.</summary>
/// <remarks>A step fills the batch from the prepared fractions each time, as training does; the peer is handed its tensors ready made.</remarks>
sealed class ElemNetSide : IDisposable
{
    readonly PreparedData _data;
    readonly ElemNetSource _source;
    readonly ElemNetModel _model;
    readonly IBatch _batch;
    readonly CpuKernels _kernels = CpuKernels.Create();
    readonly ParameterSet _parameters;
    readonly Tape _tape;
    readonly Adam _adam = new(LearningRate, epsilon: Epsilon);
    readonly int[] _rows;
    readonly float[] _targets;

    const double LearningRate = 1e-4, Epsilon = 1e-7;

    public ElemNetSide(int batch)
    {
        var data = BenchCrystals.Load(batch);
        What = data.What;
        _data = PreparedData.FromCompositions("bench", [.. data.Crystals.Select(crystal => crystal.Composition)], () => CpuKernels.Create());
        _model = (ElemNetModel)ModelRegistry.Default.Create(ModelRegistry.Default.Resolve("elemnet", []));
        _source = new ElemNetSource(_model.Settings, _data);
        var refused = _source.Refused.Select(row => row.Row).ToHashSet();
        int[] good = [.. Enumerable.Range(0, _data.Count).Where(row => !refused.Contains(row))];
        // Where a formula is refused another one comes twice, so that the batch is as large as its name says.
        _rows = [.. Enumerable.Range(0, batch).Select(i => good[i % good.Length])];
        _batch = _source.Create();
        _parameters = new ParameterSet(_kernels, _model.Parameters);
        _parameters.Initialize(seed: 1);
        _tape = new Tape(_kernels, _parameters);
        var draw = KeyedRandom.For(1, "bench targets");
        // All above what the drawn network predicts: slopes of one sign, so that gradients do not cancel to rounding and can be compared.
        _targets = [.. Enumerable.Range(0, batch).Select(i => (float)draw.Uniform((ulong)i, 1, 2))];
    }

    /// <summary>Which formulas.</summary>
    public string What { get; }

    public string KernelName => _kernels.Name;

    /// <summary>Floating-point operations of the matrix products of one step, after <see cref="Step"/>.</summary>
    public double Operations
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

    public float[] Predict()
    {
        var predictions = new float[_rows.Length];
        _tape.Reset(training: false);
        _source.Fill(_batch, _rows);
        _tape.Read(_model.Forward(_tape, _batch), predictions);
        return predictions;
    }

    /// <summary>By parameter name, of the mean absolute error over the batch.</summary>
    public IReadOnlyDictionary<string, float[]> ExportGradients()
    {
        Gradients();
        return GradientExport.Of(_parameters);
    }

    /// <summary>Inputs, weights and targets for the peer; numbers as base64 of little-endian float32, of which there are millions.</summary>
    /// <param name="optimizer"><c>default</c>, or <c>foreach</c>: PyTorch's other way to run Adam.</param>
    public JsonObject ToJson(string optimizer)
    {
        _source.Fill(_batch, _rows);
        return new JsonObject
        {
            ["optimizer"] = optimizer, ["learning_rate"] = LearningRate, ["epsilon"] = Epsilon, ["rows"] = _rows.Length,
            ["inputs"] = Encode(((ElemNetBatch)_batch).Inputs), ["targets"] = Encode(_targets),
            ["layers"] = new JsonArray([.. _model.Parts.Select(name => new JsonObject
            {
                ["name"] = name, ["inputs"] = _model.Parameters[_model.Parameters.Find(name + ".W")].Rows,
                ["outputs"] = _model.Parameters[_model.Parameters.Find(name + ".W")].Columns,
                ["weight"] = Encode(_parameters.Export(name + ".W")), ["bias"] = Encode(_parameters.Export(name + ".b")),
            })]),
        };
    }

    /// <summary>What <see cref="ToJson"/> writes for numbers, read.</summary>
    public static float[] Decode(JsonNode text) => MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(text.GetValue<string>())).ToArray();

    public void Dispose()
    {
        _tape.Dispose();
        _parameters.Dispose();
        _kernels.Dispose();
        _source.Dispose();
        _data.Dispose();
    }

    void Gradients()
    {
        _tape.Reset(training: true);
        _source.Fill(_batch, _rows);
        var loss = _tape.MeanAbsoluteError(_model.Forward(_tape, _batch), _tape.Input(_targets, _targets.Length, 1));
        _tape.Backward(loss, fresh: true);
        if (!double.IsFinite(_tape.Scalar(loss))) throw new BenchException("the loss is not a number");
    }

    static string Encode(ReadOnlySpan<float> values) => Convert.ToBase64String(MemoryMarshal.AsBytes(values));
}
