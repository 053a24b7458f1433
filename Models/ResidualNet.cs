using AtomSets.Tensors;

namespace AtomSets.Models;

/// <summary>The output network of Roost and CGAT: layers α·ReLU(x·W + b) + x·R, with α a number that starts at 0 (ReZero) or 1 throughout, and R the identity or,
/// where the width changes, a matrix; then a linear layer <c>last</c>.</summary>
sealed class ResidualNet
{
    readonly (MlpSpec Layer, MlpSpec? Residual, ParameterRef Scale)[] _layers;
    readonly MlpSpec _last;

    public ResidualNet(ParameterLayout layout, string prefix, int inputs, IReadOnlyList<int> widths, int outputs, bool reZero)
    {
        _layers = new (MlpSpec, MlpSpec?, ParameterRef)[widths.Count];
        for (var l = 0; l < widths.Count; l++)
        {
            var name = FormattableString.Invariant($"{prefix}.{l}");
            var layer = TorchLayers.Single(layout, name, inputs, widths[l], Activation.Relu);
            var residual = inputs == widths[l] ? null : TorchLayers.Single(layout, name + ".residual", inputs, widths[l], bias: false);
            _layers[l] = (layer, residual, reZero ? layout.Add(name + ".alpha", 1, 1, Initializer.Zeros) : ParameterRef.None);
            inputs = widths[l];
        }
        _last = TorchLayers.Single(layout, prefix + ".last", inputs, outputs);
    }

    /// <summary>The values before the last layer: [rows × last width].</summary>
    public Tensor Hidden(Tape tape, Tensor x)
    {
        foreach (var (layer, residual, scale) in _layers)
        {
            var change = tape.Mlp(layer, x);
            if (!scale.IsNone) change = tape.ScaleRows(change, Repeated(tape, tape.Parameter(scale), x.Rows));
            x = tape.Add(change, residual is null ? x : tape.Mlp(residual, x));
        }
        return x;
    }

    public Tensor Last(Tape tape, Tensor hidden) => tape.Mlp(_last, hidden);

    /// <summary>A number [1 × 1] for every row.</summary>
    public static Tensor Repeated(Tape tape, Tensor number, int rows) => tape.SegmentExpand(number, tape.Segments([0, rows]));
}
