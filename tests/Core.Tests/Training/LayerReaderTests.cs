using System.Globalization;
using AtomSets.Commands;
using AtomSets.Core.Tests.Models;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.MegNet;
using AtomSets.Tensors;
using AtomSets.Training;
using Xunit;

namespace AtomSets.Core.Tests.Training;

/// <summary>Layers as a table for other programs.</summary>
public sealed class LayerReaderTests
{
    static readonly MegNetSettings Small = new() { Embedding = 5, Hidden = 8, Width = 6, Readout = 3, GaussianCentres = 10 };

    [Fact]
    public void A_row_per_material_has_named_numbers_and_a_reason_where_there_are_none()
    {
        var lines = Written("V1_mean+U1", [.. Items, Formula("NaCl", "NaCl"), new LayerInput("none.cif", () => throw new InputException("none.cif: there is no such file"))]);
        Assert.Equal("id,formula,V1.mean.0,V1.mean.1,V1.mean.2,V1.mean.3,V1.mean.4,V1.mean.5,U1.0,U1.1,U1.2,U1.3,U1.4,U1.5,error", lines[0]);
        Assert.Equal(1 + 8 + 2, lines.Length);
        using var data = PreparedData.FromCrystals("eight", TestCrystals.Eight, () => CpuKernels.Create(), File.ToParent(ModelRegistry.Default, "small"));
        var table = data.Features("V1_mean+U1");
        for (var row = 0; row < 8; row++)
        {
            var cells = lines[row + 1].Split(',');
            Assert.Equal((FormattableString.Invariant($"c{row}"), TestCrystals.Eight[row].Composition.ReducedFormula, ""), (cells[0], cells[1], cells[^1]));
            Assert.Equal(table[row].ToArray(), cells[2..^1].Select(cell => float.Parse(cell, CultureInfo.InvariantCulture))); // the same bits
        }
        Assert.StartsWith("NaCl,ClNa,,", lines[9]);
        Assert.Contains("needs the crystal structure", lines[9]);
        Assert.Contains("none.cif", lines[10]);
    }

    [Fact]
    public void What_the_network_predicts_is_a_layer_in_the_unit_of_its_target()
    {
        var shifted = File with { Target = new ModelTarget("e", "eV", new TargetScaler(3, 2)), References = ElementReferences.From(new Dictionary<string, double> { ["O"] = 1.5 }) };
        using var predictor = new Predictor("small", shifted, ModelRegistry.Default, () => CpuKernels.Create());
        var expected = predictor.Predict([.. TestCrystals.Eight.Select(crystal => PredictionInput.Of("x", crystal))]).Select(one => one.Value!.Value);
        var reader = new LayerReader("small", shifted, "prediction", ModelRegistry.Default, () => CpuKernels.Create());
        Assert.Equal(["prediction"], reader.Columns);
        Assert.Equal((false, true), (reader.IsPerAtom, reader.NeedsStructures));
        var read = reader.Read([.. TestCrystals.Eight.Select(crystal => PredictionInput.Of("x", crystal))], CancellationToken.None);
        Assert.All(read.Zip(expected), pair => Assert.Equal(pair.Second, pair.First.Values.Span[0], 1e-4));
        Assert.True(expected.Distinct().Count() == 8);
        Assert.Equal(["V1.mean.0", "prediction"], new LayerReader("small", shifted, "V1_mean+prediction", ModelRegistry.Default, () => CpuKernels.Create()).Columns.Where((_, i) => i is 0 or 6));
        var difference = new LayerReader("small", shifted with { Baseline = shifted }, "prediction", ModelRegistry.Default, () => CpuKernels.Create());
        Assert.Contains("predicts nothing by itself", Assert.Single(difference.Read([PredictionInput.Of("x", TestCrystals.Eight[0])], CancellationToken.None)).Error);
    }

    [Fact]
    public void Atoms_have_rows_of_their_own_and_formulas_elements()
    {
        var lines = Written("V0", [Items[3], Formula("corundum", "Al2O3")]);
        Assert.Equal(["id,formula,atom,element,V0.0", "c3,MgO,1,Mg", "c3,MgO,2,O", "corundum,Al2O3,,O", "corundum,Al2O3,,Al"], lines.Select((line, i) => string.Join(',', line.Split(',').Take(i == 0 ? 5 : 4))));
        Assert.Equal(lines[2].Split(',')[4..], lines[3].Split(',')[4..]); // oxygen is oxygen
    }

    /// <summary>Any number of parts and workers gives the same rows in the same order.</summary>
    [Fact]
    public void Many_inputs_come_in_order()
    {
        var many = Enumerable.Range(0, 300).Select(i => Formula($"f{i}", i % 7 == 3 ? "Xx" : $"Na{i + 1}Cl")).ToArray();
        var one = Written("V0_stats", many, workers: 1);
        Assert.Equal(one, Written("V0_stats", many, workers: 4));
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"f{i}"), one.Skip(1).Select(line => line.Split(',')[0]));
        Assert.Equal(43, one.Count(line => line.Contains("unknown element", StringComparison.Ordinal)));
    }

    [DataFact]
    public void A_published_network_refuses_elements_that_it_has_never_seen_and_wants_its_level_of_theory()
    {
        var mf = PublishedImport.ToModelFile(Fixtures.Instance.Published.Open("mf_2020_pbe_gllb_hse_exp_0"));
        Assert.Contains("--state", Assert.Throws<ModelException>(() => new LayerReader("mf", mf, "V1", ModelRegistry.Default, () => CpuKernels.Create())).Message);
        Assert.Equal(32, new LayerReader("mf", StateBinding.At(mf, 2), "V1", ModelRegistry.Default, () => CpuKernels.Create()).Columns.Count);
        var formation = PublishedImport.ToModelFile(Fixtures.Instance.Published.Open("matgl_MEGNet-MP-2018.6.1-Eform"));
        var reader = new LayerReader("net", formation, "V0_mean", ModelRegistry.Default, () => CpuKernels.Create());
        Assert.Contains("never seen the element Po", reader.Read([PredictionInput.Of("PoO2", Composition.Parse("PoO2"))], CancellationToken.None).Single().Error);
    }

    static LayerInput[] Items { get; } = [.. TestCrystals.Eight.Select((crystal, i) => new LayerInput($"c{i}", () => [PredictionInput.Of($"c{i}", crystal)]))];

    static LayerInput Formula(string label, string formula) => new(label, () => [PredictionInput.Of(label, Composition.Parse(formula))]);

    static ModelFile File { get; } = Make();

    static string[] Written(string layers, IEnumerable<LayerInput> items, int workers = 2)
    {
        var reader = new LayerReader("small", File, layers, ModelRegistry.Default, () => CpuKernels.Create());
        using var text = new StringWriter();
        var writer = new FeatureWriter(text, reader, []);
        foreach (var values in new LayerStream(reader, workers).Run(items, CancellationToken.None)) writer.Write(values, []);
        return text.ToString().TrimEnd('\n').Split('\n');
    }

    static ModelFile Make()
    {
        using var kernels = new ReferenceKernels();
        var model = new MegNetModel(Small);
        using var parameters = new ParameterSet(kernels, model.Parameters);
        parameters.Initialize(seed: 3);
        return ModelFile.From(model, parameters, new ModelTarget("gap", "eV", new TargetScaler(0, 1)));
    }
}
