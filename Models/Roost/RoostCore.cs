using AtomSets.Tensors;

namespace AtomSets.Models.Roost;

/// <summary>Roost without its output network: a formula's elements, weighted by their fractions, exchange messages and are pooled (R. E. A. Goodall,
/// A. A. Lee, Nat. Commun. 11, 6280 (2020), doi 10.1038/s41467-020-19964-7).</summary>
/// <remarks>
/// x = [element vector·W + b, fraction]; per step, over the other elements j of the formula, xᵢ ← xᵢ + mean over heads of Σⱼ aᵢⱼ·message([xᵢ ; xⱼ]) with
/// aᵢⱼ = wⱼᵖ·exp(gate([xᵢ ; xⱼ]))/Σ; pooled: mean over heads of Σᵢ aᵢ·xᵢ, aᵢ = wᵢᵖ·exp(gate(xᵢ))/Σ. Every gate has a power p of its own.
/// wᵖ·exp(g) is taken as exp(g + p·ln w).
/// </remarks>
sealed class RoostCore
{
    readonly MlpSpec _embedding;
    readonly (Gate Gate, MlpSpec Message)[][] _steps;
    readonly Gate[] _pool;

    /// <summary>Logits g + p·ln w.</summary>
    readonly record struct Gate(MlpSpec Net, MlpSpec Power);

    /// <param name="layout">gets the parameters</param>
    /// <param name="prefix">of their names</param>
    /// <param name="elementWidth">numbers per element</param>
    /// <param name="width">F, of an item</param>
    /// <param name="steps">message steps</param>
    /// <param name="heads">networks beside each other, whose results are averaged</param>
    /// <param name="hidden">width of the hidden layer of every gate and message</param>
    public RoostCore(ParameterLayout layout, string prefix, int elementWidth, int width, int steps, int heads, int hidden)
    {
        _embedding = TorchLayers.Single(layout, $"{prefix}.embedding", elementWidth, width - 1);
        _steps = new (Gate, MlpSpec)[steps][];
        for (var s = 0; s < steps; s++)
        {
            _steps[s] = new (Gate, MlpSpec)[heads];
            for (var h = 0; h < heads; h++)
            {
                var name = FormattableString.Invariant($"{prefix}.steps.{s}.{h}");
                _steps[s][h] = (NewGate(layout, name, [width, width], hidden), TorchLayers.Build(layout, $"{name}.message", [width, width], [hidden, width], Activation.LeakyRelu));
            }
        }
        _pool = new Gate[heads];
        for (var h = 0; h < heads; h++) _pool[h] = NewGate(layout, FormattableString.Invariant($"{prefix}.pool.{h}"), [width], hidden);
        Parts = [$"{prefix}.embedding", .. Enumerable.Range(0, steps).Select(s => FormattableString.Invariant($"{prefix}.steps.{s}")), $"{prefix}.pool"];
    }

    /// <summary>Prefixes of the parameters, from input to output.</summary>
    public IReadOnlyList<string> Parts { get; }

    /// <summary>[formulas × F]</summary>
    /// <param name="tape">with the parameters</param>
    /// <param name="elements">[D × element width] numbers of the batch's elements</param>
    /// <param name="formulas">of those elements</param>
    public Tensor Forward(Tape tape, Tensor elements, FormulaRows formulas)
    {
        var embedded = tape.Gather(tape.Mlp(_embedding, elements), tape.Index(formulas.Elements, elements.Rows));
        var x = tape.Concat(embedded, tape.Input(formulas.Fractions, formulas.Items, 1));
        var logarithms = tape.Input(formulas.LogFractions, formulas.Items, 1);
        var (selves, others) = (tape.Index(formulas.Selves, formulas.Items), tape.Index(formulas.Others, formulas.Items));
        var ofOthers = tape.Gather(logarithms, others);
        var pairs = tape.Segments(formulas.PairsByItem);
        foreach (var heads in _steps)
        {
            Tensor? sum = null;
            foreach (var (gate, message) in heads)
            {
                var scores = tape.Add(tape.Mlp(gate.Net, x.At(selves), x.At(others)), tape.Mlp(gate.Power, ofOthers));
                var mean = tape.SegmentSoftmaxSum(scores, tape.Mlp(message, x.At(selves), x.At(others)), pairs);
                sum = sum is { } before ? tape.Add(before, mean) : mean;
            }
            x = tape.Combine(1, x, 1.0 / heads.Length, sum!.Value);
        }
        var items = tape.Segments(formulas.ItemsByFormula);
        Tensor? pooled = null;
        foreach (var gate in _pool)
        {
            var mean = tape.SegmentSoftmaxSum(tape.Add(tape.Mlp(gate.Net, x), tape.Mlp(gate.Power, logarithms)), x, items);
            pooled = pooled is { } before ? tape.Add(before, mean) : mean;
        }
        return _pool.Length == 1 ? pooled!.Value : tape.Scale(pooled!.Value, 1.0 / _pool.Length);
    }

    static Gate NewGate(ParameterLayout layout, string prefix, int[] inputs, int hidden) => new(
        TorchLayers.Build(layout, $"{prefix}.gate", inputs, [hidden, 1], Activation.LeakyRelu),
        new MlpSpec([1], [new MlpLayer(layout.Add($"{prefix}.power", 1, 1, Initializer.Normal(0, 1)), ParameterRef.None, 1, Activation.Linear)]));
}
