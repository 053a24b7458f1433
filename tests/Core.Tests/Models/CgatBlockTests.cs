using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.Cgat;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

/// <summary>Each block of CGAT on numbers worked out by hand.</summary>
public sealed class CgatBlockTests : IDisposable
{
    // H: two O at 1 Å (rank 1) and itself at 2 Å (rank 2); O: an H at 1 Å and twice itself at 2 Å.
    static readonly CrystalGraph Hydroxide = CrystalGraph.FromEdges([1, 8], [0, 3, 6], [1, 1, 0, 0, 1, 1], [1f, 1f, 2f, 1f, 2f, 2f]);

    readonly ReferenceKernels _kernels = new();
    readonly ParameterLayout _layout = new();
    ParameterSet? _parameters;
    Tape? _tape;

    [Theory]
    [InlineData(CgatDirection.Centre)]
    [InlineData(CgatDirection.Neighbour)]
    public void A_message_step_without_networks_behind_it(CgatDirection direction)
    {
        var settings = Tiny with { Direction = direction, EdgeUpdate = CgatEdgeUpdate.Mlp };
        var step = new MessageStep(_layout, "s", settings, isFirst: true);
        var (tape, batch) = Start(settings);
        // Attention 2^(x of the source); message e + x of the source, doubled by a second hidden number of half the size.
        Net("s.node.0.attention", [0, 0, 0, 0, 1, 0], [Math.Log(2), 0], 9);
        Net("s.node.0.message", [0, 0, 1, 0.5, 1, 0.5], [0.5, 1], 0);
        Set("s.edge.update.0.weight", 2);
        Set("s.edge.update.0.bias", -3);
        Set("s.edge.update.1.weight", 5);
        Set("s.edge.update.1.bias", 1);
        var atoms = tape.Input([1.0, 2], 2, 1);
        var state = step.Forward(tape, new MessageEdges(tape, batch, 4), new MessageState(atoms, tape.Input([9.0, 0.5, 3, 9], 4, 1), atoms, null));
        // e = 0.5 and 3; messages of x = 1: 1.5, 4; of x = 2: 2.5, 5; weights 2 and 4.
        double[] expected = direction == CgatDirection.Centre
            ? [1 + (2 * 4 * 2.5 + 2 * 4) / 10, 2 + (2 * 1.5 + 2 * 4 * 5.0) / 10]
            : [1 + (4 * 2.5 + 2 * 4) / 6, 2 + (2 * 2 * 1.5 + 2 * 4 * 5.0) / 12]; // into H: one O of rank 1 and itself; into O: H twice, itself twice
        Close(expected, Read(state.Atoms));
        // 0.5 → 5·(−0.02) + 1 added, 3 → 5·3 + 1 added.
        Close([1.4, 19], Read(state.Ranks)[1..3]);
        Assert.Null(state.Edges);
    }

    [Theory]
    [InlineData(CgatDirection.Centre)]
    [InlineData(CgatDirection.Neighbour)]
    public void Edges_in_the_corrected_network_see_their_atoms_and_weigh_heads(CgatDirection direction)
    {
        var settings = Tiny with { Heads = 2, Direction = direction, EdgeUpdate = CgatEdgeUpdate.Attention };
        var step = new MessageStep(_layout, "s", settings, isFirst: true);
        var (tape, batch) = Start(settings);
        // Shares ¼ and ¾. The first head's message is the centre's x, the other's 10·(the neighbour's x) + e.
        Net("s.edge.0.attention", [0, 0, 0, 0, 0, 0], [0, 0], 0);
        Net("s.edge.1.attention", [0, 0, 0, 0, 0, 0], [0, 0], Math.Log(3));
        Net("s.edge.0.message", [1, 0, 0, 0, 0, 0], [1, 0], 0);
        Net("s.edge.1.message", [0, 0, 1, 0, 10, 0], [1, 0], 0);
        Set("s.edge.update.0.weight", 1);
        Set("s.edge.update.1.weight", 2);
        var atoms = tape.Input([1.0, 2], 2, 1);
        var state = step.Forward(tape, new MessageEdges(tape, batch, 4), new MessageState(atoms, tape.Input([9.0, 0.5, 3, 9], 4, 1), atoms, null));
        double Edge(double centre, double e, double neighbour) => e + 2 * (0.25 * centre + 0.75 * (10 * neighbour + e)) / 2;
        // By target, rank, source: at the centre H←O, H←H, O←H, O←O; at the neighbour H←O (the centre), H←H, O←H, O←O.
        double[] expected = direction == CgatDirection.Centre
            ? [Edge(1, 0.5, 2), Edge(1, 3, 1), Edge(2, 0.5, 1), Edge(2, 3, 2)]
            : [Edge(2, 0.5, 1), Edge(1, 3, 1), Edge(1, 0.5, 2), Edge(2, 3, 2)];
        Close(expected, Read(state.Edges!.Value));
        float[] counts = direction == CgatDirection.Centre ? [2, 1, 1, 2] : [1, 1, 2, 2];
        Assert.Equal(counts, batch.EdgeCounts.ToArray());
    }

    [Fact]
    public void A_generated_network()
    {
        var net = new HyperNet(_layout, "h", 2, isDamped: false);
        Start();
        for (var l = 0; l < 4; l++)
        {
            // g = (½, 0) whatever goes in; M = b + ½·W₀, whose last row is the layer's bias.
            Set(FormattableString.Invariant($"h.{l}.3.bias"), Math.Atanh(0.5), 0);
            double[] w = l switch { 0 => [2, 0, 0, 2, 0, 2], 3 => [0, 4, 6, 8, 0, 0], _ => [2, 0, 0, 2, 0, 0] };
            Set(FormattableString.Invariant($"h.{l}.generated.weight"), [.. w, 7, 7, 7, 7, 7, 7]);
        }
        Set("h.3.generated.bias", 1, 0, 0, 0, 0.5, -0.5);
        var y = Read(net.Forward(_tape!, _tape!.Input([3.0, -1], 1, 2), _tape.Index([0], 1), _tape.Input([1.0, 2], 1, 2)));
        // (1, 2) → (1, 3) → (−1, 1) → tanh; the next two norms bring ±t to nearly ±1 again; then rows (1, 2) and (3, 4).
        double Next(double half) => Math.Tanh(half / Math.Sqrt(half * half + 1e-5));
        var s = Next(Next(Next(1)));
        Close([2 * s + 0.5, 2 * s - 0.5], y);
    }

    [Theory]
    [InlineData(0.25, 0.25)]
    [InlineData(1.7, 1)]
    [InlineData(-0.4, 0)]
    public void Networks_are_generated_from_a_mixture_of_first_state_and_message(double damping, double used)
    {
        var net = new HyperNet(_layout, "h", 2, isDamped: true);
        Start();
        for (var t = 0; t < 4; t++) Set(FormattableString.Invariant($"h.3.{t}.weight"), 1, 0, 0, 1);
        Set("h.3.generated.weight", 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1); // the generated bias is g
        Set("h.damping", damping);
        var tape = _tape!;
        tape.Reset(training: true);
        _parameters!.ZeroGradients();
        var y = net.Forward(tape, tape.Input([0.8, -1], 1, 2), tape.Index([0, 0], 1), tape.Input([0.2, 2, -0.6, 0.4], 2, 2));
        double Trunk(double x) => Math.Tanh(Math.Tanh(Math.Tanh(Math.Tanh(x))));
        double Mixed(double first, double message) => Trunk(used * first + (1 - used) * message);
        Close([Mixed(0.8, 0.2), Mixed(-1, 2), Mixed(0.8, -0.6), Mixed(-1, 0.4)], Read(y));
        // The cut lets the slope through, so that d can come back.
        tape.Backward(y);
        var slope = new double[1];
        _kernels.Download(_parameters.Gradient(_layout.Find("h.damping")), slope);
        Assert.True(Math.Abs(slope[0]) > 0.01, $"slope {slope[0]}");
    }

    [Fact]
    public void The_output_network_adds_what_its_layers_say()
    {
        var net = new ResidualNet(_layout, "o", 2, [2, 1], outputs: 1, reZero: true);
        Start();
        Set("o.0.weight", 1, -1, 2, -2);
        Set("o.0.bias", 1, 0.5);
        Set("o.0.alpha", 0.5);
        Set("o.1.weight", 1, 1);
        Set("o.1.residual.weight", 10, 100);
        Set("o.last.weight", 2);
        Set("o.last.bias", -1);
        // (3, 4): ReLU(12, −10.5) = (12, 0), half of it added: (9, 4); width 1: α = 0 leaves 90 + 400.
        Close([2 * 490 - 1], Read(net.Last(_tape!, net.Hidden(_tape!, _tape!.Input([3.0, 4], 1, 2)))));
        Set("o.1.alpha", 2);
        Close([2 * (490 + 26) - 1], Read(net.Last(_tape, net.Hidden(_tape, _tape.Input([3.0, 4], 1, 2)))));
    }

    [Fact]
    public void Atoms_are_pooled_by_attention_in_the_context_of_the_composition()
    {
        // One number per atom and a fraction in the composition branch; everything but the pooling switched off.
        var model = new CgatModel(CgatModelTests.Spec(("preset", "small"), ("width", 2), ("edge_width", 1), ("heads", 1), ("steps", 1), ("composition_steps", 0), ("composition_hidden", 1),
            ("neighbours", 3), ("node_update", "none"), ("edge_update", "none"), ("element_features", "one_hot"), ("output_widths", new long[] { 2 })));
        _parameters = new ParameterSet(_kernels, model.Parameters);
        var nodes = new double[2 * 100];
        (nodes[0], nodes[14]) = (1, 2); // H and O, first number
        Set("graph.nodes.weight", nodes);
        Set("graph.composition.pool.0.power", 1);
        Set("graph.pool.0.attention.0.weight", 1, 0, 0, 0, 0, 0, 0, 1); // of x its first number, of C its second: Σ w²
        Set("graph.pool.0.attention.1.weight", Math.Log(2), 0, 4, 4);
        Set("graph.pool.0.value.0.weight", 1, 0, 0, 0);
        Set("graph.pool.0.value.0.bias", 0.5, 0);
        Set("graph.pool.0.value.1.weight", 1, 10, 0, 0);
        _tape = new Tape(_kernels, _parameters);
        _tape.Reset(training: false);
        // Two H that differ by nothing, and an O: counted as two and one.
        var batch = new CgatBatch(model.Settings);
        Assert.Null(batch.Add(CrystalGraph.FromEdges([1, 1, 8], [0, 3, 6, 9], [2, 2, 2, 2, 2, 2, 0, 1, 0], [1f, 1f, 1f, 1f, 1f, 1f, 1f, 1f, 1f]).View));
        Assert.Equal((2, 2f, 1f), (batch.Atoms, batch.AtomCounts[0], batch.AtomCounts[1]));
        // First column: weights 2·2¹ and 2²; values 1.5 and 2.5. The second has no scores but C's, equal for all: weights 2 and 1, values tenfold.
        Close([(4 * 1.5 + 4 * 2.5) / 8, 10 * (2 * 1.5 + 2.5) / 3], Read(model.Layer(_tape, batch, "final")));
    }

    public void Dispose()
    {
        _tape?.Dispose();
        _parameters?.Dispose();
        _kernels.Dispose();
    }

    static CgatSettings Tiny { get; } = new()
    {
        Width = 1, EdgeWidth = 1, Heads = 1, Neighbours = 3, NodeUpdate = CgatNodeUpdate.None, UnusedEdgeAttention = false, ElementFeatures = ElementInputs.OneHot,
    };

    (Tape Tape, CgatBatch Batch) Start(CgatSettings? settings = null)
    {
        _parameters = new ParameterSet(_kernels, _layout);
        _tape = new Tape(_kernels, _parameters);
        _tape.Reset(training: false);
        var batch = new CgatBatch(settings ?? Tiny);
        Assert.Null(batch.Add(Hydroxide.View));
        return (_tape, batch);
    }

    /// <summary>A net on [x ; e ; x] with two hidden numbers and one output.</summary>
    void Net(string name, double[] first, double[] second, double shift)
    {
        Set(name + ".0.weight", first);
        Set(name + ".1.weight", second);
        Set(name + ".1.bias", shift);
    }

    void Set(string name, params double[] values) => _parameters!.Import(name, values.AsSpan());

    double[] Read(Tensor tensor)
    {
        var values = new double[tensor.Length];
        _tape!.Read(tensor, values);
        return values;
    }

    static void Close(IEnumerable<double> expected, IEnumerable<double> got) => Assert.Equal(expected.Select(v => Math.Round(v, 9)), got.Select(v => Math.Round(v, 9)));
}
