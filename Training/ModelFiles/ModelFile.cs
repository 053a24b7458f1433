using System.Security.Cryptography;
using System.Text;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>A trained model as data: parameters, and everything needed to use, judge and continue it. One safetensors file, readable from Python
/// (<c>safetensors.safe_open</c>); its metadata values are JSON texts.</summary>
public sealed record ModelFile
{
    /// <summary>Everything needed to build the model; of a network bound (<see cref="INetworkFamily.Bind"/>).</summary>
    public required ModelSpec Spec { get; init; }

    /// <summary>What is predicted.</summary>
    public required ModelTarget Target { get; init; }

    /// <summary>Every parameter of the network, or everything that a fit made, by name.</summary>
    public required IReadOnlyDictionary<string, ModelTensor> Parameters { get; init; }

    /// <summary>The network whose features are the input, for models that have one.</summary>
    public FeatureParent? FeatureParent { get; init; }

    /// <summary>Models whose mean this one is; empty where it is a single model. An ensemble has no parameters of its own.</summary>
    public IReadOnlyList<ModelFile> Members { get; init; } = [];

    /// <summary>The members of an ensemble, or the model itself.</summary>
    public IReadOnlyList<ModelFile> Parts => Members.Count > 0 ? Members : [this];

    /// <summary>Errors of its predictions, by validation rows; null where they are not known.</summary>
    public Calibration? Calibration { get; init; }

    /// <summary>Names of the global states that the network distinguishes, such as levels of theory, in order.</summary>
    public IReadOnlyList<string> States { get; init; } = [];

    /// <summary>What is added to the network's prediction by composition; null: nothing.</summary>
    public ElementReferences? References { get; init; }

    /// <summary>The network whose predictions are added to this model's, which has learnt the difference; null: this model predicts by itself.</summary>
    public ModelFile? Baseline { get; init; }

    /// <summary>How it was trained; null for imported weights.</summary>
    public TrainSettings? Training { get; init; }

    /// <summary>What it has seen.</summary>
    public ModelProvenance Provenance { get; init; } = new();

    /// <summary>Figures of merit by name, such as <c>validation_mae</c>, in the target's unit.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Version of the program that wrote the file.</summary>
    public string ProgramVersion { get; init; } = AtomSets.Materials.ProgramVersion.Number;

    /// <summary>Identifies the model: SHA-256 over spec, scaling and all tensors, lower-case hexadecimal. Notes such as metrics do not enter.</summary>
    public string ContentHash
    {
        get
        {
            if (Members.Count > 0) return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Members.Select(member => member.ContentHash)))));
            var identity = FormattableString.Invariant(
                $"{Spec.ToJson()}\n{FeatureParent?.Spec.ToJson()}\n{Target.Scaler.Mean:R} {Target.Scaler.Deviation:R}\n{ModelFileFormat.Tensors(this).DataHash()}");
            if (Baseline is { } baseline) identity += "\n" + baseline.ContentHash;
            if (References is { } references) identity += "\n" + ModelFileFormat.ToJson(references.Values);
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));
        }
    }

    /// <summary>Takes the present weights of a model.</summary>
    public static ModelFile From(IModel model, ParameterSet parameters, ModelTarget target) =>
        new() { Spec = model.Spec, Target = target, Parameters = ModelParameters.Export(parameters) };

    /// <summary>The mean of several models.</summary>
    /// <param name="members">At least two, none of them an ensemble; of one target, one unit and one kind of output.</param>
    /// <param name="calibration">Of the mean; null for classifiers.</param>
    /// <param name="metrics">Of the mean, by name.</param>
    /// <exception cref="ModelException">They do not go together.</exception>
    public static ModelFile OfMembers(IReadOnlyList<ModelFile> members, Calibration? calibration, IReadOnlyDictionary<string, double> metrics)
    {
        if (members.Count < 2) throw new ModelException($"an ensemble needs two models at least, not {members.Count}");
        var first = members[0];
        foreach (var other in members)
        {
            if (other.Members.Count > 0) throw new ModelException("an ensemble cannot be a member of another one: name its members");
            if ((other.Target.Name, other.Target.Unit) != (first.Target.Name, first.Target.Unit) || !other.States.SequenceEqual(first.States))
                throw new ModelException($"{first.Target.Name} [{first.Target.Unit}] and {other.Target.Name} [{other.Target.Unit}] have no mean: the members of an ensemble predict one property in one unit");
        }
        return new ModelFile
        {
            Spec = new ModelSpec(EnsembleKind, 1, [KeyValuePair.Create("members", (object)(long)members.Count)]),
            Target = first.Target with { Scaler = TargetScaler.Identity },
            Parameters = new Dictionary<string, ModelTensor>(),
            Members = members,
            Calibration = calibration,
            Metrics = metrics,
            States = first.States,
            Provenance = new ModelProvenance
            {
                TrainedOn = [.. members.SelectMany(member => member.Provenance.TrainedOn).Distinct()],
                // What one of them has not seen is not known to all.
                Elements = [.. members.Select(member => (IEnumerable<int>)member.Provenance.KnownElements()).Aggregate((known, other) => known.Intersect(other)).Order()],
                Parents = [.. members.SelectMany(member => member.Provenance.Parents).DistinctBy(parent => (parent.ContentHash, parent.Transfer))],
            },
        };
    }

    /// <summary>Kind of a model that is the mean of others.</summary>
    public const string EnsembleKind = "ensemble";

    /// <summary>Refuses a file that this program could not predict with.</summary>
    /// <exception cref="ModelException">The kind is unknown, of another revision, or the parameters are not its own.</exception>
    public void Check(ModelRegistry registry)
    {
        foreach (var member in Members) member.Check(registry);
        Baseline?.Check(registry);
        if (Members.Count > 0) return;
        registry.Check(Spec);
        if (registry[Spec.Kind] is IFittedFamily family) family.Load(Spec, Parameters);
        else CreateModel(registry);
    }

    /// <summary>Builds the network and checks that the parameters are its own.</summary>
    /// <exception cref="ModelException">The kind is unknown or no network, of another revision, or names and shapes differ.</exception>
    public IModel CreateModel(ModelRegistry registry)
    {
        if (Members.Count > 0) throw new ModelException("an ensemble has no layers or weights of its own: name one of its members");
        var model = registry.Create(Spec);
        ModelParameters.Check(model, Parameters, "the model file");
        return model;
    }

    /// <summary>The parameters on a device.</summary>
    /// <param name="model">Made by <see cref="CreateModel"/>.</param>
    /// <param name="kernels">Where.</param>
    /// <exception cref="ModelException">The model is not this file's.</exception>
    public ParameterSet CreateParameters(IModel model, IKernels kernels)
    {
        ModelParameters.Check(model, Parameters, "the model file");
        var parameters = new ParameterSet(kernels, model.Parameters);
        foreach (var (name, tensor) in Parameters) parameters.Import(name, tensor.Values);
        return parameters;
    }

    /// <summary>This model as the parent whose layers another model uses.</summary>
    /// <exception cref="ModelException">The kind is unknown, of another revision, or names and shapes differ.</exception>
    public ParentModel ToParent(ModelRegistry registry, string name) => new(name, CreateModel(registry), ModelParameters.Values(Parameters), ContentHash)
    {
        Output = Baseline is null ? new ParentOutput(Target.Scaler.Mean, Target.Scaler.Deviation, References) : null,
    };

    /// <summary>Writes a file that appears whole or not at all.</summary>
    /// <exception cref="IOException">No space or no permission.</exception>
    public void Write(string path) => AtomicFile.Write(path, WriteTo);

    /// <summary>Writes the file's bytes.</summary>
    public void WriteTo(Stream stream) => ModelFileFormat.Write(this).WriteTo(stream);

    /// <summary>Reads a model file.</summary>
    /// <exception cref="TrainingInputException">The file is missing, damaged, or no model file of this program.</exception>
    public static ModelFile Read(string path)
    {
        try
        {
            return Read(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TrainingInputException($"the model file {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads from memory.</summary>
    /// <exception cref="TrainingInputException">The bytes are damaged, or no model file of this program.</exception>
    public static ModelFile Read(ReadOnlyMemory<byte> bytes, string place) => ModelFileFormat.Read(SafetensorsFile.Read(bytes, place));
}
