using AtomSets.Core.Tests.Models;
using AtomSets.Models;
using AtomSets.Models.Published;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

public sealed class StateBindingTests
{
    /// <summary>The network without states predicts what the published one predicts at a level of theory.</summary>
    [DataTheory]
    [InlineData("mf_2020_pbe_gllb_hse_exp_0", 4)]
    [InlineData("matgl_MEGNet-MP-2019.4.1-BandGap-mfi", 4)]
    public void A_network_at_one_level_is_the_same_function(string name, int states)
    {
        var published = Fixtures.Instance.Published.Open(name);
        var file = PublishedImport.ToModelFile(published);
        Assert.Equal(states, file.States.Count);
        var graphs = Fixtures.Instance["CsCl_4.1437"].Graphs(5);
        using var kernels = new ReferenceKernels();
        using var predictor = new PublishedPredictor(published, kernels);
        var values = new double[states];
        for (var state = 0; state < states; state++)
        {
            var bound = StateBinding.At(file, state);
            bound.Check(ModelRegistry.Default);
            Assert.Empty(bound.States);
            using var model = TrainedModel.Open(bound, ModelRegistry.Default, kernels);
            using var source = new AtomSets.Models.MegNet.MegNetSource(AtomSets.Models.MegNet.MegNetSettings.From(bound.Spec), graphs);
            values[state] = model.Predict(source, [0], CancellationToken.None)[0];
            Assert.Equal(predictor.Predict(graphs, state)[0], values[state], 1e-6 * Math.Abs(values[state]));
        }
        Assert.Equal(states, values.Distinct().Count());
        Assert.Throws<TrainingInputException>(() => StateBinding.At(file, states));
    }

    [Fact]
    public void Levels_are_found_by_name_or_number()
    {
        string[] states = ["PBE", "HSE"];
        Assert.Equal((1, 0), (StateBinding.Find("net", states, "hse"), StateBinding.Find("net", states, "0")));
        Assert.Contains("choose 0 (PBE), 1 (HSE)", Assert.Throws<TrainingInputException>(() => StateBinding.Find("net", states, "2")).Message);
        Assert.Contains("no levels of theory", Assert.Throws<TrainingInputException>(() => StateBinding.Find("net", [], "PBE")).Message);
    }
}
