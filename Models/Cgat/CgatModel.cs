using AtomSets.Models.Roost;
using AtomSets.Tensors;

namespace AtomSets.Models.Cgat;

/// <summary>CGAT: attention between atoms whose edges know only the rank of the neighbour's shell, pooled in the context of the composition (J. Schmidt et
/// al., Sci. Adv. 7, eabi7948 (2021), doi 10.1126/sciadv.abi7948; transfer: N. Hoffmann et al., Digital Discovery 2, 1368 (2023), doi 10.1039/D3DD00030C).</summary>
/// <remarks>
/// x₀ = element vector·W, e₀ by rank; <see cref="MessageStep"/>s; the composition C from <see cref="RoostCore"/>; per head, over the atoms of the crystal,
/// Σ a ⊙ V(x), a = softmax(B([x ; C])); <see cref="ResidualNet"/>. See SOURCES.md.
/// </remarks>
public sealed class CgatModel : IDeviationModel
{
    readonly float[]? _elements;
    readonly int _elementWidth;
    readonly MlpSpec _embedding;
    readonly ParameterRef _ranks;
    readonly MessageStep[] _steps;
    readonly RoostCore _composition;
    readonly (MlpSpec Attention, MlpSpec Value)[] _pool;
    readonly ResidualNet _output;
    readonly string[] _afterStep;

    /// <param name="spec">Resolved. Unbound, a network on <c>matscholar200</c> cannot predict.</param>
    public CgatModel(ModelSpec spec)
    {
        Spec = spec;
        var s = Settings = CgatSettings.From(spec);
        (_elements, _elementWidth) = (ElementInputs.Table(spec), ElementInputs.Width(s.ElementFeatures));
        var layout = Parameters = new ParameterLayout();
        _embedding = TorchLayers.Single(layout, "graph.nodes", _elementWidth, s.Width, bias: false);
        _ranks = layout.Add("graph.edges.ranks", s.Neighbours + 1, s.EdgeWidth, Initializer.Normal(0, 1));
        _steps = new MessageStep[s.Steps];
        for (var l = 0; l < s.Steps; l++) _steps[l] = new MessageStep(layout, Step(l), s, isFirst: l == 0);
        _composition = new RoostCore(layout, "graph.composition", _elementWidth, s.Width, s.CompositionSteps, s.CompositionHeads, s.CompositionHidden);
        _pool = new (MlpSpec, MlpSpec)[s.Heads];
        for (var h = 0; h < s.Heads; h++)
        {
            var name = FormattableString.Invariant($"graph.pool.{h}");
            _pool[h] = (
                TorchLayers.Build(layout, name + ".attention", [s.Width, s.Width], [s.Width, s.GlobalVectorAttention ? s.Width : 1], Activation.LeakyRelu),
                TorchLayers.Build(layout, name + ".value", [s.Width], [s.Width, s.Width], Activation.LeakyRelu));
        }
        _output = new ResidualNet(layout, "output", s.PooledWidth, s.OutputWidths, outputs: 2, s.ReZero);
        _afterStep = [.. Enumerable.Range(1, s.Steps).Select(l => FormattableString.Invariant($"V{l}"))];
        Parts =
        [
            "graph", "graph.nodes", "graph.edges", .. Enumerable.Range(0, s.Steps).Select(Step), "graph.composition", .. _composition.Parts, "graph.pool", "output", Head,
        ];
    }

    public CgatSettings Settings { get; }

    public ModelSpec Spec { get; }

    public ParameterLayout Parameters { get; }

    /// <summary><c>graph</c> is everything before the output network: frozen, that alone learns ("only residual").</summary>
    public IReadOnlyList<string> Parts { get; }

    public string Head => "output.last";

    public string OutputNetwork => "output";

    public int Outputs => 1;

    public OutputKind OutputKind => Settings.Output;

    /// <inheritdoc/>
    /// <param name="tape">With the parameters of this model.</param>
    /// <param name="batch">A <see cref="CgatBatch"/>.</param>
    public Tensor Forward(Tape tape, IBatch batch) => tape.Columns(ForwardWithDeviation(tape, batch), 0, 1);

    /// <inheritdoc/>
    public Tensor ForwardWithDeviation(Tape tape, IBatch batch) => _output.Last(tape, _output.Hidden(tape, Layer(tape, batch, "final")));

    /// <summary>The element vectors that enter, by atomic number, and their width.</summary>
    /// <exception cref="ModelException">The spec is not bound.</exception>
    internal (float[] Vectors, int Width) ElementInput =>
        (_elements ?? throw new ModelException("cgat: the spec lacks its element table; bind it to data first"), _elementWidth);

    /// <summary>The pass up to a layer (see <see cref="CgatFeatures"/>).</summary>
    internal Tensor Layer(Tape tape, IBatch batch, string layer)
    {
        if (batch is not CgatBatch graphs) throw new ArgumentException($"CGAT takes a {nameof(CgatBatch)}, got {batch.GetType().Name}", nameof(batch));
        var elements = tape.Input(graphs.Elements.Inputs(ElementInput.Vectors, _elementWidth), graphs.Elements.Count, _elementWidth);
        var edges = new MessageEdges(tape, graphs, Settings.Neighbours + 1);
        // Once per element and per rank, not per atom and edge.
        var origin = tape.Mlp(_embedding, elements);
        var atoms = tape.Gather(origin, edges.AtomElements);
        var state = new MessageState(origin, tape.Parameter(_ranks), atoms, Edges: null);
        if (layer == "V0") return atoms;
        for (var l = 0; l < _steps.Length; l++)
        {
            state = _steps[l].Forward(tape, edges, state);
            if (layer[0] == 'V' && layer == _afterStep[l]) return state.Atoms;
        }

        var composition = _composition.Forward(tape, elements, graphs.Formulas);
        var crystals = tape.Segments(graphs.AtomsByGraph);
        var crystalOf = tape.SegmentOfRow(graphs.AtomsByGraph);
        var counts = tape.Input(graphs.AtomCounts, graphs.Atoms, 1);
        Tensor? pooled = null;
        foreach (var (attention, value) in _pool)
        {
            var scores = tape.Mlp(attention, state.Atoms, composition.At(crystalOf));
            var head = tape.SegmentSoftmaxSum(scores, tape.Mlp(value, state.Atoms), crystals, counts);
            pooled = pooled is not { } before ? head : Settings.AveragesHeads ? tape.Add(before, head) : tape.Concat(before, head);
        }
        var crystal = Settings.AveragesHeads ? tape.Scale(pooled!.Value, 1.0 / _pool.Length) : pooled!.Value;
        return layer == "final" ? crystal : _output.Hidden(tape, crystal);
    }

    static string Step(int l) => FormattableString.Invariant($"graph.steps.{l}");
}
