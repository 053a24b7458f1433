using AtomSets.Tensors;

namespace AtomSets.Models.Roost;

/// <summary>Roost: message passing between the elements of a formula (see <see cref="RoostCore"/>), and CGAT's output network behind it. See SOURCES.md.</summary>
public sealed class RoostModel : IDeviationModel
{
    readonly float[]? _elements;
    readonly int _elementWidth;
    readonly RoostCore _core;
    readonly ResidualNet _output;

    /// <param name="spec">Resolved. Unbound, a network on <c>matscholar200</c> cannot predict.</param>
    public RoostModel(ModelSpec spec)
    {
        Spec = spec;
        var s = Settings = RoostSettings.From(spec);
        (_elements, _elementWidth) = (ElementInputs.Table(spec), ElementInputs.Width(s.ElementFeatures));
        var layout = Parameters = new ParameterLayout();
        _core = new RoostCore(layout, "composition", _elementWidth, s.Width, s.Steps, s.Heads, s.Hidden);
        _output = new ResidualNet(layout, "output", s.Width, s.OutputWidths, outputs: 2, s.ReZero);
        Parts = ["composition", .. _core.Parts, "output", Head];
    }

    public RoostSettings Settings { get; }

    public ModelSpec Spec { get; }

    public ParameterLayout Parameters { get; }

    public IReadOnlyList<string> Parts { get; }

    public string Head => "output.last";

    public string OutputNetwork => "output";

    public int Outputs => 1;

    public OutputKind OutputKind => Settings.Output;

    /// <inheritdoc/>
    /// <param name="tape">With the parameters of this model.</param>
    /// <param name="batch">A <see cref="RoostBatch"/>.</param>
    public Tensor Forward(Tape tape, IBatch batch) => tape.Columns(ForwardWithDeviation(tape, batch), 0, 1);

    /// <inheritdoc/>
    public Tensor ForwardWithDeviation(Tape tape, IBatch batch)
    {
        if (batch is not RoostBatch formulas) throw new ArgumentException($"Roost takes a {nameof(RoostBatch)}, got {batch.GetType().Name}", nameof(batch));
        if (_elements is null) throw new ModelException("roost: the spec lacks its element table; bind it to data first");
        var elements = tape.Input(formulas.Elements.Inputs(_elements, _elementWidth), formulas.Elements.Count, _elementWidth);
        return _output.Last(tape, _output.Hidden(tape, _core.Forward(tape, elements, formulas.Formulas)));
    }
}
