using AtomSets.Materials;
using AtomSets.Tensors;

namespace AtomSets.Models.ElemNet;

/// <summary>ElemNet: dense layers with ReLU on elemental fractions, one linear output (D. Jha et al., Sci. Rep. 8, 17593 (2018), doi
/// 10.1038/s41598-018-35934-y; transfer: V. Gupta et al., Nat. Commun. 12, 6595 (2021), doi 10.1038/s41467-021-26921-5).</summary>
/// <remarks>Parameters are called <c>fc0_0.W</c> [86 × 1024], <c>fc0_0.b</c> … <c>fc6.b</c>, as in the published weight files: block, layer within it.</remarks>
public sealed class ElemNetModel : IModel
{
    readonly List<MlpSpec> _layers = [];
    readonly List<double> _dropAfter = [];
    readonly List<string> _names = [];
    readonly MlpSpec _head;

    /// <param name="spec">Resolved; it needs nothing from data.</param>
    public ElemNetModel(ModelSpec spec)
    {
        Spec = spec;
        Settings = ElemNetSettings.From(spec);
        Parameters = new ParameterLayout();
        var widths = Settings.Widths;
        var (block, first, inputs) = (0, 0, ElementFractions.Count);
        for (var l = 0; l < widths.Count; l++)
        {
            _names.Add(FormattableString.Invariant($"fc{block}_{l - first}"));
            _layers.Add(Dense(_names[l], inputs, widths[l], Activation.Relu));
            inputs = widths[l];
            var ends = l == widths.Count - 1 || widths[l + 1] != widths[l];
            var drops = ends && block < ElemNetSettings.DropoutRates.Count && Settings.Dropout != DropoutMode.Off;
            _dropAfter.Add(drops ? ElemNetSettings.DropoutRates[block] : 0);
            if (ends) (block, first) = (block + 1, l + 1);
        }
        Head = FormattableString.Invariant($"fc{block}");
        _head = Dense(Head, inputs, 1, Activation.Linear);
    }

    public ElemNetSettings Settings { get; }

    public ModelSpec Spec { get; }

    public ParameterLayout Parameters { get; }

    /// <summary>Names of the hidden layers, from input to output: <c>fc0_0</c> … <c>fc5_0</c>.</summary>
    public IReadOnlyList<string> Layers => _names;

    /// <summary>Every layer is a part.</summary>
    public IReadOnlyList<string> Parts => [.. _names, Head];

    public string Head { get; }

    public int Outputs => 1;

    public OutputKind OutputKind => Settings.Output;

    /// <inheritdoc/>
    /// <param name="tape">With the parameters of this model.</param>
    /// <param name="batch">An <see cref="ElemNetBatch"/>.</param>
    public Tensor Forward(Tape tape, IBatch batch) => tape.Mlp(_head, Through(tape, batch, _layers.Count));

    /// <summary>The values of a hidden layer behind its ReLU and before any dropout: [<c>batch.Count</c> × its width].</summary>
    /// <param name="tape">With the parameters of this model.</param>
    /// <param name="batch">An <see cref="ElemNetBatch"/>.</param>
    /// <param name="layer">One of <see cref="Layers"/>.</param>
    /// <exception cref="ModelException">There is no such layer.</exception>
    public Tensor Hidden(Tape tape, IBatch batch, string layer)
    {
        var l = _names.IndexOf(layer);
        if (l < 0) throw new ModelException($"this elemnet has no hidden layer '{layer}'; {NearestName.Advice(layer, _names)}");
        return tape.Mlp(_layers[l], Through(tape, batch, l));
    }

    Tensor Through(Tape tape, IBatch batch, int layers)
    {
        if (batch is not ElemNetBatch fractions) throw new ArgumentException($"ElemNet takes an {nameof(ElemNetBatch)}, got {batch.GetType().Name}", nameof(batch));
        var x = tape.Input(fractions.Fractions, fractions.Count, ElementFractions.Count);
        for (var l = 0; l < layers; l++)
        {
            x = tape.Mlp(_layers[l], x);
            if (_dropAfter[l] > 0) x = tape.Dropout(x, _dropAfter[l], always: Settings.Dropout == DropoutMode.Always);
        }
        return x;
    }

    MlpSpec Dense(string name, int inputs, int width, Activation activation)
    {
        var layer = new MlpLayer(
            Parameters.Add(name + ".W", inputs, width, Initializer.GlorotUniform), Parameters.Add(name + ".b", 1, width, Initializer.Zeros), width, activation);
        return new MlpSpec([inputs], [layer]);
    }
}
