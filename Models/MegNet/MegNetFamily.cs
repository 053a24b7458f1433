namespace AtomSets.Models.MegNet;

/// <summary>The model kind <c>megnet</c>.</summary>
public sealed class MegNetFamily : INetworkFamily
{
    internal const string FamilyName = "megnet";
    internal const int FamilyRevision = 1;

    public string Name => FamilyName;

    public int Revision => FamilyRevision;

    public IReadOnlyList<HyperParameter> Schema { get; } =
    [
        new("embedding", HyperParameterType.Integer, 16L, "width of the element embedding (V0)") { Minimum = 1, Maximum = 1024 },
        new("hidden", HyperParameterType.Integer, 64L, "n1: width of the hidden layers of the update networks") { Minimum = 1, Maximum = 4096 },
        new("width", HyperParameterType.Integer, 32L, "n2: width of atoms, bonds and state between the blocks") { Minimum = 1, Maximum = 4096 },
        new("readout", HyperParameterType.Integer, 16L, "n3: width of the set2set memory and of the second readout layer") { Minimum = 1, Maximum = 4096 },
        new("blocks", HyperParameterType.Integer, 3L, "graph layers") { Minimum = 1, Maximum = 16 },
        new("set2set_steps", HyperParameterType.Integer, 2L, "T: set2set steps") { Minimum = 1, Maximum = 16 },
        new("cutoff_angstrom", HyperParameterType.Number, 5.0, "bonds reach this far, in Å; 0: every pair of a molecule")
            { Minimum = 0, Maximum = 20 },
        new("gaussian_centres", HyperParameterType.Integer, 100L, "Gaussians in the expansion of a bond length") { Minimum = 2, Maximum = 1024 },
        new("gaussian_stop_angstrom", HyperParameterType.Number, 6.0, "last Gaussian centre, in Å; the first is 0") { Minimum = 0.1, Maximum = 40 },
        new("gaussian_width_angstrom", HyperParameterType.Number, 0.5, "σ in exp(-(d-μ)²/σ²), in Å") { Minimum = 1e-3, Maximum = 40 },
        new("states", HyperParameterType.Integer, 0L, "kinds of global state, such as levels of theory; 0: none") { Minimum = 0, Maximum = 1024 },
        new("state_embedding", HyperParameterType.Integer, 16L, "width of the state embedding where there are states") { Minimum = 1, Maximum = 1024 },
        new("dropout", HyperParameterType.Number, 0.0, "probability of dropping a value after each block and before the readout")
            { Minimum = 0, Maximum = 0.95 },
        new("outputs", HyperParameterType.Integer, 1L, "predicted columns") { Minimum = 1, Maximum = 4096 },
        new("output", HyperParameterType.Text, "linear", "linear for a number, sigmoid for a probability") { Choices = ["linear", "sigmoid"] },
        new("elements", HyperParameterType.Integer, 95L, "rows of the element table: atomic numbers up to this minus 1") { Minimum = 2, Maximum = 119 },
        new("variant", HyperParameterType.Text, "original", "original, or matgl to load MatGL's weights") { Choices = ["original", "matgl"] },
    ];

    public ModelNeeds Needs(ModelSpec spec) => ModelNeeds.Structures;

    public ModelSpec Bind(ModelSpec spec, PreparedData data, ReadOnlySpan<int> trainingRows) => spec;

    public IModel Create(ModelSpec spec) => new MegNetModel(spec);

    public IBatchSource OpenSource(ModelSpec spec, PreparedData data)
    {
        var settings = MegNetSettings.From(spec);
        if (settings.CutoffAngstrom <= 0)
            throw new ModelException("megnet.cutoff_angstrom = 0 is for molecules; a data set of crystals needs a cutoff, such as 5");
        return new MegNetSource(settings, data.Graphs(settings.CutoffAngstrom), data.States, data.Occupancies);
    }
}
