using AtomSets.Tensors;

namespace AtomSets.Models.MegNet;

/// <summary>One block: two dense layers (not in block 0), the graph layer, the residual.</summary>
sealed class MegNetBlock
{
    readonly MlpSpec? _atomDense, _bondDense, _stateDense;
    readonly MlpSpec _phiE, _phiV, _phiU;
    readonly string _number;

    public MegNetBlock(ParameterLayout layout, int index, MegNetSettings settings)
    {
        _number = (index + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var prefix = FormattableString.Invariant($"block{index}");
        var (hidden, width, soft) = (settings.Hidden, settings.Width, Activation.ShiftedSoftplus);
        if (index > 0)
        {
            _atomDense = DenseStack.Build(layout, prefix + ".ff.atom", [width], [hidden, width], soft, soft);
            _bondDense = DenseStack.Build(layout, prefix + ".ff.bond", [width], [hidden, width], soft, soft);
            _stateDense = DenseStack.Build(layout, prefix + ".ff.state", [width], [hidden, width], soft, soft);
        }
        int[] widths = [hidden, hidden, width];
        var last = settings.Variant == MegNetVariant.MatGL ? soft : Activation.Linear;
        _phiE = DenseStack.Build(layout, prefix + ".phi_e", [width, width, width, width], widths, soft, last);
        _phiV = DenseStack.Build(layout, prefix + ".phi_v", [width, width, width], widths, soft, last);
        _phiU = DenseStack.Build(layout, prefix + ".phi_u", [width, width, width], widths, soft, last);
    }

    /// <param name="tape">With the parameters of the model.</param>
    /// <param name="places">Where atoms and bonds belong.</param>
    /// <param name="atoms">[N × width]</param>
    /// <param name="bonds">[E × width]</param>
    /// <param name="bondSource">The bonds as the first network of the block reads them: the same values, perhaps through an index.</param>
    /// <param name="state">[materials × width]</param>
    /// <param name="dropout">Probability of dropping a value.</param>
    /// <param name="trace">Takes inner values.</param>
    public (Tensor Atoms, Tensor Bonds, Tensor State) Forward(
        Tape tape, MegNetPlaces places, Tensor atoms, Tensor bonds, MlpSource bondSource, Tensor state, double dropout, MegNetTrace? trace)
    {
        var v = _atomDense is null ? atoms : tape.Mlp(_atomDense, atoms);
        if (_bondDense is not null) bondSource = tape.Mlp(_bondDense, bondSource);
        var u = _stateDense is null ? state : tape.Mlp(_stateDense, state);

        ReadOnlySpan<MlpSource> ends = [v.At(places.Centres), v.At(places.Neighbours), bondSource, u.At(places.BondGraphs)];
        Tensor e, bondsOfAtom;
        if (dropout > 0)
        {
            e = tape.Mlp(_phiE, ends);
            bondsOfAtom = tape.SegmentWeightedMean(e, places.Multiplicities, places.BondsByAtom);
        }
        else (e, bondsOfAtom) = tape.ResidualMlp(_phiE, bonds, places.Multiplicities, places.BondsByAtom, ends);
        v = tape.Mlp(_phiV, bondsOfAtom, v, u.At(places.AtomGraphs));
        // The mean over all bonds, from the means of the atoms: the bonds are read once.
        var meanBond = tape.SegmentWeightedMean(bondsOfAtom, places.Degrees, places.AtomsByGraph);
        u = tape.Mlp(_phiU, meanBond, tape.SegmentMean(v, places.AtomsByGraph), u);
        if (trace is not null)
        {
            trace.Record($"V{_number}_pre", v);
            trace.Record($"U{_number}_pre", u);
            trace.Record($"E{_number}_pre", bondsOfAtom);
        }
        if (dropout > 0) (v, e, u) = (tape.Dropout(v, dropout), tape.Add(bonds, tape.Dropout(e, dropout)), tape.Dropout(u, dropout));

        (v, u) = (tape.Add(atoms, v), tape.Add(state, u));
        if (trace is not null)
        {
            trace.Record($"V{_number}", v);
            trace.Record($"U{_number}", u);
            if (trace.Wants($"E{_number}")) trace.Record($"E{_number}", tape.SegmentWeightedMean(e, places.Multiplicities, places.BondsByAtom));
        }
        return (v, e, u);
    }
}

/// <summary>Where the atoms and bonds of a batch belong, on the tape's device.</summary>
readonly struct MegNetPlaces
{
    public MegNetPlaces(Tape tape, MegNetBatch batch)
    {
        Centres = tape.Index(batch.Centres, batch.Atoms);
        Neighbours = tape.Index(batch.Neighbours, batch.Atoms);
        Lengths = tape.Index(batch.Lengths, batch.Distances.Length);
        Multiplicities = tape.Input(batch.Multiplicities, batch.Bonds, 1);
        Degrees = tape.Input(batch.Degrees, batch.Atoms, 1);
        BondGraphs = tape.Index(batch.BondGraphs, batch.Count);
        AtomGraphs = tape.Index(batch.AtomGraphs, batch.Count);
        BondsByAtom = tape.Segments(batch.BondsByAtom);
        BondsByGraph = tape.Segments(batch.BondsByGraph);
        AtomsByGraph = tape.Segments(batch.AtomsByGraph);
    }

    public RowIndex Centres { get; }

    public RowIndex Neighbours { get; }

    public RowIndex Lengths { get; }

    public Tensor Multiplicities { get; }

    public Tensor Degrees { get; }

    public RowIndex BondGraphs { get; }

    public RowIndex AtomGraphs { get; }

    public Segments BondsByAtom { get; }

    public Segments BondsByGraph { get; }

    public Segments AtomsByGraph { get; }
}
