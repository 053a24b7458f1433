using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

/// <summary>Learning rates of parts, the head first, and frozen prefixes.</summary>
public sealed class RateGroupTests
{
    static readonly string[] s_formulas = [.. Enumerable.Range(1, 10).SelectMany(i => Enumerable.Range(1, 10).Select(j => $"Al{i}O{j}Ti"))];

    [Fact]
    public void The_body_stands_while_the_head_has_its_epochs()
    {
        var start = Weights(0);
        var head = Weights(3, ("head_epochs", 3L));
        var later = Weights(4, ("head_epochs", 3L));
        foreach (var name in start.Keys)
        {
            Assert.Equal(!name.StartsWith("fc2", StringComparison.Ordinal), start[name].AsSpan().SequenceEqual(head[name]));
            Assert.False(head[name].AsSpan().SequenceEqual(later[name]));
        }
    }

    [Fact]
    public void Parts_take_their_share_of_the_rate()
    {
        var (start, half, whole) = (Weights(0), Weights(1, ("body_rate", 0.5), ("part_rates", "fc0_0=0,fc0_1=1")), Weights(1));
        Assert.Equal(start["fc0_0.W"], half["fc0_0.W"]);
        Assert.Equal(whole["fc0_1.W"], half["fc0_1.W"]);
        Assert.Equal(whole["fc2.W"], half["fc2.W"]);
        // One step of Adam: the way is the rate.
        for (var i = 0; i < start["fc1_0.W"].Length; i++)
            Assert.Equal((whole["fc1_0.W"][i] - start["fc1_0.W"][i]) / 2, half["fc1_0.W"][i] - start["fc1_0.W"][i], 1e-6);
    }

    [Fact]
    public void Rates_are_the_same_for_any_number_of_workers()
    {
        (string, object?)[] settings = [("head_epochs", 1L), ("body_rate", 0.3), ("part_rates", "fc0_1=0.7"), ("shards", 3L), ("clip", "global"), ("batch_size", 30L)];
        var (one, two) = (Weights(3, 0, settings), Weights(3, 2, settings));
        foreach (var name in one.Keys) Assert.Equal(one[name], two[name]);
    }

    [Fact]
    public void Settings_without_groups_keep_their_text()
    {
        Assert.DoesNotContain("rate_groups", new TrainSettings().ToJson(), StringComparison.Ordinal);
        Assert.DoesNotContain("body_rate", new TrainSettings().ToJson(), StringComparison.Ordinal);
        Assert.Equal("fc0_0=0.1,fc0_1=2", TrainSettings.Resolve([new("part_rates", " fc0_0 = 0.1, fc0_1=2.0")]).PartRates.ToString());
    }

    [Theory]
    [InlineData("fc0_0", "no part and share")]
    [InlineData("fc0_0=-1", "no part and share")]
    [InlineData("fc0_0=1,fc0_0=2", "twice")]
    [InlineData("fc9_9=1", "no part 'fc9_9'")]
    public void Impossible_rates_are_refused(string rates, string expected) =>
        Assert.Contains(expected, Assert.Throws<TrainingInputException>(() => Weights(1, ("part_rates", rates))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("freeze:first-2", "fc0_0 fc0_1")]
    [InlineData("freeze:first-3,fc0_0", "fc0_0 fc0_1 fc1_0")]
    public void First_parts_are_counted_from_the_input(string mode, string expected) =>
        Assert.Equal(expected, string.Join(' ', TransferPlan.Parse(mode).FrozenPartsOf(Model()).Order(StringComparer.Ordinal)));

    [Fact]
    public void More_first_parts_than_there_are_before_the_head_are_refused() =>
        Assert.Contains("first-1 to first-3", Assert.Throws<TrainingInputException>(() => TransferPlan.Parse("freeze:first-4").Check(Model(), Model().Spec)).Message, StringComparison.Ordinal);

    static IModel Model() => ModelRegistry.Default.Create(ModelRegistry.Default.Resolve("elemnet", [new("architecture", "16x2-8x1-1")]));

    static Dictionary<string, float[]> Weights(int epochs, params (string Name, object? Value)[] settings) => Weights(epochs, 0, settings);

    static Dictionary<string, float[]> Weights(int epochs, int helpers, (string Name, object? Value)[] settings)
    {
        var model = Model();
        using var data = PreparedData.FromCompositions("formulas", Array.ConvertAll(s_formulas, Composition.Parse), () => CpuKernels.Create());
        using var source = ModelRegistry.Default["elemnet"].OpenSource(model.Spec, data);
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 1);
        var others = Enumerable.Range(0, helpers).Select(_ => CpuKernels.Create()).ToArray();
        if (epochs > 0)
        {
            IEnumerable<KeyValuePair<string, object?>> given = [new("epochs", (long)epochs), .. settings.Select(entry => KeyValuePair.Create(entry.Name, entry.Value))];
            using var trainer = new Trainer(new TrainInputs
            {
                Model = model, Parameters = parameters, Source = source, Targets = [.. s_formulas.Select((_, row) => Math.Sin(row))], Seed = 1,
                Settings = TrainSettings.Resolve(given), TrainRows = [.. Enumerable.Range(0, s_formulas.Length)], ValidationRows = [],
            }, new TrainOptions { Helpers = others });
            trainer.Run();
        }
        foreach (var helper in others) helper.Dispose();
        return model.Parameters.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameters.Export(parameter.Name), StringComparer.Ordinal);
    }
}
