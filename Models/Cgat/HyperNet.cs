using AtomSets.Tensors;

namespace AtomSets.Models.Cgat;

/// <summary>A network of four layers, F → F, with weights of its own for every row: three times [linear, norm of the row, tanh], then linear. The
/// weights of each layer come from a generator F → F → F → F → F (tanh) → F·F + F (linear).</summary>
/// <remarks>Behind V. Sitzmann et al., NeurIPS 2019 (arXiv 1906.01618), as CGAT's authors use it.</remarks>
sealed class HyperNet
{
    const int Layers = 4, TrunkLayers = 4;
    readonly MlpSpec[] _trunks = new MlpSpec[Layers];
    readonly GeneratedSpec[] _layers = new GeneratedSpec[Layers];
    readonly ParameterRef _damping;

    /// <param name="layout">gets the parameters</param>
    /// <param name="prefix">of their names</param>
    /// <param name="width">F</param>
    /// <param name="isDamped">Whether the generator's input is a mixture that is learnt (in every step but the first).</param>
    public HyperNet(ParameterLayout layout, string prefix, int width, bool isDamped)
    {
        var uniform = TorchLayers.Uniform(width);
        for (var l = 0; l < Layers; l++)
        {
            var name = FormattableString.Invariant($"{prefix}.{l}");
            var trunk = new MlpLayer[TrunkLayers];
            for (var t = 0; t < TrunkLayers; t++)
                trunk[t] = new MlpLayer(
                    layout.Add(FormattableString.Invariant($"{name}.{t}.weight"), width, width, Initializer.HeNormal),
                    layout.Add(FormattableString.Invariant($"{name}.{t}.bias"), 1, width, uniform), width, Activation.Tanh);
            _trunks[l] = new MlpSpec([width], trunk);
            _layers[l] = GeneratedSpec.Build(layout, $"{name}.generated", width, width, width, Initializer.Normal(0, 0.1 * Math.Sqrt(2.0 / width)), uniform);
        }
        _damping = isDamped ? layout.Add($"{prefix}.damping", 1, 1, Initializer.Uniform(0, 1)) : ParameterRef.None;
    }

    /// <summary>The network on <paramref name="message"/>, generated from d·x₀ + (1 − d)·message, where there is a mixture, else from x₀.</summary>
    /// <param name="tape">with the parameters</param>
    /// <param name="origin">x₀ by different values [D × F]</param>
    /// <param name="originOf">the value of each row</param>
    /// <param name="message">[rows × F]</param>
    public Tensor Forward(Tape tape, Tensor origin, RowIndex originOf, Tensor message)
    {
        var mixed = _damping.IsNone ? origin : Mixture(tape, tape.Gather(origin, originOf), message);
        RowIndex? index = _damping.IsNone ? originOf : null;
        var y = message;
        for (var l = 0; l < Layers; l++)
        {
            y = tape.Generated(_layers[l], tape.Mlp(_trunks[l], mixed), y, index);
            if (l < Layers - 1) y = tape.Activate(tape.LayerNorm(y), Activation.Tanh);
        }
        return y;
    }

    /// <summary>u + d·(x₀ − u), d cut to 0 … 1. The cut lets the slope through: at 0 or 1 d can still move inwards.</summary>
    Tensor Mixture(Tape tape, Tensor origin, Tensor message)
    {
        var d = tape.Parameter(_damping);
        var one = tape.Constant(1, 1, 1);
        var cut = tape.Combine(1, one, -1, tape.Activate(tape.Combine(1, one, -1, tape.Activate(d.Detach(), Activation.Relu)), Activation.Relu));
        var factor = tape.Add(d, tape.Subtract(cut, d.Detach()));
        return tape.Add(message, tape.ScaleRows(tape.Subtract(origin, message), ResidualNet.Repeated(tape, factor, message.Rows)));
    }
}
