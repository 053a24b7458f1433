using AtomSets.Models;
using AtomSets.Models.Cgcnn;
using AtomSets.Models.MegNet;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

public sealed class TransferPlanTests
{
    static readonly string[] Bodies = ["body.0.weight", "body.0.bias", "body.1.weight", "body.1.bias"];
    static readonly string[] Heads = ["head.weight", "head.bias"];

    [Theory]
    [InlineData("scratch", "scratch")]
    [InlineData("full", "full")]
    [InlineData("new-head", "new-head")]
    [InlineData("freeze: pre , embed,pre", "freeze:embed,pre")]
    [InlineData("freeze:embed + new-head", "freeze:embed+new-head")]
    [InlineData("full+parent-scaler", "full+parent-scaler")]
    [InlineData("freeze:embed+parent-scaler", "freeze:embed+parent-scaler")]
    [InlineData("only-residual", "freeze:body")]
    [InlineData("only-residual+parent-scaler", "freeze:body+parent-scaler")]
    [InlineData("features:V1", "features:V1")]
    public void Plans_have_one_way_to_be_written(string text, string canonical)
    {
        var plan = TransferPlan.Parse(text);
        Assert.Equal(canonical, plan.ToString());
        Assert.Equal(plan, TransferPlan.Parse(canonical));
        Assert.Equal(plan.GetHashCode(), TransferPlan.Parse(canonical).GetHashCode());
    }

    [Theory]
    [InlineData("ful", "did you mean 'full'?")]
    [InlineData("newhead", "did you mean 'new-head'?")]
    [InlineData("freeze", "names no part")]
    [InlineData("freeze:a,,b", "names no part")]
    [InlineData("features:", "names no layer")]
    [InlineData("only-residual:graph", "nothing behind a colon")]
    [InlineData("full:body", "nothing behind a colon")]
    [InlineData("scratch+parent-scaler", "does not go with scratch")]
    [InlineData("full+new-head", "does not go with full")]
    [InlineData("full+parent-scaler+parent-scaler", "each once")]
    [InlineData("freeze:a+new-head+parent-scaler", "leave out +parent-scaler")]
    public void Mistakes_are_named(string text, string hint) =>
        Assert.Contains(hint, Assert.Throws<TrainingInputException>(() => TransferPlan.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("scratch", false, false, false)]
    [InlineData("full", true, true, false)]
    [InlineData("new-head", true, false, false)]
    [InlineData("freeze:body", true, true, true)]
    [InlineData("freeze:body+new-head", true, false, true)]
    public void Each_mode_copies_freezes_and_draws_what_it_says(string text, bool bodyCopied, bool headCopied, bool bodyFrozen)
    {
        using var parent = new ToyTask(seed: 5);
        var file = parent.File();
        using var child = new ToyTask(seed: 6);
        using var fresh = new ToyTask(seed: 7);
        child.Parameters.Freeze("head"); // a mask of before must not survive
        var report = TransferPlan.Parse(text).Apply(child.Model, child.Parameters, file, seed: 7);
        Assert.All(Bodies, name => Assert.Equal((bodyCopied ? parent : fresh).Parameters.Export(name), child.Parameters.Export(name)));
        Assert.All(Heads, name => Assert.Equal((headCopied ? parent : fresh).Parameters.Export(name), child.Parameters.Export(name)));

        var weights = 3 * 8 + 8 + 8 * 8 + 8;
        Assert.Equal(bodyFrozen ? weights : 0, report.FrozenCount);
        Assert.Equal((bodyCopied && !bodyFrozen ? weights : 0) + (headCopied ? 9 : 0), report.CopiedCount);
        Assert.Equal((bodyCopied ? 0 : weights) + (headCopied ? 0 : 9), report.ResetCount);

        var body = child.Parameters.Export("body.0.weight");
        child.Run();
        Assert.Equal(bodyFrozen, body.SequenceEqual(child.Parameters.Export("body.0.weight")));
        Assert.NotEqual(file.Parameters["head.weight"].Values, child.Parameters.Export("head.weight"));
    }

    [Theory]
    [InlineData("cgat", "output")]
    [InlineData("roost", "output")]
    [InlineData("megnet", "readout")]
    [InlineData("elemnet", "fc6")]
    public void Only_the_output_network_learns(string kind, string network)
    {
        var model = ModelRegistry.Default.Network(kind).Create(ModelRegistry.Default.Resolve(kind, kind is "cgat" or "roost" ? [new("preset", "small")] : []));
        using var kernels = new AtomSets.Tensors.ReferenceKernels();
        using var parameters = new AtomSets.Tensors.ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 3);
        var file = ModelFile.From(model, parameters, new ModelTarget("y", "eV", TargetScaler.Identity));
        var report = TransferPlan.Parse("only-residual").Apply(model, parameters, file, seed: 3);
        Assert.NotEmpty(report.Copied);
        Assert.All(report.Copied, parameter => Assert.StartsWith(network, parameter.Name, StringComparison.Ordinal));
        Assert.DoesNotContain(report.Frozen, parameter => parameter.Name.StartsWith(network + ".", StringComparison.Ordinal));
        Assert.Empty(report.Reset);
    }

    [Fact]
    public void A_parent_on_the_same_task_makes_a_better_start()
    {
        using var parent = new ToyTask();
        var outcome = parent.Run();
        var file = parent.File(outcome.Scaler);
        var short_ = ToyTask.Quick with { Epochs = 3 };
        using var scratch = new ToyTask(short_, trainRows: 16, seed: 3);
        using var full = new ToyTask(short_, trainRows: 16, seed: 3);
        var plan = TransferPlan.Parse("full+parent-scaler");
        plan.Apply(full.Model, full.Parameters, file, seed: 3);
        full.Inputs = full.Inputs with { Scaler = plan.ScalerFrom(file) };
        using (var start = full.Trainer())
        {
            // With the parent's scaling the first prediction is the parent's.
            using var parentTrainer = new Trainer(parent.Inputs);
            // (to float32, in which files keep weights)
            Assert.All(parentTrainer.Predict(ToyTask.Test).Zip(start.Predict(ToyTask.Test)), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        }
        Assert.InRange(full.Run().BestValidationError, 0, 0.5 * scratch.Run().BestValidationError);
        Assert.Null(TransferPlan.Parse("full").ScalerFrom(file));
    }

    [Fact]
    public void Parents_that_do_not_fit_are_refused_with_every_difference()
    {
        using var parent = new ToyTask(seed: 5);
        var file = parent.File();
        Refused("full", ToyModel.Make(meaning: 2), file, "meaning is 1 in the parent, 2 here");
        Refused("full", ToyModel.Make(width: 9), file, "width is 8 in the parent, 9 here");
        Refused("full", ToyModel.Make(output: "sigmoid"), file, "output is linear in the parent");
        Refused("freeze:bodi", ToyModel.Make(), file, "did you mean 'body'?");
        Refused("freeze:head+new-head", ToyModel.Make(), file, "'head' holds the output layer");
        Refused("full", ToyModel.Make(), null, "needs a parent");
        Refused("full", ToyModel.Make(), file with { Spec = new ModelSpec("megnet", 1, file.Spec.Values) }, "the parent is a megnet");
        Refused("full", ToyModel.Make(), file with { Spec = new ModelSpec("toy", 2, file.Spec.Values) }, "revision 2");
        Refused("full", ToyModel.Make(), file with { Parameters = new Dictionary<string, ModelTensor>(StringComparer.Ordinal) }, "no parameter 'body.0.weight'");
        var turned = new Dictionary<string, ModelTensor>(file.Parameters, StringComparer.Ordinal) { ["body.0.weight"] = new(8, 3, new float[24]) };
        Refused("full", ToyModel.Make(), file with { Parameters = turned }, "8 × 3 in the parent, 3 × 8 here");

        // What only concerns the new head, or only training, may differ.
        Applies("new-head", ToyModel.Make(output: "sigmoid"), file);
        Applies("full", ToyModel.Make(dropout: 0.5), file);
    }

    [Fact]
    public void A_features_plan_looks_at_the_parents_layers()
    {
        using var child = new ToyTask();
        var parent = new MegNetSettings { Blocks = 1 }.ToSpec();
        TransferPlan.Parse("features:V1_pre").Check(child.Model, parent);
        Assert.Throws<ModelException>(() => TransferPlan.Parse("features:V2").Check(child.Model, parent));
        Assert.Throws<ModelException>(() => TransferPlan.Parse("features:layer7").Check(child.Model, parent));
        var gated = new CgcnnSettings { Convolutions = 2 }.ToSpec();
        TransferPlan.Parse("features:V2").Check(child.Model, gated);
        Assert.Contains("no layer 'V3'", Assert.Throws<ModelException>(() => TransferPlan.Parse("features:V3").Check(child.Model, gated)).Message, StringComparison.Ordinal);
        Assert.Contains("taken from a megnet, a cgcnn, a cgat or an elemnet",
            Assert.Throws<ModelException>(() => TransferPlan.Parse("features:V0").Check(child.Model, child.Model.Spec)).Message, StringComparison.Ordinal);
    }

    static void Refused(string plan, ToyModel model, ModelFile? parent, string reason)
    {
        using var child = new ToyTask(model: model);
        var e = Assert.Throws<TrainingInputException>(() => TransferPlan.Parse(plan).Apply(child.Model, child.Parameters, parent, 1));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    static void Applies(string plan, ToyModel model, ModelFile parent)
    {
        using var child = new ToyTask(model: model);
        TransferPlan.Parse(plan).Apply(child.Model, child.Parameters, parent, 1);
        Assert.Equal(parent.Parameters["body.0.weight"].Values, child.Parameters.Export("body.0.weight"));
    }
}
