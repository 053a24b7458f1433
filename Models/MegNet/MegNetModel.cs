using AtomSets.Tensors;

namespace AtomSets.Models.MegNet;

/// <summary>MEGNet: messages between atoms, bonds and a global state (C. Chen et al., Chem. Mater. 31, 3564 (2019), doi 10.1021/acs.chemmater.9b01294).</summary>
/// <remarks>
/// Per block, with vᵢ the atoms, eₖ the bonds, u the state, and means over what touches:
/// e' = φ_e([v_centre, v_neighbour, e, u]); v' = φ_v([mean e', v, u]); u' = φ_u([mean e', mean v', u]); then the block's input is added.
/// Blocks after the first put two dense layers before φ. Readout: set2set of atoms, set2set of bonds, u → dense layers.
/// A mean over nothing is 0, so isolated atoms and structures without bonds are valid inputs. See SOURCES.md.
/// </remarks>
public sealed class MegNetModel : IModel
{
    readonly ParameterRef _atomTable;
    readonly ParameterRef _stateTable;
    readonly MlpSpec _preAtom, _preBond, _preState, _readout;
    readonly MlpSpec[] _readoutLayers;
    readonly MegNetBlock[] _blocks;
    readonly Set2SetSpec _atomReadout, _bondReadout;
    readonly GaussianBasis _basis;

    public MegNetModel(ModelSpec spec) : this(MegNetSettings.From(spec), spec) { }

    public MegNetModel(MegNetSettings settings) : this(settings, settings.ToSpec()) { }

    MegNetModel(MegNetSettings settings, ModelSpec spec)
    {
        Settings = settings;
        Spec = spec;
        var layout = Parameters = new ParameterLayout();
        var (s, soft) = (settings, Activation.ShiftedSoftplus);
        _basis = GaussianBasis.OfWidth(0, s.GaussianStopAngstrom, s.GaussianCentres, s.GaussianWidthAngstrom);

        _atomTable = layout.Add("embed.atom", s.Elements, s.Embedding, Initializer.Uniform(-0.05, 0.05));
        _stateTable = s.States > 0 ? layout.Add("embed.state", s.States, s.StateEmbedding, Initializer.Uniform(-0.05, 0.05)) : ParameterRef.None;
        int[] widths = [s.Hidden, s.Width];
        _preAtom = DenseStack.Build(layout, "pre.atom", [s.Embedding], widths, soft, soft);
        _preBond = DenseStack.Build(layout, "pre.bond", [s.GaussianCentres], widths, soft, soft);
        _preState = DenseStack.Build(layout, "pre.state", [s.StateInput], widths, soft, soft);
        _blocks = new MegNetBlock[s.Blocks];
        for (var k = 0; k < s.Blocks; k++) _blocks[k] = new MegNetBlock(layout, k, s);
        _atomReadout = Set2Set(layout, "set2set.atom", s);
        _bondReadout = Set2Set(layout, "set2set.bond", s);
        _readout = DenseStack.Build(
            layout, "readout", [s.Set2SetWidth, s.Set2SetWidth, s.Width], [s.Width, s.Readout, s.Outputs], soft, Activation.Linear);
        _readoutLayers = DenseStack.Split(_readout);

        Parts = ["embed", "pre", .. Enumerable.Range(0, s.Blocks).Select(k => FormattableString.Invariant($"block{k}")), "set2set", "readout"];
    }

    public MegNetSettings Settings { get; }

    public ModelSpec Spec { get; }

    public ParameterLayout Parameters { get; }

    public IReadOnlyList<string> Parts { get; }

    public string Head => "readout.2";

    public string OutputNetwork => "readout";

    public int Outputs => Settings.Outputs;

    public OutputKind OutputKind => Settings.Output;

    /// <inheritdoc/>
    /// <param name="tape">With the parameters of this model.</param>
    /// <param name="batch">A <see cref="MegNetBatch"/>.</param>
    public Tensor Forward(Tape tape, IBatch batch) => Forward(tape, batch, trace: null);

    /// <summary>As <see cref="Forward(Tape, IBatch)"/>, handing inner values to <paramref name="trace"/>; once it has what it wants the pass stops
    /// and the result is undefined.</summary>
    internal Tensor Forward(Tape tape, IBatch batch, MegNetTrace? trace)
    {
        if (batch is not MegNetBatch graphs) throw new ArgumentException($"MEGNet takes a {nameof(MegNetBatch)}, got {batch.GetType().Name}", nameof(batch));
        var places = new MegNetPlaces(tape, graphs);
        var table = tape.Parameter(_atomTable);
        var types = tape.Index(graphs.AtomicNumbers, Settings.Elements);
        var shared = graphs.IsDisordered ? SharedSites(tape, table, graphs) : default(Tensor?);
        if (trace is not null) trace.Record("V0", shared ?? tape.Gather(table, types));
        if (trace is { IsComplete: true }) return default;

        var atoms = shared is { } mixed ? tape.Mlp(_preAtom, mixed) : tape.Mlp(_preAtom, table.At(types));
        // What depends on the length alone is computed once per length.
        var lengths = tape.Mlp(_preBond, MlpSource.Gaussian(tape.Input(graphs.Distances, graphs.Distances.Length, 1), _basis));
        var bonds = tape.Gather(lengths, places.Lengths);
        var state = _stateTable.IsNone
            ? tape.Mlp(_preState, tape.Constant(0, graphs.Count, 2))
            : tape.Mlp(_preState, tape.Parameter(_stateTable).At(tape.Index(graphs.States, Settings.States)));
        trace?.Record("pre_atom", atoms);
        trace?.Record("pre_state", state);

        for (var k = 0; k < _blocks.Length; k++)
        {
            (atoms, bonds, state) = _blocks[k].Forward(tape, places, atoms, bonds, k == 0 ? lengths.At(places.Lengths) : bonds, state, Settings.Dropout, trace);
            if (trace is { IsComplete: true }) return default;
        }

        var site = tape.Set2Set(atoms, places.AtomsByGraph, _atomReadout);
        var bond = tape.Set2Set(bonds, places.BondsByGraph, _bondReadout, places.Multiplicities);
        if (Settings.Dropout > 0)
        {
            site = tape.Dropout(site, Settings.Dropout);
            bond = tape.Dropout(bond, Settings.Dropout);
            state = tape.Dropout(state, Settings.Dropout);
        }
        if (trace is null) return tape.Mlp(_readout, site, bond, state);

        trace.Record("site_readout", site);
        trace.Record("bond_readout", bond);
        trace.Record("final", tape.Concat(site, bond, state));
        var hidden = tape.Mlp(_readoutLayers[0], site, bond, state);
        trace.Record("readout_0", hidden);
        hidden = tape.Mlp(_readoutLayers[1], hidden);
        trace.Record("readout_1", hidden);
        return tape.Mlp(_readoutLayers[2], hidden);
    }

    /// <summary>[N × embedding] the sum of the embeddings of a site's elements, each times its occupancy, as the authors' <c>CrystalGraphDisordered</c> has it.</summary>
    Tensor SharedSites(Tape tape, Tensor table, MegNetBatch graphs) => tape.SegmentSum(
        tape.ScaleRows(tape.Gather(table, tape.Index(graphs.Species, Settings.Elements)), tape.Input(graphs.Amounts, graphs.Amounts.Length, 1)), tape.Segments(graphs.SpeciesByAtom));

    static Set2SetSpec Set2Set(ParameterLayout layout, string prefix, MegNetSettings s)
    {
        if (s.Variant == MegNetVariant.MatGL)
            return new Set2SetSpec(
                null, DenseStack.Single(layout, prefix + ".Wr", prefix + ".br", [2 * s.Width, s.Width], 4 * s.Width), s.Width, s.Set2SetSteps, fullLstm: true);
        var projection = DenseStack.Single(layout, prefix + ".Wm", prefix + ".bm", [s.Width], s.Readout);
        var recurrence = DenseStack.Single(layout, prefix + ".Wr", prefix + ".br", [2 * s.Readout], 4 * s.Readout);
        return new Set2SetSpec(projection, recurrence, s.Readout, s.Set2SetSteps, fullLstm: false);
    }
}
