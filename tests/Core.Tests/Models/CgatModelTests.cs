using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.Cgat;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

public sealed class CgatModelTests
{
    internal static ModelSpec Spec(params (string Key, object Value)[] given) => ModelRegistry.Default.Resolve("cgat", given.Select(entry => new KeyValuePair<string, object?>(entry.Key, entry.Value)));

    /// <summary>A network of a few numbers; what is given last counts.</summary>
    internal static ModelSpec Tiny(params (string Key, object Value)[] given)
    {
        (string Key, object Value)[] all =
        [
            ("preset", "small"), ("width", 4), ("edge_width", 3), ("heads", 2), ("steps", 2), ("composition_steps", 1), ("composition_hidden", 5), ("neighbours", 7),
            ("output_widths", new long[] { 6, 6 }), .. given,
        ];
        return Spec([.. all.Reverse().DistinctBy(entry => entry.Key)]);
    }

    [Fact]
    public void Parameters_number_as_those_of_the_authors()
    {
        // From the shapes of their network, run without options: 6.57 million in attention on atoms, as many in the unused one on edges, 43.92 million in
        // generated networks, 4.07 million in the output network.
        var released = new CgatModel(Spec()).Parameters;
        Assert.Equal(62_293_836, released.ParameterCount);
        Assert.Equal(62_293_836, new CgatModel(Spec(("preset", "released"))).Parameters.ParameterCount);
        int Under(string prefix) => released.Under(prefix).Sum(parameter => released[parameter].Length);
        // [384 × 256] and [256 × 128] with biases, twice per head.
        Assert.Equal(5 * 5 * 2 * (384 * 256 + 256 + 256 * 128 + 128), Enumerable.Range(0, 5).Sum(l => Enumerable.Range(0, 5).Sum(h => Under($"graph.steps.{l}.node.{h}"))));
        // Four layers of four dense ones and one that makes 16,512 numbers; a damping in all steps but the first.
        Assert.Equal(5 * 4 * (4 * (128 * 128 + 128) + 128 * 16_512 + 16_512) + 4, Enumerable.Range(0, 5).Sum(l => Under($"graph.steps.{l}.node.hyper")));
        Assert.Equal(4_067_209, Under("output"));
        // The published list, E = 512 and H = 6.
        Assert.Equal(118_910_412, new CgatModel(Spec(("preset", "published"))).Parameters.ParameterCount);
    }

    [Theory]
    [InlineData("hyper", "mlp", true, true)]
    [InlineData("hyper", "none", false, false)]
    [InlineData("mlp", "attention", true, false)]
    [InlineData("none", "hyper", true, true)]
    [InlineData("none", "attention", false, true)]
    public void Gradients_are_the_slopes_of_the_loss(string node, string edge, bool vector, bool global)
    {
        foreach (var direction in (string[])["neighbour", "centre"])
        {
            // α = 0 would keep the output network asleep: GradientCheck moves every number.
            var model = new CgatModel(Tiny(("node_update", node), ("edge_update", edge), ("vector_attention", vector), ("global_vector_attention", global), ("direction", direction),
                ("pooled_heads", global ? "mean" : "concatenated"), ("rezero", vector), ("composition_heads", global ? 2 : 1)));
            using var source = new CgatSource(model.Settings, TestGraphs.Of(TestCrystals.Eight.Take(5), model.Settings.Graphs));
            var batch = source.Create();
            source.Fill(batch, [0, 1, 2, 3, 4]);
            GradientCheck.Run(new BothColumns(model), batch);
        }
    }

    [Theory]
    [InlineData("neighbour", "mlp")]
    [InlineData("neighbour", "attention")]
    [InlineData("centre", "attention")]
    [InlineData("centre", "hyper")]
    public void Atoms_and_edges_listed_once_with_their_number_count_as_written_out(string direction, string edge)
    {
        var model = new CgatModel(Tiny(("direction", direction), ("edge_update", edge)));
        var graphs = TestGraphs.Of([.. TestCrystals.Eight, Spinel, .. IonicGenerator.Generate(6, seed: 3).Crystals], model.Settings.Graphs);
        using CgatSource merged = new(model.Settings, graphs), plain = new(model.Settings, graphs, merges: false);
        IBatch first = merged.Create(), second = plain.Create();
        int[] rows = [.. Enumerable.Range(0, graphs.Count)];
        merged.Fill(first, rows);
        plain.Fill(second, rows);
        Assert.InRange(((CgatBatch)first).Atoms, 1, ((CgatBatch)second).Atoms - 8);
        Assert.InRange(((CgatBatch)first).Edges, 1, 2 * ((CgatBatch)second).Edges / 3);
        Assert.Equal(((CgatBatch)second).Edges, 7 * ((CgatBatch)second).Atoms);
        Assert.Equal(((CgatBatch)second).Atoms, ((CgatBatch)first).AtomCounts.ToArray().Sum());
        // Shards are as heavy as what is computed.
        Assert.Equal(((CgatBatch)first).Atoms, rows.Sum(merged.WorkOf));
        Assert.Equal(((CgatBatch)second).Atoms, rows.Sum(plain.WorkOf));
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        Awaken(parameters);
        var expected = Gradients(model, parameters, second);
        OpCheck(expected, Gradients(model, parameters, first));

        static void OpCheck(double[] expected, double[] got)
        {
            for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], got[i], 1e-10 * Math.Max(1, expected.Max(Math.Abs)));
        }
    }

    [Fact]
    public void Settings_come_from_presets_and_what_is_given_beside_them()
    {
        Assert.Equal(Spec(("width", 64), ("heads", 2)), Spec(("width", 64), ("preset", "released"), ("heads", 2)));
        var corrected = CgatSettings.From(Spec(("preset", "corrected"), ("heads", 2)));
        Assert.Equal((CgatDirection.Centre, CgatEdgeUpdate.Attention, 2, 128), (corrected.Direction, corrected.EdgeUpdate, corrected.Heads, corrected.EdgeWidth));
        Assert.False(Spec(("preset", "small")).Has("preset"));
        Assert.Contains("did you mean 'small'", Assert.Throws<ModelException>(() => Spec(("preset", "smal"))).Message, StringComparison.Ordinal);
        Assert.Contains("has no presets", Assert.Throws<ModelException>(() => ModelRegistry.Default.Resolve("megnet", [new("preset", "small")])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_cover_every_parameter_and_the_head_is_the_last_layer()
    {
        var model = new CgatModel(Tiny());
        string[] whole = ["graph", "output"];
        Assert.All(model.Parameters.Parameters, parameter => Assert.Single(whole, part => ParameterLayout.IsUnder(parameter.Name, part)));
        var fine = model.Parts.Where(part => part.StartsWith("graph.", StringComparison.Ordinal) && part != "graph.composition").ToArray();
        Assert.All(model.Parameters.Under("graph"), parameter => Assert.Single(fine, part => ParameterLayout.IsUnder(model.Parameters[parameter].Name, part)));
        Assert.All(model.Parts, part => Assert.NotEmpty(model.Parameters.Under(part)));
        Assert.Equal(["output.last.weight", "output.last.bias"], model.Parameters.Under(model.Head).Select(parameter => model.Parameters[parameter].Name));
    }

    [Theory]
    [InlineData("neighbour")]
    [InlineData("centre")]
    public void Eight_crystals_are_learned_by_heart(string direction)
    {
        var model = new CgatModel(Tiny(("width", 16), ("edge_width", 16), ("neighbours", 12), ("direction", direction)));
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        using var tape = new Tape(kernels, parameters);
        using var source = new CgatSource(model.Settings, TestGraphs.Of(TestCrystals.Eight, model.Settings.Graphs));
        var batch = source.Create();
        source.Fill(batch, [0, 1, 2, 3, 4, 5, 6, 7]);
        float[] target = [-1.2f, 0.4f, 1.9f, -0.3f, 0.8f, -1.7f, 0.05f, 1.1f];
        var adam = new Adam(3e-3);
        var loss = double.NaN;
        for (var step = 0; step < 800 && !(loss < 1e-3); step++) loss = Step(tape, parameters, model, batch, target, adam);
        Assert.InRange(loss, 0, 1e-3);
    }

    [Fact]
    public void A_training_step_makes_no_garbage_after_warm_up()
    {
        var model = new CgatModel(Tiny());
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        using var tape = new Tape(kernels, parameters);
        using var source = new CgatSource(model.Settings, TestGraphs.Of(TestCrystals.Eight, model.Settings.Graphs));
        var batch = source.Create();
        int[][] rows = [[0, 1, 2, 3], [7, 6, 5, 4, 3, 2, 1, 0], [4, 4, 5]];
        float[][] targets = [new float[4], new float[8], new float[3]];
        var adam = new Adam();
        void Steps(int count)
        {
            for (var step = 0; step < count; step++)
            {
                source.Fill(batch, rows[step % 3]);
                Step(tape, parameters, model, batch, targets[step % 3], adam);
            }
        }

        Steps(60);
        Assert.Equal(0, Garbage.LeastOf(() => Steps(30)));
    }

    [Fact]
    public void Crystals_that_it_cannot_take_are_refused_by_row()
    {
        Crystal[] crystals = [TestCrystals.CsCl(55, 17, 4.12), TestCrystals.CsCl(101, 17, 4), new([40, 0, 0, 0, 40, 0, 0, 0, 40], [11, 17], [0, 0, 0, 0.1, 0, 0]), TestCrystals.Eight[6]];
        var settings = CgatSettings.From(Tiny(("pure_elements", "refuse")));
        using var source = new CgatSource(settings, TestGraphs.Of(crystals, settings.Graphs));
        Assert.Equal([1, 2, 3], source.Refused.Select(entry => entry.Row));
        Assert.Equal("there are no numbers for Md: this model's elements end with Z = 100", source.Refused[0].Reason);
        Assert.Equal("atom 0 (Na) has 1 neighbours within 18 Å, 7 are needed", source.Refused[1].Reason);
        Assert.Contains("one element", source.Refused[2].Reason, StringComparison.Ordinal);
        var batch = source.Create();
        Assert.Contains("row 2", Assert.Throws<ModelException>(() => source.Fill(batch, [0, 2])).Message, StringComparison.Ordinal);
    }

    /// <summary>A spinel's primitive cell, 14 atoms on three kinds of sites.</summary>
    static Crystal Spinel { get; } = new(
        [0, 4.04, 4.04, 4.04, 0, 4.04, 4.04, 4.04, 0], [12, 12, 13, 13, 13, 13, 8, 8, 8, 8, 8, 8, 8, 8],
        [
            0.125, 0.125, 0.125, 0.875, 0.875, 0.875, 0.5, 0.5, 0.5, 0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0.5,
            0.2624, 0.2624, 0.2624, 0.2624, 0.2624, 0.7128, 0.2624, 0.7128, 0.2624, 0.7128, 0.2624, 0.2624,
            0.7376, 0.7376, 0.7376, 0.7376, 0.7376, 0.2872, 0.7376, 0.2872, 0.7376, 0.2872, 0.7376, 0.7376,
        ]);

    /// <summary>Values at which no layer sleeps: ReZero's α is not 0.</summary>
    internal static void Awaken(ParameterSet parameters)
    {
        parameters.Initialize(seed: 5);
        foreach (var parameter in parameters.Layout.Parameters.Where(p => p.Name.EndsWith(".alpha", StringComparison.Ordinal))) parameters.Import(parameter.Name, [0.5]);
    }

    static double[] Gradients(CgatModel model, ParameterSet parameters, IBatch batch)
    {
        using var tape = new Tape(parameters.Kernels, parameters);
        parameters.ZeroGradients();
        tape.Reset(training: true);
        var prediction = model.Forward(tape, batch);
        tape.Backward(tape.Multiply(prediction, prediction));
        var values = new double[batch.Count + model.Parameters.TotalLength];
        tape.Read(prediction, values.AsSpan(0, batch.Count));
        parameters.Kernels.Download(parameters.Gradients, values.AsSpan(batch.Count));
        return values;
    }

    static double Step(Tape tape, ParameterSet parameters, IModel model, IBatch batch, float[] target, Adam optimizer)
    {
        tape.Reset(training: true);
        var loss = tape.MeanSquaredError(model.Forward(tape, batch), tape.Input(target, target.Length, 1));
        tape.Backward(loss, fresh: true);
        optimizer.Step(parameters);
        return tape.Scalar(loss);
    }

    /// <summary>The network with its second column, the logarithm of a deviation.</summary>
    sealed class BothColumns(CgatModel model) : IModel
    {
        public ModelSpec Spec => model.Spec;

        public ParameterLayout Parameters => model.Parameters;

        public IReadOnlyList<string> Parts => model.Parts;

        public string Head => model.Head;

        public int Outputs => 2;

        public OutputKind OutputKind => model.OutputKind;

        public Tensor Forward(Tape tape, IBatch batch) => model.ForwardWithDeviation(tape, batch);
    }
}
