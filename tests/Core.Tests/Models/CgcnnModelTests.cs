using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.Cgcnn;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

public sealed class CgcnnModelTests
{
    static readonly CgcnnSettings Tiny = new()
    {
        AtomFeatures = 4, Convolutions = 2, Hidden = 5, HiddenLayers = 2, Neighbours = 8, CutoffAngstrom = 5, GaussianStepAngstrom = 1, GaussianWidthAngstrom = 1,
    };

    /// <summary>One convolution on OH at 1 Å with two bonds each way, F = 1, centres 0 and 1 Å. Numbers worked out from the formulas of the paper.</summary>
    [Fact]
    public void A_convolution_gives_the_numbers_worked_out_by_hand()
    {
        var model = new CgcnnModel(new CgcnnSettings
        {
            AtomFeatures = 1, Convolutions = 1, Hidden = 1, CutoffAngstrom = 1, GaussianStepAngstrom = 1, GaussianWidthAngstrom = 1, Elements = CgcnnElements.OneHot,
        });
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        var embedding = new double[ElementVectors.MaxAtomicNumber];
        (embedding[0], embedding[7]) = (0.5, -0.25); // H, O
        Set("embedding.weight", embedding);
        Set("embedding.bias", 0.1);
        Set("convs.0.fc_full.weight", 0.3, -0.2, 0.7, 0.4, -0.5, 0.6, 0.2, 0.1); // rows: centre, neighbour, two Gaussians; columns: filter, core
        Set("convs.0.fc_full.bias", 0.05, -0.1);
        Set("convs.0.bn1.running_mean", 0.2, -0.1);
        Set("convs.0.bn1.running_var", 0.5, 2);
        Set("convs.0.bn1.weight", 1.5, 0.8);
        Set("convs.0.bn1.bias", -0.3, 0.4);
        Set("convs.0.bn2.running_mean", 0.6);
        Set("convs.0.bn2.running_var", 0.25);
        Set("convs.0.bn2.weight", 1.2);
        Set("convs.0.bn2.bias", 0.15);
        Set("conv_to_fc.weight", 1.1);
        Set("conv_to_fc.bias", -0.2);
        Set("fc_out.weight", -0.7);
        Set("fc_out.bias", 0.9);
        var batch = new CgcnnBatch();
        Assert.Null(batch.Add(CrystalGraph.FromEdges([1, 8], [0, 2, 4], [1, 1, 0, 0], [1f, 1f, 1f, 1f]).View));

        // x = 0.6 (H), −0.15 (O); gated messages 0.380068 and 0.622357, twice each; new x = 1.413192 and 1.740235.
        Assert.Equal(-0.4318054734247786, Predict(model, parameters, batch)[0], 12);

        void Set(string name, params double[] values) => parameters.Import(name, values.AsSpan());
    }

    [Theory]
    [InlineData(CgcnnOutput.Linear)]
    [InlineData(CgcnnOutput.TwoClass)]
    public void Gradients_are_the_slopes_of_the_loss(CgcnnOutput output)
    {
        var model = new CgcnnModel(Tiny with { Output = output });
        var source = new CgcnnSource(TestGraphs.Of(TestCrystals.Eight.Take(5), model.Settings.Graphs));
        var batch = source.Create();
        source.Fill(batch, [0, 1, 2, 3, 4]);
        GradientCheck.Run(model, batch, spread: 2);
    }

    [Fact]
    public void Parameters_number_as_their_shapes_say()
    {
        // 92·64 + 64, three convolutions of 169·128 + 128 and the norms' 2·(128 + 64), 64·128 + 128, 128 + 1.
        Assert.Equal(5_952 + 3 * (21_760 + 384) + 8_320 + 129, new CgcnnModel(new CgcnnSettings()).Parameters.ParameterCount);
        // The published ones have four convolutions and 32 hidden columns; 98,177 numbers with the norms' statistics.
        var published = new CgcnnModel(new CgcnnSettings { Convolutions = 4, Hidden = 32 }).Parameters;
        Assert.Equal(98_177, published.Parameters.Sum(parameter => parameter.Length));
        Assert.Equal(98_177 - 4 * 384, published.ParameterCount);
    }

    [Fact]
    public void Parts_cover_every_parameter_once_and_the_head_is_the_output_layer()
    {
        var model = new CgcnnModel(Tiny);
        Assert.Equal(["embedding", "convs.0", "convs.1", "conv_to_fc", "fcs.0", "fc_out"], model.Parts);
        Assert.All(model.Parameters.Parameters, parameter => Assert.Single(model.Parts, part => ParameterLayout.IsUnder(parameter.Name, part)));
        Assert.Equal(["fc_out.weight", "fc_out.bias"], model.Parameters.Under(model.Head).Select(parameter => model.Parameters[parameter].Name));
    }

    [Fact]
    public void Settings_survive_the_spec_and_the_schema_has_the_same_defaults()
    {
        var family = new CgcnnFamily();
        Assert.Equal(new CgcnnSettings().ToSpec(), HyperParameterSchema.Resolve(family, []));
        var other = Tiny with { PadsNeighbours = true, Elements = CgcnnElements.OneHot, Dropout = 0.5, Output = CgcnnOutput.TwoClass };
        Assert.Equal(other, CgcnnSettings.From(other.ToSpec()));
        Assert.Equal(other.ToSpec(), ModelSpec.Parse(other.ToSpec().ToJson()));
        Assert.Equal((41, 0.0, 8.0, 0.2), (new CgcnnSettings().Basis.Count, new CgcnnSettings().Basis.Start, new CgcnnSettings().Basis.Stop, Math.Round(new CgcnnSettings().Basis.Spacing, 12)));
        var e = Assert.Throws<ModelException>(() => ModelRegistry.Default.Create(new CgcnnSettings { CutoffAngstrom = 20, GaussianStepAngstrom = 0.01 }.ToSpec()));
        Assert.Contains("take a larger step", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CgcnnElements.Cgcnn92)]
    [InlineData(CgcnnElements.OneHot)]
    public void Eight_crystals_are_learned_by_heart(CgcnnElements elements)
    {
        var model = new CgcnnModel(Tiny with { AtomFeatures = 16, Hidden = 16, Elements = elements });
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        using var tape = new Tape(kernels, parameters);
        using var source = new CgcnnSource(TestGraphs.Of(TestCrystals.Eight, model.Settings.Graphs));
        var batch = source.Create();
        source.Fill(batch, [0, 1, 2, 3, 4, 5, 6, 7]);
        float[] target = [-1.2f, 0.4f, 1.9f, -0.3f, 0.8f, -1.7f, 0.05f, 1.1f];
        var sgd = new Sgd(0.02);
        var loss = double.NaN;
        for (var step = 0; step < 600 && !(loss < 1e-4); step++) loss = Step(tape, parameters, model, batch, target, sgd, (ulong)step);
        Assert.InRange(loss, 0, 1e-4);
    }

    [Theory]
    [InlineData(CgcnnOutput.Sigmoid)]
    [InlineData(CgcnnOutput.TwoClass)]
    public void Classes_are_learned_by_heart(CgcnnOutput output)
    {
        var model = new CgcnnModel(Tiny with { AtomFeatures = 8, Output = output });
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        using var tape = new Tape(kernels, parameters);
        using var source = new CgcnnSource(TestGraphs.Of(TestCrystals.Eight, model.Settings.Graphs));
        var batch = source.Create();
        source.Fill(batch, [0, 1, 2, 3, 4, 5, 6, 7]);
        float[] classes = [1, 0, 0, 1, 0, 1, 1, 0];
        var sgd = new Sgd(0.05);
        var loss = double.NaN;
        for (var step = 0; step < 600 && !(loss < 0.01); step++)
        {
            tape.Reset(training: true, seed: 1, (ulong)step);
            parameters.ZeroGradients();
            var cost = tape.BinaryCrossEntropy(model.Forward(tape, batch), tape.Input(classes, 8, 1));
            tape.Backward(cost);
            sgd.Step(parameters);
            loss = tape.Scalar(cost);
        }
        Assert.InRange(loss, 0, 0.01);
    }

    [Fact]
    public void A_training_step_makes_no_garbage_after_warm_up()
    {
        var model = new CgcnnModel(Tiny with { Dropout = 0.1 });
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        using var tape = new Tape(kernels, parameters);
        using var source = new CgcnnSource(TestGraphs.Of(TestCrystals.Eight, model.Settings.Graphs));
        var batch = source.Create();
        int[][] rows = [[0, 1, 2, 3], [7, 6, 5, 4, 3, 2, 1, 0], [4, 4, 5]];
        float[][] targets = [new float[4], new float[8], new float[3]];
        var sgd = new Sgd();
        void Steps(int count)
        {
            for (var step = 0; step < count; step++)
            {
                source.Fill(batch, rows[step % 3]);
                Step(tape, parameters, model, batch, targets[step % 3], sgd, (ulong)step);
            }
        }

        Steps(60);
        Assert.Equal(0, Garbage.LeastOf(() => Steps(30)));
    }

    [Fact]
    public void Dropout_and_batch_statistics_act_in_training_only()
    {
        var model = new CgcnnModel(Tiny with { Dropout = 0.5 });
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        using var source = new CgcnnSource(TestGraphs.Of(TestCrystals.Eight, model.Settings.Graphs));
        var batch = source.Create();
        using var tape = new Tape(kernels, parameters);
        double First(bool training, ulong step, params int[] rows)
        {
            source.Fill(batch, rows);
            tape.Reset(training, seed: 9, step);
            var values = new double[rows.Length];
            tape.Read(model.Forward(tape, batch), values.AsSpan());
            return values[0];
        }

        Assert.Equal(First(false, 1, 0, 1), First(false, 2, 0, 5), 12);
        Assert.Equal(First(true, 1, 0, 1), First(true, 1, 0, 1));
        Assert.NotEqual(First(true, 1, 0, 1), First(true, 2, 0, 1));
        // Another crystal in the batch changes the statistics.
        Assert.NotEqual(First(true, 1, 0, 1), First(true, 1, 0, 5));
    }

    [Fact]
    public void Elements_without_a_vector_are_refused_by_row()
    {
        Crystal[] crystals = [TestCrystals.CsCl(55, 17, 4.12), TestCrystals.CsCl(101, 17, 4), TestCrystals.CsCl(11, 9, 2.9)];
        using var source = new CgcnnSource(TestGraphs.Of(crystals, Tiny.Graphs));
        var refused = Assert.Single(source.Refused);
        Assert.Equal(1, refused.Row);
        Assert.Contains("no element vector for Md", refused.Reason, StringComparison.Ordinal);
        var batch = source.Create();
        Assert.Contains("row 1", Assert.Throws<ModelException>(() => source.Fill(batch, [0, 1])).Message, StringComparison.Ordinal);
        source.Fill(batch, [0, 2, 0]);
        Assert.Equal(3, batch.Count);
    }

    [Fact]
    public void Two_classes_predict_the_probability_of_log_softmax()
    {
        var two = new CgcnnModel(Tiny with { Output = CgcnnOutput.TwoClass });
        var one = new CgcnnModel(Tiny with { Output = CgcnnOutput.Sigmoid });
        Assert.Equal((OutputKind.Probability, 1), (two.OutputKind, two.Outputs));
        using var kernels = new ReferenceKernels();
        using var first = new ParameterSet(kernels, two.Parameters);
        using var second = new ParameterSet(kernels, one.Parameters);
        first.Initialize(seed: 4);
        second.Initialize(seed: 4);
        var weight = first.Export("fc_out.weight");
        first.Import("fc_out.bias", [0.25f, -0.5f]);
        second.Import("fc_out.weight", Enumerable.Range(0, 5).Select(i => (double)weight[2 * i + 1] - weight[2 * i]).ToArray().AsSpan());
        second.Import("fc_out.bias", [-0.75]);
        using var source = new CgcnnSource(TestGraphs.Of(TestCrystals.Eight, Tiny.Graphs));
        var batch = source.Create();
        source.Fill(batch, [0, 1, 2]);
        var (logits, expected) = (Predict(two, first, batch), Predict(one, second, batch));
        for (var i = 0; i < 3; i++) Assert.Equal(expected[i], logits[i], 12);
    }

    [Fact]
    public void Equal_edges_are_kept_once_with_their_number()
    {
        var batch = new CgcnnBatch();
        for (var copy = 0; copy < 2; copy++)
            Assert.Null(batch.Add(CrystalGraph.FromEdges([6, 8], [0, 4, 5], [1, 0, 1, 1, 0], [1.5f, 2.5f, 1.5f, 1.75f, 1.5f]).View));
        Assert.Equal([6, 8, 6, 8], batch.AtomicNumbers.ToArray());
        Assert.Equal([0, 3, 4, 7, 8], batch.EdgesByAtom.ToArray());
        Assert.Equal([1, 0, 1, 0, 3, 2, 3, 2], batch.Neighbours.ToArray());
        Assert.Equal([2f, 1, 1, 1, 2, 1, 1, 1], batch.Multiplicities.ToArray());
        Assert.Equal([1.5f, 2.5f, 1.75f, 1.5f, 2.5f, 1.75f], batch.Distances.ToArray());
        Assert.Equal([0, 1, 2, 0, 3, 4, 5, 3], batch.Lengths.ToArray());
        Assert.Equal([0, 2, 4], batch.AtomsByGraph.ToArray());
    }

    static double Step(Tape tape, ParameterSet parameters, IModel model, IBatch batch, float[] target, IOptimizer optimizer, ulong step)
    {
        tape.Reset(training: true, seed: 1, step);
        parameters.ZeroGradients();
        var loss = tape.MeanSquaredError(model.Forward(tape, batch), tape.Input(target, target.Length, 1));
        tape.Backward(loss);
        optimizer.Step(parameters);
        return tape.Scalar(loss);
    }

    static double[] Predict(CgcnnModel model, ParameterSet parameters, IBatch batch)
    {
        using var tape = new Tape(parameters.Kernels, parameters);
        tape.Reset(training: false);
        var values = new double[batch.Count];
        tape.Read(model.Forward(tape, batch), values.AsSpan());
        return values;
    }
}
