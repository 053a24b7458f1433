using System.Text.Json;
using AtomSets.Materials;
using AtomSets.Models.Published;

namespace AtomSets.Core.Tests.Models;

/// <summary>The parity fixtures shipped beside the published weights.</summary>
sealed class Fixtures
{
    static readonly Lazy<Fixtures> Loaded = new(() => new Fixtures());
    readonly JsonDocument _document = JsonDocument.Parse(File.ReadAllBytes(TestData.Path("models/fixtures.json")));

    Fixtures()
    {
        Published = new PublishedModels(TestData.Path("models"));
        Structures = _document.RootElement.GetProperty("structures").EnumerateArray().Select(element => new FixtureStructure(element)).ToArray();
    }

    public static Fixtures Instance => Loaded.Value;

    public PublishedModels Published { get; }

    public IReadOnlyList<FixtureStructure> Structures { get; }

    public JsonElement Root => _document.RootElement;

    /// <summary>Predictions of the authors' CGCNN program, by structure and then by the end of the model's name.</summary>
    public JsonElement Cgcnn { get; } = JsonDocument.Parse(File.ReadAllBytes(TestData.Path("models/cgcnn_fixtures.json"))).RootElement.GetProperty("predictions");

    public FixtureStructure this[string name] => Structures.Single(structure => structure.Name == name);
}

/// <summary>One structure of the fixtures.</summary>
sealed class FixtureStructure
{
    public FixtureStructure(JsonElement element)
    {
        Json = element;
        Name = element.GetProperty("name").GetString()!;
        var lattice = element.GetProperty("lattice").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(x => x.GetDouble()).ToArray();
        var numbers = element.GetProperty("elements").EnumerateArray().Select(x => Element.Parse(x.GetString()!).AtomicNumber).ToArray();
        var fractional = element.GetProperty("frac").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(x => x.GetDouble()).ToArray();
        Crystal = new Crystal(lattice, numbers, fractional, Name);
    }

    public JsonElement Json { get; }

    public string Name { get; }

    public Crystal Crystal { get; }

    public GraphList Graphs(double cutoff) => TestGraphs.Of([Crystal], cutoff);

    /// <summary>Prediction of a model; <paramref name="precision"/> is <c>float64</c> or <c>float32</c>.</summary>
    public double Prediction(string model, string precision = "float64") =>
        Json.GetProperty("predictions").GetProperty(model).GetProperty(precision).GetDouble();
}
