using AtomSets.Tensors;

namespace AtomSets.Core.Tests.Tensors;

/// <summary>Two MEGNet blocks of small odd widths on fixed random graphs, with set2set and a fitted target: every kind of operation of the real one.</summary>
sealed class ToyMegNet : IDisposable
{
    static readonly int[] AtomOffsets = [0, 3, 4, 9, 11];
    readonly ParameterSet parameters;
    readonly Tape tape;
    readonly Adam adam = new(1e-2);
    readonly ParameterRef embedding;
    readonly MlpSpec bond, phiE, phiV, phiU, readout;
    readonly Set2SetSpec atoms, bonds;
    readonly int[] types, centres, neighbours, edgeOffsets, edgeOffsetsOfGraph;
    readonly float[] distances, targets = [1.2f, -0.4f, 0.3f, 2.1f];

    public ToyMegNet(IKernels kernels, ulong seed)
    {
        var layout = new ParameterLayout();
        embedding = layout.Add("embedding", 6, 5, Initializer.Uniform(-0.5, 0.5));
        bond = MlpSpec.Build(layout, "bond", [20], [9, 6], Activation.ShiftedSoftplus, Activation.ShiftedSoftplus);
        phiE = MlpSpec.Build(layout, "e", [5, 5, 6, 3], [17, 6], Activation.ShiftedSoftplus, Activation.Linear);
        phiV = MlpSpec.Build(layout, "v", [6, 5, 3], [16, 5], Activation.ShiftedSoftplus, Activation.Linear);
        phiU = MlpSpec.Build(layout, "u", [6, 5, 3], [8, 3], Activation.ShiftedSoftplus, Activation.Linear);
        atoms = Set2SetSpec.MegNet(layout, "atoms", 5, 4, 2);
        bonds = Set2SetSpec.MegNet(layout, "bonds", 6, 4, 2);
        readout = MlpSpec.Build(layout, "out", [8, 8, 3], [7, 1], Activation.ShiftedSoftplus, Activation.Linear);
        parameters = new(kernels, layout);
        parameters.Initialize(seed);
        tape = new(kernels, parameters);

        var random = KeyedRandom.For(99);
        types = [.. Enumerable.Range(0, 11).Select(i => random.Below((ulong)i, 6))];
        var edges = new List<(int Graph, int Centre, int Neighbour)>();
        for (var g = 0; g < 4; g++)
        {
            for (var i = AtomOffsets[g]; i < AtomOffsets[g + 1]; i++)
            {
                if (i == 5) continue; // an atom without edges
                for (var k = 0; k < 3 + i % 4; k++)
                    edges.Add((g, i, AtomOffsets[g] + random.Below((ulong)(1000 + edges.Count), AtomOffsets[g + 1] - AtomOffsets[g])));
            }
        }
        centres = [.. edges.Select(e => e.Centre)];
        neighbours = [.. edges.Select(e => e.Neighbour)];
        edgeOffsets = [.. Enumerable.Range(0, 12).Select(i => edges.Count(e => e.Centre < i))];
        edgeOffsetsOfGraph = [.. Enumerable.Range(0, 5).Select(i => edges.Count(e => e.Graph < i))];
        distances = [.. Enumerable.Range(0, edges.Count).Select(i => (float)random.Uniform((ulong)(5000 + i), 1, 5))];
    }

    public double Step()
    {
        tape.Reset(training: true, seed: 1, step: (ulong)parameters.Steps);
        parameters.ZeroGradients();
        var v = tape.Gather(tape.Parameter(embedding), tape.Index(types, 6));
        var e = tape.Mlp(bond, MlpSource.Gaussian(tape.Input(distances, distances.Length, 1), GaussianBasis.OfWidth(0, 5, 20, 0.5)));
        var u = tape.Constant(0, 4, 3);
        RowIndex i = tape.Index(centres, 11), j = tape.Index(neighbours, 11);
        RowIndex graphOfEdge = tape.SegmentOfRow(edgeOffsetsOfGraph), graphOfAtom = tape.SegmentOfRow(AtomOffsets);
        Segments ofAtom = tape.Segments(edgeOffsets), ofGraph = tape.Segments(edgeOffsetsOfGraph), atomsOfGraph = tape.Segments(AtomOffsets);
        for (var block = 0; block < 2; block++)
        {
            var e1 = tape.Mlp(phiE, v.At(i), v.At(j), e, u.At(graphOfEdge));
            var v1 = tape.Mlp(phiV, tape.SegmentMean(e1, ofAtom), v, u.At(graphOfAtom));
            var u1 = tape.Mlp(phiU, tape.SegmentMean(e1, ofGraph), tape.SegmentMean(v1, atomsOfGraph), u);
            (e, v, u) = (tape.Add(e, e1), tape.Add(v, v1), tape.Add(u, u1));
        }
        v = tape.Dropout(v, 0.05);
        var y = tape.Mlp(readout, tape.Set2Set(v, atomsOfGraph, atoms), tape.Set2Set(e, ofGraph, bonds), u);
        var loss = tape.MeanSquaredError(y, tape.Input(targets, 4, 1));
        tape.Backward(loss);
        GradientClipping.ByGlobalNorm(parameters, 3);
        adam.Step(parameters);
        return tape.Scalar(loss);
    }

    public void Dispose()
    {
        tape.Dispose();
        parameters.Dispose();
    }
}
