using AtomSets.Tensors;

namespace AtomSets.Models.Cgcnn;

/// <summary>CGCNN: gated convolutions on the graph of nearest neighbours (T. Xie, J. C. Grossman, Phys. Rev. Lett. 120, 145301 (2018),
/// doi 10.1103/PhysRevLett.120.145301).</summary>
/// <remarks>
/// Element vector → x₀ (linear); per convolution, with z = BN₁([xᵢ, xⱼ, gaussian(dᵢⱼ)]·W + b) = (filter | core):
/// xᵢ ← softplus(xᵢ + BN₂(Σⱼ sigmoid(filter)·softplus(core))); mean over the atoms → softplus → hidden layers with softplus → output.
/// Parameters have the names of the authors' program. See SOURCES.md.
/// </remarks>
public sealed class CgcnnModel : IModel
{
    readonly float[] _elements;
    readonly int _elementWidth;
    readonly MlpSpec _embedding, _output;
    readonly GatedConvolutionSpec[] _convolutions;
    readonly MlpSpec[] _hidden;

    public CgcnnModel(CgcnnSettings settings) : this(settings, settings.ToSpec()) { }

    internal CgcnnModel(CgcnnSettings settings, ModelSpec spec)
    {
        Settings = settings;
        Spec = spec;
        var layout = Parameters = new ParameterLayout();
        var s = settings;
        (_elements, _elementWidth) = s.Elements == CgcnnElements.OneHot
            ? (ElementVectors.OneHotTable(), ElementVectors.MaxAtomicNumber)
            : (ElementVectors.Table(), ElementVectors.Width);
        _embedding = Linear(layout, "embedding", _elementWidth, s.AtomFeatures, Activation.Linear);
        _convolutions = new GatedConvolutionSpec[s.Convolutions];
        for (var k = 0; k < s.Convolutions; k++)
            _convolutions[k] = GatedConvolutionSpec.Build(
                layout, FormattableString.Invariant($"convs.{k}"), s.AtomFeatures, s.Basis, TorchUniform(2 * s.AtomFeatures + s.Basis.Count));
        _hidden = new MlpSpec[s.HiddenLayers];
        for (var l = 0; l < s.HiddenLayers; l++)
            _hidden[l] = Linear(
                layout, l == 0 ? "conv_to_fc" : FormattableString.Invariant($"fcs.{l - 1}"), l == 0 ? s.AtomFeatures : s.Hidden, s.Hidden, Activation.Softplus);
        _output = Linear(layout, "fc_out", s.Hidden, s.Output == CgcnnOutput.TwoClass ? 2 : 1, Activation.Linear);
        Parts =
        [
            "embedding", .. Enumerable.Range(0, s.Convolutions).Select(k => FormattableString.Invariant($"convs.{k}")), "conv_to_fc",
            .. Enumerable.Range(0, s.HiddenLayers - 1).Select(l => FormattableString.Invariant($"fcs.{l}")), "fc_out",
        ];
    }

    public CgcnnSettings Settings { get; }

    public ModelSpec Spec { get; }

    public ParameterLayout Parameters { get; }

    public IReadOnlyList<string> Parts { get; }

    public string Head => "fc_out";

    public int Outputs => 1;

    public OutputKind OutputKind => Settings.Output == CgcnnOutput.Linear ? OutputKind.Linear : OutputKind.Probability;

    /// <inheritdoc/>
    /// <param name="tape">With the parameters of this model.</param>
    /// <param name="batch">A <see cref="CgcnnBatch"/>.</param>
    public Tensor Forward(Tape tape, IBatch batch) => Forward(tape, batch, layer: null);

    /// <summary>The element vectors that enter, by atomic number, and their width.</summary>
    internal (float[] Vectors, int Width) ElementInput => (_elements, _elementWidth);

    /// <summary>As <see cref="Forward(Tape, IBatch)"/>, or the pass up to a layer (see <see cref="CgcnnFeatures"/>).</summary>
    internal Tensor Forward(Tape tape, IBatch batch, string? layer)
    {
        if (batch is not CgcnnBatch graphs) throw new ArgumentException($"CGCNN takes a {nameof(CgcnnBatch)}, got {batch.GetType().Name}", nameof(batch));
        const int rows = ElementVectors.MaxAtomicNumber + 1;
        // Once per element, not per atom.
        var elements = tape.Mlp(_embedding, tape.Input(_elements, rows, _elementWidth));
        var atoms = tape.Gather(elements, tape.Index(graphs.AtomicNumbers, rows));
        var edges = new GatedEdges(
            tape.Segments(graphs.EdgesByAtom), tape.Index(graphs.Neighbours, graphs.Atoms),
            tape.Input(graphs.Distances, graphs.Distances.Length, 1), tape.Index(graphs.Lengths, graphs.Distances.Length),
            tape.Input(graphs.Multiplicities, graphs.Edges, 1));
        if (layer == "V0") return atoms;
        for (var k = 0; k < _convolutions.Length; k++)
        {
            atoms = tape.GatedConvolution(_convolutions[k], atoms, edges);
            if (layer is not null && layer == FormattableString.Invariant($"V{k + 1}")) return atoms;
        }

        var hidden = tape.Activate(tape.SegmentMean(atoms, tape.Segments(graphs.AtomsByGraph)), Activation.Softplus);
        if (layer == "final") return hidden;
        for (var l = 0; l < _hidden.Length; l++)
        {
            hidden = tape.Mlp(_hidden[l], hidden);
            if (layer is not null && layer == FormattableString.Invariant($"readout_{l}")) return hidden;
            if (l == 0 && Settings.Dropout > 0) hidden = tape.Dropout(hidden, Settings.Dropout);
        }
        var output = tape.Mlp(_output, hidden);
        // log-softmax over two columns a, b gives class 1 the probability sigmoid(b − a).
        return Settings.Output == CgcnnOutput.TwoClass ? tape.RowDot(output, Difference(tape, graphs.Count)) : output;
    }

    static Tensor Difference(Tape tape, int rows) => tape.Concat(tape.Constant(-1, rows, 1), tape.Constant(1, rows, 1));

    static MlpSpec Linear(ParameterLayout layout, string prefix, int inputs, int width, Activation activation) =>
        MlpSpec.Dense(layout, prefix, [inputs], width, activation, TorchUniform(inputs));

    // What the authors' weights were drawn from: PyTorch's default for linear layers.
    static Initializer TorchUniform(int inputs) => Initializer.Uniform(-1 / Math.Sqrt(inputs), 1 / Math.Sqrt(inputs));
}
