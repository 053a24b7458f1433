namespace AtomSets.Models.Cgcnn;

/// <summary>The model kind <c>cgcnn</c>.</summary>
public sealed class CgcnnFamily : INetworkFamily
{
    internal const string FamilyName = "cgcnn";
    internal const int FamilyRevision = 1;

    /// <summary>Most Gaussian centres that settings may ask for.</summary>
    const double MostCentres = 1024;

    public string Name => FamilyName;

    public int Revision => FamilyRevision;

    public IReadOnlyList<HyperParameter> Schema { get; } =
    [
        new("atom_features", HyperParameterType.Integer, 64L, "F: width of the atoms between the convolutions") { Minimum = 1, Maximum = 4096 },
        new("convolutions", HyperParameterType.Integer, 3L, "graph layers") { Minimum = 1, Maximum = 16 },
        new("hidden", HyperParameterType.Integer, 128L, "width of the layers behind the pooling") { Minimum = 1, Maximum = 4096 },
        new("hidden_layers", HyperParameterType.Integer, 1L, "layers behind the pooling, the output layer not counted") { Minimum = 1, Maximum = 16 },
        new("neighbours", HyperParameterType.Integer, 12L, "each atom sees so many of its nearest neighbours") { Minimum = 1, Maximum = 1000 },
        new("cutoff_angstrom", HyperParameterType.Number, 8.0, "neighbours lie within this distance, in Å; also the last Gaussian centre") { Minimum = 0.5, Maximum = 20 },
        new("pad_neighbours", HyperParameterType.Flag, false, "fill short lists with the first atom at cutoff + 1 Å, as the authors' program does"),
        new("gaussian_step_angstrom", HyperParameterType.Number, 0.2, "distance between Gaussian centres, in Å; the first is 0") { Minimum = 0.01, Maximum = 10 },
        new("gaussian_width_angstrom", HyperParameterType.Number, 0.2, "σ in exp(-(d-μ)²/σ²), in Å") { Minimum = 1e-3, Maximum = 40 },
        new("element_features", HyperParameterType.Text, "cgcnn92", "cgcnn92: the paper's 92 numbers; one_hot: only which element it is") { Choices = ["cgcnn92", "one_hot"] },
        new("dropout", HyperParameterType.Number, 0.0, "probability of dropping a value behind the first hidden layer; the authors take 0.5 for classes")
            { Minimum = 0, Maximum = 0.95 },
        new("output", HyperParameterType.Text, "linear", "linear for a number, sigmoid for a probability, two_class for a probability from two columns as published")
            { Choices = ["linear", "sigmoid", "two_class"] },
    ];

    public ModelNeeds Needs(ModelSpec spec) => ModelNeeds.Structures | ModelNeeds.OrderedSites;

    public ModelSpec Bind(ModelSpec spec, PreparedData data, ReadOnlySpan<int> trainingRows) => spec;

    public IModel Create(ModelSpec spec)
    {
        var settings = CgcnnSettings.From(spec);
        if (settings.CutoffAngstrom / settings.GaussianStepAngstrom > MostCentres - 1)
            throw new ModelException(FormattableString.Invariant(
                $"cgcnn: gaussian_step_angstrom = {settings.GaussianStepAngstrom} makes more than {MostCentres} Gaussians up to cutoff_angstrom = {settings.CutoffAngstrom}: take a larger step"));
        return new CgcnnModel(settings, spec);
    }

    public IBatchSource OpenSource(ModelSpec spec, PreparedData data)
    {
        var settings = CgcnnSettings.From(spec);
        return OrderedSource.Over(new CgcnnSource(data.Graphs(settings.Graphs)), data, Name);
    }
}
