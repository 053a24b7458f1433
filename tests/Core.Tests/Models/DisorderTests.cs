using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Models;

/// <summary>Shared and partly vacant sites, and atoms without neighbours.</summary>
public sealed class DisorderTests
{
    static readonly MegNetSettings Settings = new() { Hidden = 8, Width = 6, Readout = 4, Embedding = 4, Blocks = 2, GaussianCentres = 10, CutoffAngstrom = 4 };

    // Sites of rock salt: A at 0, the other as told, each line with its occupancy.
    static Crystal Read(params string[] atoms) => CifReader.Parse(
        "data_x\n_cell_length_a 4\n_cell_length_b 4.1\n_cell_length_c 4.2\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\nloop_\n_atom_site_type_symbol\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_occupancy\n"
        + string.Join('\n', atoms) + "\n");

    [Fact]
    public void Elements_in_one_place_are_one_site()
    {
        var mixed = Read("Na Na1 0 0 0 0.7", "K K1 0 0 1.0 0.3", "Cl Cl1 0.5 0.5 0.5 1");
        Assert.Equal([11, 17], mixed.AtomicNumbers.ToArray());
        Assert.Equal([11, 19, 17], mixed.Sites!.AtomicNumbers.ToArray());
        Assert.Equal([0.7, 0.3, 1.0], mixed.Sites.Amounts.ToArray());
        Assert.Equal("ClK0.3Na0.7", mixed.Composition.AlphabeticalFormula);
        Assert.Equal("Na0.7K0.3", mixed.Sites.FirstShared);
        var vacant = Read("Na Na1 0 0 0 0.6", "Cl Cl1 0.5 0.5 0.5 1");
        Assert.Equal((0.6, 1.6), (vacant.Composition[Element.FromAtomicNumber(11)], Math.Round(vacant.Composition.TotalAmount, 12)));
        // Two halves of one element are a whole atom, and what is listed with occupancy 0 is not there.
        var whole = Read("Na Na1 0 0 0 0.5", "Na Na2 0 0 0 0.5", "Cl Cl1 0.5 0.5 0.5 1", "Br Br1 0.2 0.2 0.2 0");
        Assert.Null(whole.Sites);
        Assert.Equal([11, 17], whole.AtomicNumbers.ToArray());
        var again = CifReader.Parse(CifWriter.Write(mixed));
        Assert.Equal(mixed.Sites.Amounts.ToArray(), again.Sites!.Amounts.ToArray());
        Assert.Contains("add up to 1.2", Assert.Throws<StructureFormatException>(() => Read("Na Na1 0 0 0 0.7", "K K1 0 0 0 0.5")).Message, StringComparison.Ordinal);
        Assert.Contains("0.000 Å apart", Assert.Throws<StructureFormatException>(() => Read("Na Na1 0 0 0 1", "K K1 0 0 0 0.5")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_site_of_two_elements_is_the_weighted_sum_of_their_embeddings()
    {
        // The same network with uranium's embedding replaced by 0.7 Na + 0.3 K, on the ordered crystal.
        var file = Network();
        var table = file.Parameters["embed.atom"];
        var values = (float[])table.Values.Clone();
        for (var k = 0; k < 4; k++) values[92 * 4 + k] = (0.7f * values[11 * 4 + k]) + (0.3f * values[19 * 4 + k]);
        var changed = file with { Parameters = new Dictionary<string, ModelTensor>(file.Parameters) { ["embed.atom"] = table with { Values = values } } };
        var mixed = Read("Na Na1 0 0 0 0.7", "K K1 0 0 0 0.3", "Cl Cl1 0.5 0.5 0.5 1");
        var ordered = Read("U U1 0 0 0 1", "Cl Cl1 0.5 0.5 0.5 1");
        Assert.Equal(Predict(changed, ordered), Predict(file, mixed), 1e-6);
        Assert.NotEqual(Predict(file, Read("Na Na1 0 0 0 1", "Cl Cl1 0.5 0.5 0.5 1")), Predict(file, mixed));
        // In one batch with ordered crystals nothing of these changes, and both occupants of one element are that element.
        var salt = Read("Na Na1 0 0 0 1", "Cl Cl1 0.5 0.5 0.5 1");
        using var predictor = new Predictor("net", file, ModelRegistry.Default, () => CpuKernels.Create());
        var together = predictor.Predict([PredictionInput.Of("a", salt), PredictionInput.Of("b", mixed), PredictionInput.Of("c", Read("Na Na1 0 0 0 0.25", "Na Na2 0 0 0 0.75", "Cl Cl1 0.5 0.5 0.5 1"))]);
        Assert.Equal(Predict(file, salt), together[0].Value!.Value, 1e-6);
        Assert.Equal(together[0].Value, together[2].Value);
        Assert.Equal(Predict(file, mixed), together[1].Value!.Value, 1e-6);
    }

    [Fact]
    public void Gradients_of_shared_sites_go_to_each_element_by_its_occupancy()
    {
        Crystal[] crystals = [Read("Na Na1 0 0 0 0.7", "K K1 0 0 0 0.3", "Cl Cl1 0.5 0.5 0.5 1"), Read("Li Li1 0 0 0 1", "Cl Cl1 0.5 0.5 0.5 0.9")];
        using var data = PreparedData.FromCrystals("mixed", crystals, () => CpuKernels.Create());
        var model = new MegNetModel(Settings.ToSpec());
        using var source = ModelRegistry.Default["megnet"].OpenSource(Settings.ToSpec(), data);
        var batch = source.Create();
        source.Fill(batch, [0, 1]);
        using var kernels = new ReferenceKernels();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(5);
        parameters.ZeroGradients();
        using var tape = new Tape(kernels, parameters);
        double Loss(bool backward)
        {
            tape.Reset(training: true);
            var loss = tape.MeanSquaredError(model.Forward(tape, batch), tape.Input([1.0, -1.0], 2, 1));
            if (backward) tape.Backward(loss);
            return tape.Scalar(loss);
        }
        Loss(backward: true);
        var gradients = new double[model.Parameters.TotalLength];
        kernels.Download(parameters.Gradients, gradients.AsSpan());
        var table = model.Parameters.Parameters.Single(parameter => parameter.Name == "embed.atom").Offset;
        for (var k = 0; k < Settings.Embedding; k++)
        {
            Assert.NotEqual(0, gradients[table + (11 * Settings.Embedding) + k]);
            Assert.Equal(0.7 / 0.3, gradients[table + (11 * Settings.Embedding) + k] / gradients[table + (19 * Settings.Embedding) + k], 1e-6);
        }
        var values = new double[gradients.Length];
        kernels.Download(parameters.Values, values.AsSpan());
        foreach (var place in new[] { table + (11 * Settings.Embedding), table + (17 * Settings.Embedding) + 1, table + (3 * Settings.Embedding) + 2 })
        {
            double At(double change)
            {
                double[] moved = [.. values];
                moved[place] += change;
                kernels.Upload(moved, parameters.Values);
                return Loss(backward: false);
            }
            var slope = (At(1e-4) - At(-1e-4)) / 2e-4;
            Assert.True(Math.Abs(slope - gradients[place]) <= 1e-8 + (1e-4 * Math.Abs(slope)), $"{slope} {gradients[place]}");
        }
    }

    [Fact]
    public void Layers_of_disordered_crystals_are_features_and_V0_is_the_sum_itself()
    {
        var file = Network();
        var mixed = Read("Na Na1 0 0 0 0.7", "K K1 0 0 0 0.2", "Cl Cl1 0.5 0.5 0.5 1");
        using var data = PreparedData.FromCrystals("mixed", [mixed, Read("Na Na1 0 0 0 1", "Cl Cl1 0.5 0.5 0.5 1")], () => CpuKernels.Create(), file.ToParent(ModelRegistry.Default, "net"));
        var v0 = data.Features("V0");
        var table = file.Parameters["embed.atom"].Values;
        for (var k = 0; k < 4; k++) Assert.Equal((0.7 * table[44 + k]) + (0.2 * table[76 + k]), v0[0][k], 1e-7);
        Assert.Equal(table[44..48], v0[1][..4].ToArray());
        Assert.Equal((2, 2), (data.Features("V1").RowCount(0), data.Features("V1").RowCount(1)));
    }

    [Fact]
    public void Models_of_one_element_a_site_say_so_in_the_row_and_models_of_formulas_take_the_amounts()
    {
        Crystal[] crystals = [Read("Na Na1 0 0 0 1", "Cl Cl1 0.5 0.5 0.5 1"), Read("Na Na1 0 0 0 0.7", "K K1 0 0 0 0.3", "Cl Cl1 0.5 0.5 0.5 1")];
        using var data = PreparedData.FromCrystals("mixed", crystals, () => CpuKernels.Create());
        foreach (var kind in new[] { "cgcnn", "cgat" })
        {
            var family = ModelRegistry.Default.Network(kind);
            var spec = family.Bind(ModelRegistry.Default.Resolve(kind, kind == "cgat" ? [KeyValuePair.Create("preset", (object?)"small")] : []), data, [0]);
            using var source = family.OpenSource(spec, data);
            Assert.Contains("Na0.7K0.3", Assert.Single(source.Refused, row => row.Row == 1).Reason, StringComparison.Ordinal);
            Assert.Throws<ModelException>(() => source.Fill(source.Create(), [1]));
        }
        var elements = ModelRegistry.Default["elemnet"];
        using var formulas = elements.OpenSource(ModelRegistry.Default.Resolve("elemnet", []), data);
        Assert.Empty(formulas.Refused);
    }

    [Fact]
    public void An_atom_without_neighbours_has_a_zero_mean_of_messages()
    {
        // A pair 2.5 Å apart and one atom alone: where it stands does not matter, and a supercell of it is the same material.
        var file = Network();
        Crystal With(double x, double y) => new([30, 0, 0, 0, 30, 0, 0, 0, 30], [11, 17, 19], [0, 0, 0, 2.5 / 30, 0, 0, x, y, 0.5]);
        var value = Predict(file, With(0.5, 0.5));
        Assert.True(double.IsFinite(value));
        Assert.Equal(value, Predict(file, With(0.3, 0.6)), 1e-6);
        Assert.NotEqual(value, Predict(file, new Crystal([30, 0, 0, 0, 30, 0, 0, 0, 30], [11, 17], [0, 0, 0, 2.5 / 30, 0, 0])));
        Assert.Equal(Predict(file, new Crystal([20, 0, 0, 0, 20, 0, 0, 0, 20], [11], [0, 0, 0])), Predict(file, new Crystal([20, 0, 0, 0, 20, 0, 0, 0, 40], [11, 11], [0, 0, 0, 0, 0, 0.5])), 1e-6);
    }

    static double Predict(ModelFile file, Crystal crystal)
    {
        using var predictor = new Predictor("net", file, ModelRegistry.Default, () => CpuKernels.Create());
        var answer = predictor.Predict([PredictionInput.Of("x", crystal)])[0];
        Assert.Null(answer.Error);
        return answer.Value!.Value;
    }

    static ModelFile Network()
    {
        var model = new MegNetModel(Settings.ToSpec());
        using var kernels = CpuKernels.Create();
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(8);
        return ModelFile.From(model, parameters, new ModelTarget("e", "eV/atom", new TargetScaler(0, 100)));
    }
}
