using AtomSets.Materials;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

public sealed class PredictionStreamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Rows_come_in_order_whatever_the_workers_and_bad_ones_have_reasons(int workers)
    {
        using var task = new ToyTask(seed: 3);
        var file = task.File();
        PredictionItem Item(int i) => i % 50 == 7 ? PredictionItem.OfFormula($"{i}", "Xx2") : i % 50 == 9 ? PredictionItem.OfFormula($"{i}", "H200O") : PredictionItem.OfFormula($"{i}", $"H{(i % 90) + 1}O");
        using var stream = new PredictionStream(() => new Predictor("toy", file, ToyModel.Registry, () => new ReferenceKernels()), workers);
        var answers = stream.Run(Enumerable.Range(0, 1000).Select(Item)).ToArray();
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"{i}"), answers.Select(answer => answer.Input));
        Assert.All(answers, answer => Assert.Equal(int.Parse(answer.Input) % 50 is 7 or 9, answer.Error is not null));
        using var alone = new Predictor("toy", file, ToyModel.Registry, () => new ReferenceKernels());
        for (var i = 0; i < 1000; i += 83) Assert.Equal(alone.Predict([PredictionInput.Of($"{i}", Composition.Parse($"H{(i % 90) + 1}O"))])[0].Value, answers[i].Error is null ? answers[i].Value : alone.Predict([PredictionInput.Of($"{i}", Composition.Parse($"H{(i % 90) + 1}O"))])[0].Value);
    }

    [Fact]
    public void No_more_items_are_taken_than_the_workers_need()
    {
        using var task = new ToyTask(seed: 3);
        var file = task.File();
        var taken = 0;
        IEnumerable<PredictionItem> Endless()
        {
            while (true) yield return PredictionItem.OfFormula($"{taken++}", "H2O");
        }
        using var stream = new PredictionStream(() => new Predictor("toy", file, ToyModel.Registry, () => new ReferenceKernels()), workers: 2);
        Assert.Equal(500, stream.Run(Endless()).Take(500).Count());
        Assert.InRange(taken, 500, 500 + (64 * 6));
    }

    [Fact]
    public void A_cell_that_cannot_be_is_told_in_its_row()
    {
        using var task = new ToyTask(seed: 3);
        const string Flat = "data_x\n_cell_length_a 4\n_cell_length_b 4\n_cell_length_c 4\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma {0}\nloop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nNa1 0 0 0\nCl1 {1} {1} {1}\n";
        string Cif(string gamma, string x) => Flat.Replace("{0}", gamma, StringComparison.Ordinal).Replace("{1}", x, StringComparison.Ordinal);
        PredictionItem[] items =
        [
            PredictionItem.OfStructure("good", Cif("90", "0.5")), PredictionItem.OfStructure("flat", Cif("0.000001", "0.5")), PredictionItem.OfStructure("overlap", Cif("90", "0.001")),
            PredictionItem.OfStructure("nan", Cif("90", "nan")), PredictionItem.OfStructure("empty", ""), PredictionItem.Failed("absent.cif", "there is no file absent.cif"), PredictionItem.OfStructure("good too", Cif("90", "0.4")),
        ];
        using var stream = new PredictionStream(() => new Predictor("toy", task.File(), ToyModel.Registry, () => new ReferenceKernels()), workers: 2);
        var answers = stream.Run(items).ToArray();
        Assert.Equal([true, false, false, false, false, false, true], answers.Select(answer => answer.Value is not null));
        Assert.Contains("0.007 Å apart", answers[2].Error, StringComparison.Ordinal);
        Assert.Contains("not a number", answers[3].Error, StringComparison.Ordinal);
    }
}
