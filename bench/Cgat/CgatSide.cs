using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.Cgat;
using AtomSets.Tensors;

namespace AtomSets.Bench;

/// <summary>Our small CGAT on one batch of 64 crystals: drawn weights, drawn targets, mean absolute error, Adam.</summary>
/// <remarks>A step fills the batch from prepared graphs each time, as training does; the peer is handed its tensors ready made.</remarks>
sealed class CgatSide : IDisposable
{
    const int Crystals = 64;
    const double LearningRate = 1e-4;
    readonly GraphList _graphs;
    readonly CgatModel _model = new(ModelRegistry.Default.Resolve("cgat", [new("preset", "small")]));
    readonly CgatSource _source;
    readonly CgatBatch _batch;
    readonly int[] _rows;
    readonly CpuKernels _kernels = CpuKernels.Create();
    readonly ParameterSet _parameters;
    readonly Tape _tape;
    readonly Adam _adam = new(LearningRate);
    readonly float[] _targets;

    /// <param name="merges">As the product trains: atoms and edges that the network cannot tell apart are computed once.</param>
    public CgatSide(bool merges)
    {
        var data = BenchCrystals.Load(Crystals, maxSites: 20);
        What = data.What;
        _graphs = new GraphList([.. data.Crystals.Select(crystal => CrystalGraph.Build(crystal, _model.Settings.Graphs))]);
        _source = new CgatSource(_model.Settings, _graphs, merges);
        if (_source.Refused.Count > 0) throw new BenchException($"crystal {_source.Refused[0].Row}: {_source.Refused[0].Reason}");
        _batch = (CgatBatch)_source.Create();
        _rows = [.. Enumerable.Range(0, _graphs.Count)];
        _parameters = new ParameterSet(_kernels, _model.Parameters);
        _parameters.Initialize(seed: 1);
        // The output network awake, as after the first steps: at α = 0 its layers have no gradients to compare.
        foreach (var info in _model.Parameters.Parameters.Where(p => p.Name.EndsWith(".alpha", StringComparison.Ordinal))) _parameters.Import(info.Name, [0.5f]);
        _tape = new Tape(_kernels, _parameters);
        var draw = KeyedRandom.For(1, "bench targets");
        _targets = [.. _rows.Select(i => (float)draw.Normal((ulong)i))];
    }

    /// <summary>Which crystals.</summary>
    public string What { get; }

    public string KernelName => _kernels.Name;

    /// <summary>Atoms and edges that the network computes, in the last batch that was filled.</summary>
    public (int Atoms, int Edges) Computed => (_batch.Atoms, _batch.Edges);

    public int Parameters => _model.Parameters.ParameterCount;

    /// <summary>Floating-point operations of the matrix products of the last step: see <see cref="MlpArithmetic"/>.</summary>
    public long Flops => _tape.ProductFlops() is var (forward, backward) ? forward + backward : 0;

    /// <summary>Forward, backward, Adam.</summary>
    public void Step()
    {
        Gradients();
        _adam.Step(_parameters);
    }

    public float[] Predict()
    {
        _tape.Reset(training: false);
        _source.Fill(_batch, _rows);
        var predictions = new float[_rows.Length];
        _tape.Read(_model.Forward(_tape, _batch), predictions);
        return predictions;
    }

    /// <summary>By parameter name, of the mean absolute error over the batch.</summary>
    public IReadOnlyDictionary<string, float[]> ExportGradients()
    {
        Gradients();
        return GradientExport.Of(_parameters);
    }

    /// <summary>Settings, every atom and edge of the batch, weights and targets, for the peer.</summary>
    public JsonObject ToJson(string optimizer)
    {
        var s = _model.Settings;
        var full = new CgatSource(s, _graphs, merges: false).Create() as CgatBatch ?? throw new BenchException("no batch");
        for (var i = 0; i < _graphs.Count; i++) full.Add(_graphs[i]);
        var formulas = full.Formulas;
        var elements = full.Elements.Numbers.ToArray();
        var table = ElementInputs.Table(_model.Spec)!;
        var width = ElementInputs.Width(s.ElementFeatures);
        return new JsonObject
        {
            ["optimizer"] = optimizer,
            ["learning_rate"] = LearningRate,
            ["settings"] = new JsonObject
            {
                ["width"] = s.Width, ["edge_width"] = s.EdgeWidth, ["heads"] = s.Heads, ["steps"] = s.Steps, ["neighbours"] = s.Neighbours,
                ["composition_steps"] = s.CompositionSteps, ["output_widths"] = BenchCrystals.Numbers<int>(s.OutputWidths.ToArray()),
            },
            ["indices"] = new JsonObject
            {
                ["numbers"] = BenchCrystals.Numbers(full.AtomElements), ["atom_crystals"] = Owners(full.AtomsByGraph), ["neighbours"] = BenchCrystals.Numbers(full.Sources),
                ["ranks"] = BenchCrystals.Numbers(full.Ranks), ["item_elements"] = BenchCrystals.Numbers(formulas.Elements), ["item_crystals"] = Owners(formulas.ItemsByFormula),
                ["pair_selves"] = BenchCrystals.Numbers(formulas.Selves), ["pair_others"] = BenchCrystals.Numbers(formulas.Others),
            },
            ["elements"] = new JsonObject
            {
                ["rows"] = elements.Length, ["width"] = width, ["values"] = Encode([.. elements.SelectMany(number => table[(number * width)..((number + 1) * width)])]),
            },
            ["fractions"] = Encode(formulas.Fractions.ToArray()),
            ["targets"] = Encode(_targets),
            ["parameters"] = new JsonArray([.. _model.Parameters.Parameters.Select(info => new JsonObject
            {
                ["name"] = info.Name, ["rows"] = info.Rows, ["columns"] = info.Columns, ["values"] = Encode(_parameters.Export(info.Name)),
            })]),
        };
    }

    public static float[] Decode(JsonNode text) => MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(text.GetValue<string>())).ToArray();

    public void Dispose()
    {
        _tape.Dispose();
        _parameters.Dispose();
        _kernels.Dispose();
        _source.Dispose();
    }

    void Gradients()
    {
        _tape.Reset(training: true);
        _source.Fill(_batch, _rows);
        var prediction = _model.Forward(_tape, _batch);
        var loss = _tape.MeanAbsoluteError(prediction, _tape.Input(_targets, _targets.Length, 1));
        _tape.Backward(loss, fresh: true);
        if (!double.IsFinite(_tape.Scalar(loss))) throw new BenchException("the loss is not a number");
    }

    static JsonArray Owners(ReadOnlySpan<int> offsets)
    {
        var owners = new List<int>();
        for (var s = 0; s + 1 < offsets.Length; s++) owners.AddRange(Enumerable.Repeat(s, offsets[s + 1] - offsets[s]));
        return BenchCrystals.Numbers<int>(owners.ToArray());
    }

    static string Encode(float[] values) => Convert.ToBase64String(MemoryMarshal.AsBytes<float>(values));
}
