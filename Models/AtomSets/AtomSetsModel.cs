using AtomSets.Tensors;

namespace AtomSets.Models.AtomSets;

/// <summary>AtomSets: ρ(pool over x of φ(x)) on the rows of a set (C. Chen, S. P. Ong, npj Comput. Mater. 7, 173 (2021), doi 10.1038/s41524-021-00639-w).</summary>
/// <remarks>On structure vectors, which are one row per material, φ and the pooling fall away and ρ is an MLP. See SOURCES.md.</remarks>
public sealed class AtomSetsModel : IModel
{
    readonly ParameterRef _table;
    readonly MlpSpec? _phi;
    readonly Set2SetSpec? _set2Set;
    readonly MlpSpec _rho;

    /// <exception cref="ModelException">The spec is not bound to data, so that its input width is unknown.</exception>
    public AtomSetsModel(ModelSpec spec) : this(Bound(spec), spec) { }

    AtomSetsModel(AtomSetsSettings settings, ModelSpec spec)
    {
        Settings = settings;
        Spec = spec;
        var layout = Parameters = new ParameterLayout();
        var parts = new List<string>();
        _table = ParameterRef.None;
        if (settings.IsOwnEmbedding)
        {
            _table = layout.Add("embed.atom", settings.Elements, settings.InputWidth, Initializer.Uniform(-0.05, 0.05));
            parts.Add("embed");
        }
        var width = settings.InputWidth;
        var pooled = new List<int> { width };
        if (!settings.IsStructureVector)
        {
            if (settings.Phi.Count > 0)
            {
                _phi = DenseStack.Build(layout, "phi", [width], settings.Phi.ToArray(), settings.Activation, settings.Activation);
                width = settings.Phi[^1];
                parts.Add("phi");
            }
            pooled.Clear();
            if (settings.Pooling is Pooling.WeightedMean or Pooling.Both) pooled.Add(width);
            if (settings.Pooling is Pooling.Set2Set or Pooling.Both)
            {
                var hidden = settings.Set2SetHidden;
                _set2Set = new Set2SetSpec(
                    DenseStack.Single(layout, "set2set.Wm", "set2set.bm", [width], hidden),
                    DenseStack.Single(layout, "set2set.Wr", "set2set.br", [2 * hidden], 4 * hidden),
                    hidden, settings.Set2SetSteps, fullLstm: false);
                pooled.Add(2 * hidden);
                parts.Add("set2set");
            }
        }
        int[] widths = [.. settings.Rho, settings.Outputs];
        _rho = DenseStack.Build(layout, "rho", pooled.ToArray(), widths, settings.Activation, Activation.Linear);
        Head = FormattableString.Invariant($"rho.{settings.Rho.Count}");
        parts.Add("rho");
        Parts = parts;
    }

    public AtomSetsSettings Settings { get; }

    public ModelSpec Spec { get; }

    public ParameterLayout Parameters { get; }

    public IReadOnlyList<string> Parts { get; }

    public string Head { get; }

    public int Outputs => Settings.Outputs;

    public OutputKind OutputKind => Settings.Output;

    /// <inheritdoc/>
    /// <param name="tape">With the parameters of this model.</param>
    /// <param name="batch">An <see cref="AtomSetsBatch"/>.</param>
    public Tensor Forward(Tape tape, IBatch batch)
    {
        if (batch is not AtomSetsBatch sets) throw new ArgumentException($"AtomSets takes an {nameof(AtomSetsBatch)}, got {batch.GetType().Name}", nameof(batch));
        var features = Settings.IsOwnEmbedding
            ? tape.Parameter(_table)
            : tape.Input(sets.Features, sets.Rows, Settings.InputWidth);
        if (Settings.IsStructureVector) return tape.Mlp(_rho, features);

        Tensor rows;
        if (!Settings.IsOwnEmbedding) rows = _phi is null ? features : tape.Mlp(_phi, features);
        else
        {
            var types = tape.Index(sets.AtomicNumbers, Settings.Elements);
            rows = _phi is null ? tape.Gather(features, types) : tape.Mlp(_phi, features.At(types));
        }
        var segments = tape.Segments(sets.Offsets);
        var weights = tape.Input(sets.Weights, sets.Rows, 1);
        if (_set2Set is null) return tape.Mlp(_rho, tape.SegmentWeightedMean(rows, Powers(tape, sets, weights), segments));
        var attended = tape.Set2Set(rows, segments, _set2Set, weights);
        return Settings.Pooling == Pooling.Set2Set
            ? tape.Mlp(_rho, attended)
            : tape.Mlp(_rho, tape.SegmentWeightedMean(rows, Powers(tape, sets, weights), segments), attended);
    }

    Tensor Powers(Tape tape, AtomSetsBatch sets, Tensor weights) =>
        Settings.Alpha == 1 ? weights : tape.Input(sets.WeightPowers(Settings.Alpha), sets.Rows, 1);

    static AtomSetsSettings Bound(ModelSpec spec) =>
        spec.Has("input_width")
            ? AtomSetsSettings.From(spec)
            : throw new ModelException("this AtomSets spec has no input width yet: bind it to a data set and parent first");
}
