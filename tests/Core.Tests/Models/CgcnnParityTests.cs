using System.Globalization;
using AtomSets.Materials;
using AtomSets.Models.Cgcnn;
using AtomSets.Models.Published;
using AtomSets.Tensors;
using Xunit;
using Xunit.Abstractions;

namespace AtomSets.Core.Tests.Models;

/// <summary>The published CGCNN weights give the numbers of the authors' program.</summary>
public sealed class CgcnnParityTests(ITestOutputHelper output)
{
    const string Titanate = "BaTiO3_mp-2998";

    static readonly string[] Names =
    [
        "band-gap", "bulk-moduli", "efermi", "final-energy-per-atom", "formation-energy-per-atom", "poisson-ratio", "semi-metal-classification", "shear-moduli",
    ];

    public static TheoryData<string> Models => new(Names);

    public static TheoryData<string, CpuPath> Cases
    {
        get
        {
            var cases = new TheoryData<string, CpuPath>();
            foreach (var name in Names)
                foreach (var path in Enum.GetValues<CpuPath>().Where(path => path <= CpuKernels.BestPath)) cases.Add(name, path);
            return cases;
        }
    }

    [DataTheory]
    [MemberData(nameof(Cases))]
    public void Predictions_are_those_of_the_authors_program(string name, CpuPath path)
    {
        using var kernels = CpuKernels.Create(path);
        // float32 on both sides: the classifier's probabilities and gaps of up to 9 eV carry some 1e-6.
        Assert.InRange(LargestDeviation(name, kernels), 0, 2e-5);
    }

    [DataTheory]
    [MemberData(nameof(Models))]
    public void Float64_arithmetic_predicts_as_the_authors_program(string name)
    {
        using var kernels = new ReferenceKernels();
        Assert.InRange(LargestDeviation(name, kernels), 0, 2e-5);
    }

    /// <summary>In cubic BaTiO3 each O has two Ti and then eight O and four Ba at one distance, ten of which fit in. The authors' program goes by the order in
    /// which rounding puts them: it gives a Fermi energy of 3.725 eV for the structure as CIF, the one in the fixtures, and 3.538 eV for the same as
    /// JSON. Here the lighter element comes first.</summary>
    [DataFact]
    public void Where_the_twelfth_neighbour_is_a_tie_the_choice_decides()
    {
        using var kernels = CpuKernels.Create();
        var published = Fixtures.Instance.Published.Open("cgcnn_efermi");
        using var predictor = new PublishedPredictor(published, kernels);
        var crystal = Fixtures.Instance[Titanate].Crystal;
        var ours = CrystalGraph.Build(crystal, published.Graphs);
        for (var oxygen = 2; oxygen < 5; oxygen++)
        {
            var kept = ours.View.Neighbors[(12 * oxygen)..(12 * oxygen + 12)].ToArray();
            Assert.Equal((2, 8, 2), (kept.Count(i => i == 1), kept.Count(i => i >= 2), kept.Count(i => i == 0)));
        }
        Assert.Equal(3.037067, predictor.Predict(new GraphList([ours]))[0], 1e-4);
    }

    [DataFact]
    public void Published_networks_have_the_published_size()
    {
        foreach (var name in Names.Where(name => name != "semi-metal-classification"))
        {
            var layout = Fixtures.Instance.Published.Open("cgcnn_" + name).Model.Parameters;
            // With the statistics of the batch norms, as the files hold them.
            Assert.Equal(98_177, layout.Parameters.Sum(parameter => parameter.Length));
            Assert.Equal(98_177 - 4 * 2 * (128 + 64), layout.ParameterCount);
        }
    }

    [DataFact]
    public void What_they_predict_and_for_which_graphs_is_known()
    {
        var published = Fixtures.Instance.Published;
        Assert.Equal(Names.Select(name => "cgcnn_" + name), published.Names.Where(name => name.StartsWith("cgcnn_", StringComparison.Ordinal)));
        var gap = published.Open("cgcnn_band-gap");
        Assert.Equal(("Band gap", "eV", false), (gap.Property, gap.Unit, gap.IsMolecular));
        Assert.Equal(new GraphSettings(8, 12) { PadsNeighbors = true }, gap.Graphs);
        Assert.Equal(("MIT", 64), (gap.Licence, gap.ContentHash.Length));
        var settings = ((CgcnnModel)gap.Model).Settings;
        Assert.Equal((64, 4, 32, 1, 41), (settings.AtomFeatures, settings.Convolutions, settings.Hidden, settings.HiddenLayers, settings.Basis.Count));
        var classifier = (CgcnnModel)published.Open("cgcnn_semi-metal-classification").Model;
        Assert.Equal((CgcnnOutput.TwoClass, 0.5), (classifier.Settings.Output, classifier.Settings.Dropout));
    }

    [DataFact]
    public void Element_vectors_are_those_of_the_authors_table()
    {
        var lines = File.ReadAllLines(TestData.Path("elements/cgcnn92_elements.csv")).Skip(1).ToArray();
        var table = ElementVectors.Table();
        Assert.Equal(ElementVectors.MaxAtomicNumber, lines.Length);
        foreach (var line in lines)
        {
            var numbers = Array.ConvertAll(line.Split(','), text => float.Parse(text, CultureInfo.InvariantCulture));
            Assert.Equal(numbers[1..], table.AsSpan((int)numbers[0] * ElementVectors.Width, ElementVectors.Width).ToArray());
        }
    }

    double LargestDeviation(string name, IKernels kernels)
    {
        var published = Fixtures.Instance.Published.Open("cgcnn_" + name);
        using var predictor = new PublishedPredictor(published, kernels);
        var (compared, worst) = (0, 0.0);
        foreach (var structure in Fixtures.Instance.Cgcnn.EnumerateObject())
        {
            var expected = structure.Value.GetProperty(name).GetDouble();
            var crystal = Fixtures.Instance[structure.Name].Crystal;
            var graph = structure.Name == Titanate ? AsTheAuthorsChose(crystal) : CrystalGraph.Build(crystal, published.Graphs);
            var got = predictor.Predict(new GraphList([graph]))[0];
            output.WriteLine($"{structure.Name}: {got:g9}, authors {expected:g9}");
            worst = Math.Max(worst, Math.Abs(got - expected));
            compared++;
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} on {kernels.Name}: largest deviation {worst:g3} over {compared} structures"));
        Assert.Equal(Fixtures.Instance.Structures.Count, compared);
        return worst;
    }

    /// <summary>The neighbours in BaTiO3 that the authors' program took for the fixtures.</summary>
    static CrystalGraph AsTheAuthorsChose(Crystal crystal)
    {
        var edge = crystal.Lattice[0];
        var (near, middle, far) = ((float)(edge / 2), (float)(edge / Math.Sqrt(2)), (float)(edge * Math.Sqrt(3) / 2));
        int[] neighbours =
        [
            2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4,
            2, 2, 3, 3, 4, 4, 0, 0, 0, 0, 0, 0,
            1, 1, 0, 0, 0, 0, 3, 3, 4, 4, 4, 4,
            1, 1, 0, 0, 0, 2, 2, 2, 2, 4, 4, 4,
            1, 1, 0, 0, 0, 2, 2, 2, 3, 3, 3, 3,
        ];
        var distances = neighbours.Select((other, place) => (place / 12, other) switch
        {
            (0, _) => middle,
            (1, 0) => far,
            (1, _) or (_, 1) => near,
            _ => middle,
        }).ToArray();
        return CrystalGraph.FromEdges(crystal.AtomicNumbers, [0, 12, 24, 36, 48, 60], neighbours, distances);
    }
}
