using AtomSets.Materials;
using AtomSets.Tensors;

namespace AtomSets.Models.ElemNet;

/// <summary>ElemNet: dense layers with ReLU on elemental fractions, one linear output (D. Jha et al., Sci. Rep. 8, 17593 (2018), doi
/// 10.1038/s41598-018-35934-y; transfer: V. Gupta et al., Nat. Commun. 12, 6595 (2021), doi 10.1038/s41467-021-26921-5), and what else an
/// <see cref="Architecture"/> describes.</summary>
/// <remarks>Parameters are called <c>fc0_0.W</c> [86 × 1024], <c>fc0_0.b</c> … <c>fc6.b</c>, as in the published weight files: block, layer within it.</remarks>
public sealed class ElemNetModel : IModel
{
    readonly List<DenseLayer> _layers = [];
    readonly List<BlockEnd?> _ends = [];
    readonly MlpSpec _head;

    /// <param name="spec">Resolved, and bound where a parent decides the width of the input.</param>
    /// <exception cref="ModelException">The width of the input is unknown, or the settings do not go together.</exception>
    public ElemNetModel(ModelSpec spec)
    {
        Spec = spec;
        Settings = ElemNetSettings.From(spec);
        if (Settings.InputWidth == 0) throw new ModelException("this elemnet reads a parent's layer of unknown width: bind it to a data set and parent first");
        Parameters = new ParameterLayout();
        var inputs = Settings.InputWidth;
        var blocks = Settings.Architecture.Blocks;
        for (var b = 0; b < blocks.Length; b++)
        {
            var (block, entering) = (blocks[b], inputs);
            for (var l = 0; l < block.Count; l++)
            {
                _layers.Add(new DenseLayer(Parameters, FormattableString.Invariant($"fc{b}_{l}"), inputs, block, Settings.Initializer));
                _ends.Add(null);
                inputs = block.Width;
            }
            var skip = block.BlockResidual && entering != inputs
                ? DenseLayer.Dense(Parameters, $"{_layers[^1].Name}.around", entering, inputs, Activation.Linear, Settings.Initializer)
                : null;
            var rate = block.Drops && Settings.Dropout != DropoutMode.Off ? 1 - Settings.Keep[b] : 0;
            if (block.BlockResidual || rate > 0) _ends[^1] = new BlockEnd(block.BlockResidual, skip, rate);
        }
        Layers = [.. _layers.Select(layer => layer.Name)];
        Head = FormattableString.Invariant($"fc{blocks.Length}");
        var activation = Settings.Architecture.Head switch { OutputHead.Relu => Activation.Relu, OutputHead.Tanh => Activation.Tanh, _ => Activation.Linear };
        _head = DenseLayer.Dense(Parameters, Head, inputs, 1, activation, Settings.Initializer);
    }

    public ElemNetSettings Settings { get; }

    public ModelSpec Spec { get; }

    public ParameterLayout Parameters { get; }

    /// <summary>Names of the hidden layers, from input to output: <c>fc0_0</c> … <c>fc5_0</c>.</summary>
    public IReadOnlyList<string> Layers { get; }

    /// <summary>Every layer is a part.</summary>
    public IReadOnlyList<string> Parts => [.. Layers, Head];

    public string Head { get; }

    public int Outputs => 1;

    public OutputKind OutputKind => Settings.Output;

    /// <inheritdoc/>
    /// <param name="tape">With the parameters of this model.</param>
    /// <param name="batch">An <see cref="ElemNetBatch"/>.</param>
    public Tensor Forward(Tape tape, IBatch batch) => tape.Mlp(_head, Through(tape, batch, _layers.Count - 1, toEnd: true));

    /// <summary>The values of a hidden layer behind its ReLU and before any dropout: [<c>batch.Count</c> × its width].</summary>
    /// <param name="tape">With the parameters of this model.</param>
    /// <param name="batch">An <see cref="ElemNetBatch"/>.</param>
    /// <param name="layer">One of <see cref="Layers"/>.</param>
    /// <exception cref="ModelException">There is no such layer.</exception>
    public Tensor Hidden(Tape tape, IBatch batch, string layer) => Through(tape, batch, IndexOf(layer), toEnd: false);

    /// <summary>Width of a hidden layer.</summary>
    /// <exception cref="ModelException">There is no such layer.</exception>
    public int WidthOf(string layer) => _layers[IndexOf(layer)].Width;

    /// <summary>Place of a hidden layer: by its name, by its number from 1 on (<c>layer4</c>), or <c>last</c>.</summary>
    int IndexOf(string layer)
    {
        var l = _layers.FindIndex(one => one.Name == layer);
        if (l >= 0) return l;
        if (layer == ElemNetFeatures.Last) return _layers.Count - 1;
        if (ElemNetFeatures.NumberOf(layer) is { } number && number <= _layers.Count) return number - 1;
        throw new ModelException(FormattableString.Invariant(
            $"this elemnet has no hidden layer '{layer}'; {NearestName.Advice(layer, Layers)}, or layer1 to layer{_layers.Count}, or {ElemNetFeatures.Last}"));
    }

    Tensor Through(Tape tape, IBatch batch, int last, bool toEnd)
    {
        if (batch is not ElemNetBatch inputs) throw new ArgumentException($"ElemNet takes an {nameof(ElemNetBatch)}, got {batch.GetType().Name}", nameof(batch));
        var x = tape.Input(inputs.Inputs, inputs.Count, Settings.InputWidth);
        var entering = x;
        for (var l = 0; l <= last; l++)
        {
            x = _layers[l].Forward(tape, x);
            if (_ends[l] is { } end)
            {
                if (end.IsResidual) x = tape.Add(x, end.Skip is null ? entering : tape.Mlp(end.Skip, entering));
                if (end.DropRate > 0 && (l < last || toEnd)) x = tape.Dropout(x, end.DropRate, always: Settings.Dropout == DropoutMode.Always);
            }
            if (l + 1 < _layers.Count && StartsBlock(l + 1)) entering = x;
        }
        return x;
    }

    bool StartsBlock(int layer) => _layers[layer].Name.EndsWith("_0", StringComparison.Ordinal);

    /// <summary>What follows the last layer of a block.</summary>
    sealed record BlockEnd(bool IsResidual, MlpSpec? Skip, double DropRate);
}
