using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Models;

public sealed class MegNetTrainingTests
{
    static readonly MegNetSettings Tiny = new()
    {
        Embedding = 3, Hidden = 6, Width = 4, Readout = 3, Blocks = 2, GaussianCentres = 6, CutoffAngstrom = 4, GaussianStopAngstrom = 5,
        GaussianWidthAngstrom = 1,
    };

    [Theory]
    [InlineData(MegNetVariant.Original)]
    [InlineData(MegNetVariant.MatGL)]
    public void Gradients_are_the_slopes_of_the_loss(MegNetVariant variant)
    {
        var settings = Tiny with { Variant = variant, Outputs = 2, States = 3, StateEmbedding = 2 };
        var model = new MegNetModel(settings);
        GradientCheck.Run(model, Batch(model, count: 4), spread: 2);
    }

    [Fact]
    public void Eight_crystals_are_learned_by_heart()
    {
        var model = new MegNetModel(new MegNetSettings());
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        using var tape = new Tape(kernels, parameters);
        var batch = Batch(model, TestCrystals.Eight.Count);
        float[] target = [-1.2f, 0.4f, 1.9f, -0.3f, 0.8f, -1.7f, 0.05f, 1.1f];
        var adam = new Adam(2e-3);
        var loss = double.NaN;
        for (var step = 0; step < 400 && !(loss < 1e-4); step++) loss = Step(tape, parameters, model, batch, target, adam, (ulong)step);
        Assert.InRange(loss, 0, 1e-4);
    }

    [Fact]
    public void A_training_step_makes_no_garbage_after_warm_up()
    {
        var model = new MegNetModel(Tiny with { Dropout = 0.1 });
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        using var tape = new Tape(kernels, parameters);
        var folder = Directory.CreateTempSubdirectory("graphs").FullName;
        using var graphs = GraphStore.OpenOrBuild(folder, TestCrystals.Eight, new GraphSettings(4), "eight crystals");
        using var source = new MegNetSource(model.Settings, graphs);
        var batch = source.Create();
        int[][] rows = [[0, 1, 2, 3], [7, 6, 5, 4, 3, 2, 1, 0], [4, 4, 5]];
        float[][] targets = [new float[4], new float[8], new float[3]];
        var adam = new Adam();
        void Steps(int count)
        {
            for (var step = 0; step < count; step++)
            {
                source.Fill(batch, rows[step % 3]);
                Step(tape, parameters, model, batch, targets[step % 3], adam, (ulong)step);
            }
        }

        Steps(60);
        Assert.Equal(0, Garbage.LeastOf(() => Steps(30)));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Dropout_acts_in_training_only_and_depends_on_the_step()
    {
        var model = new MegNetModel(Tiny with { Dropout = 0.3 });
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        using var tape = new Tape(kernels, parameters);
        var batch = Batch(model, 2);
        double[] Predict(bool training, ulong step)
        {
            tape.Reset(training, seed: 9, step);
            var values = new double[2];
            tape.Read(model.Forward(tape, batch), values.AsSpan());
            return values;
        }

        Assert.Equal(Predict(false, 1), Predict(false, 2));
        Assert.Equal(Predict(true, 1), Predict(true, 1));
        Assert.NotEqual(Predict(true, 1), Predict(true, 2));
        Assert.NotEqual(Predict(false, 1), Predict(true, 1));
    }

    [Fact]
    public void Parameters_number_as_in_the_published_models()
    {
        Assert.Equal(167_761, new MegNetModel(new MegNetSettings()).Parameters.ParameterCount);
        Assert.Equal(168_721, new MegNetModel(new MegNetSettings { States = 4 }).Parameters.ParameterCount);
        // 189,521 in MatGL: there set2set's two biases are two vectors of 128, here their sum.
        Assert.Equal(189_521 - 2 * 128, new MegNetModel(new MegNetSettings { Elements = 89, Variant = MegNetVariant.MatGL }).Parameters.ParameterCount);
    }

    [Fact]
    public void Parts_cover_every_parameter_once_and_the_head_is_the_output_layer()
    {
        var model = new MegNetModel(new MegNetSettings { States = 2 });
        Assert.Equal(["embed", "pre", "block0", "block1", "block2", "set2set", "readout"], model.Parts);
        Assert.All(model.Parameters.Parameters, parameter => Assert.Single(model.Parts, part => ParameterLayout.IsUnder(parameter.Name, part)));
        Assert.Equal(["readout.2.W", "readout.2.b"], model.Parameters.Under(model.Head).Select(parameter => model.Parameters[parameter].Name));
    }

    [Fact]
    public void Unknown_elements_and_states_are_refused_by_row()
    {
        var settings = Tiny with { Elements = 56, States = 2 };
        using var source = new MegNetSource(settings, TestGraphs.Of(TestCrystals.Eight, 4), [0, 1, 0, 2, 0, 1, 0, 1]);
        Assert.Equal([3, 7], source.Refused.Select(entry => entry.Row));
        Assert.Contains("state 2", source.Refused[0].Reason);
        Assert.Contains("atomic number 84", source.Refused[1].Reason);
        var batch = source.Create();
        Assert.Contains("row 7", Assert.Throws<ModelException>(() => source.Fill(batch, [0, 7])).Message);
        source.Fill(batch, [0, 1, 0]);
        Assert.Equal(3, batch.Count);
        Assert.Contains("no state", Assert.Throws<ModelException>(() => new MegNetSource(settings, TestGraphs.Of(TestCrystals.Eight, 4))).Message);
    }

    static double Step(Tape tape, ParameterSet parameters, IModel model, IBatch batch, float[] target, Adam adam, ulong step)
    {
        tape.Reset(training: true, seed: 1, step);
        parameters.ZeroGradients();
        var loss = tape.MeanSquaredError(model.Forward(tape, batch), tape.Input(target, target.Length, 1));
        tape.Backward(loss);
        adam.Step(parameters);
        return tape.Scalar(loss);
    }

    static MegNetBatch Batch(MegNetModel model, int count)
    {
        var graphs = TestGraphs.Of(TestCrystals.Eight.Take(count), model.Settings.CutoffAngstrom);
        using var source = new MegNetSource(model.Settings, graphs, model.Settings.States > 0 ? Enumerable.Range(0, count).Select(i => i % model.Settings.States).ToArray() : null);
        var batch = (MegNetBatch)source.Create();
        source.Fill(batch, Enumerable.Range(0, count).ToArray());
        return batch;
    }
}
