using AtomSets.Tensors;

namespace AtomSets.Models.Cgat;

/// <summary>Where the messages of a batch go, on the tape.</summary>
readonly struct MessageEdges
{
    public MessageEdges(Tape tape, CgatBatch batch, int ranks)
    {
        AtomElements = tape.Index(batch.AtomElements, batch.Elements.Count);
        Targets = tape.Index(batch.Targets, batch.Atoms);
        Sources = tape.Index(batch.Sources, batch.Atoms);
        Ranks = tape.Index(batch.Ranks, ranks);
        ByTarget = tape.Segments(batch.EdgesByTarget);
        Counts = tape.Input(batch.EdgeCounts, batch.Edges, 1);
    }

    public RowIndex AtomElements { get; }

    public RowIndex Targets { get; }

    public RowIndex Sources { get; }

    public RowIndex Ranks { get; }

    public Segments ByTarget { get; }

    /// <summary>How many edges each row stands for [M × 1].</summary>
    public Tensor Counts { get; }
}

/// <summary>What a message step passes on.</summary>
/// <param name="Origin">x₀ by element [D × F]</param>
/// <param name="Ranks">e by rank [ranks × E]; e₀ once edges have values of their own</param>
/// <param name="Atoms">x [N × F]</param>
/// <param name="Edges">e [M × E], or null while an edge is a function of its rank</param>
readonly record struct MessageState(Tensor Origin, Tensor Ranks, Tensor Atoms, Tensor? Edges);

/// <summary>One message step. Per head, with m = [x_target ; e ; x_source]: a = softmax(A(m)) over the edges of one target, by channel;
/// u = mean over heads of Σ a ⊙ M(m); x ← x + U(u), U a <see cref="HyperNet"/>; and e changes (<see cref="CgatEdgeUpdate"/>), both from the old x and e.</summary>
sealed class MessageStep
{
    readonly CgatSettings _settings;
    readonly (MlpSpec Attention, MlpSpec Message)[] _nodes, _edges = [];
    readonly HyperNet? _nodeHyper, _edgeHyper;
    readonly MlpSpec? _nodeMlp, _edgeMlp;

    public MessageStep(ParameterLayout layout, string prefix, CgatSettings settings, bool isFirst)
    {
        var s = _settings = settings;
        _nodes = Heads(layout, prefix + ".node", s.Width);
        if (s.NodeUpdate == CgatNodeUpdate.Hyper) _nodeHyper = new HyperNet(layout, prefix + ".node.hyper", s.Width, isDamped: !isFirst);
        if (s.NodeUpdate == CgatNodeUpdate.Mlp) _nodeMlp = TorchLayers.Build(layout, prefix + ".node.update", [s.Width], [s.Width, s.Width], Activation.LeakyRelu);
        if (s.EdgeUpdate == CgatEdgeUpdate.None) return;
        if (s.EdgeUpdate != CgatEdgeUpdate.Mlp || s.UnusedEdgeAttention) _edges = Heads(layout, prefix + ".edge", s.EdgeWidth);
        if (s.EdgeUpdate == CgatEdgeUpdate.Hyper) _edgeHyper = new HyperNet(layout, prefix + ".edge.hyper", s.EdgeWidth, isDamped: !isFirst);
        else _edgeMlp = TorchLayers.Build(layout, prefix + ".edge.update", [s.EdgeWidth], [s.EdgeWidth, s.EdgeWidth], Activation.LeakyRelu);
    }

    public MessageState Forward(Tape tape, in MessageEdges edges, MessageState state)
    {
        Tensor? sum = null;
        foreach (var (attention, message) in _nodes)
        {
            Tensor scores = OnEdges(tape, attention, edges, state, fromTarget: true), values = OnEdges(tape, message, edges, state, fromTarget: true);
            var head = tape.SegmentSoftmaxSum(scores, values, edges.ByTarget, edges.Counts);
            sum = sum is { } before ? tape.Add(before, head) : head;
        }
        var u = _nodes.Length == 1 ? sum!.Value : tape.Scale(sum!.Value, 1.0 / _nodes.Length);
        var change = _nodeHyper?.Forward(tape, state.Origin, edges.AtomElements, u) ?? (_nodeMlp is null ? u : tape.Mlp(_nodeMlp, u));
        return ChangeEdges(tape, edges, state) with { Atoms = tape.Add(state.Atoms, change) };
    }

    MessageState ChangeEdges(Tape tape, in MessageEdges edges, MessageState state)
    {
        if (_settings.EdgeUpdate == CgatEdgeUpdate.None) return state;
        if (_settings.EdgeUpdate == CgatEdgeUpdate.Mlp) return state with { Ranks = tape.Add(state.Ranks, tape.Mlp(_edgeMlp!, state.Ranks)) };
        Tensor scores = default, values = default;
        for (var h = 0; h < _edges.Length; h++)
        {
            Tensor score = OnEdges(tape, _edges[h].Attention, edges, state, fromTarget: IsTargetCentre), value = OnEdges(tape, _edges[h].Message, edges, state, fromTarget: IsTargetCentre);
            (scores, values) = h == 0 ? (score, value) : (tape.Concat(scores, score), tape.Concat(values, value));
        }
        // The heads of an edge become rows of a segment: attention is over heads, not over neighbours.
        var count = edges.Ranks.Count;
        var byEdge = tape.UniformSegments(count, _edges.Length);
        var u = tape.SegmentSoftmaxSum(
            scores.Reshape(count * _edges.Length, scores.Columns / _edges.Length), values.Reshape(count * _edges.Length, _settings.EdgeWidth), byEdge);
        u = tape.Scale(u, 1.0 / _edges.Length);
        var old = state.Edges ?? tape.Gather(state.Ranks, edges.Ranks);
        var change = _edgeHyper is null ? tape.Mlp(_edgeMlp!, u) : _edgeHyper.Forward(tape, state.Ranks, edges.Ranks, u);
        return state with { Edges = tape.Add(old, change) };
    }

    bool IsTargetCentre => _settings.Direction == CgatDirection.Centre;

    /// <summary>A network on every edge. For atoms the target comes first, for edges the centre.</summary>
    static Tensor OnEdges(Tape tape, MlpSpec net, in MessageEdges edges, MessageState state, bool fromTarget)
    {
        var (target, source) = (state.Atoms.At(edges.Targets), state.Atoms.At(edges.Sources));
        var edge = state.Edges is { } own ? (MlpSource)own : state.Ranks.At(edges.Ranks);
        return fromTarget ? tape.Mlp(net, target, edge, source) : tape.Mlp(net, source, edge, target);
    }

    (MlpSpec, MlpSpec)[] Heads(ParameterLayout layout, string prefix, int width)
    {
        var s = _settings;
        var heads = new (MlpSpec, MlpSpec)[s.Heads];
        for (var h = 0; h < s.Heads; h++)
        {
            MlpSpec Net(string name, int outputs) => TorchLayers.Build(
                layout, FormattableString.Invariant($"{prefix}.{h}.{name}"), [s.Width, s.EdgeWidth, s.Width], [s.EdgeHidden, outputs], Activation.LeakyRelu);
            heads[h] = (Net("attention", s.VectorAttention ? width : 1), Net("message", width));
        }
        return heads;
    }
}
