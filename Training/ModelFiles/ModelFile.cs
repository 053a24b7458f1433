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

    /// <summary>Names of the global states that the network distinguishes, such as levels of theory, in order.</summary>
    public IReadOnlyList<string> States { get; init; } = [];

    /// <summary>How it was trained; null for imported weights.</summary>
    public TrainSettings? Training { get; init; }

    /// <summary>What it has seen.</summary>
    public ModelProvenance Provenance { get; init; } = new();

    /// <summary>Figures of merit by name, such as <c>validation_mae</c>, in the target's unit.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Version of the program that wrote the file.</summary>
    public string ProgramVersion { get; init; } = typeof(ModelFile).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>Identifies the model: SHA-256 over spec, scaling and all tensors, lower-case hexadecimal. Notes such as metrics do not enter.</summary>
    public string ContentHash
    {
        get
        {
            var identity = FormattableString.Invariant(
                $"{Spec.ToJson()}\n{FeatureParent?.Spec.ToJson()}\n{Target.Scaler.Mean:R} {Target.Scaler.Deviation:R}\n{ModelFileFormat.Tensors(this).DataHash()}");
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));
        }
    }

    /// <summary>Takes the present weights of a model.</summary>
    public static ModelFile From(IModel model, ParameterSet parameters, ModelTarget target) =>
        new() { Spec = model.Spec, Target = target, Parameters = ModelParameters.Export(parameters) };

    /// <summary>Refuses a file that this program could not predict with.</summary>
    /// <exception cref="ModelException">The kind is unknown, of another revision, or the parameters are not its own.</exception>
    public void Check(ModelRegistry registry)
    {
        registry.CheckRevision(Spec);
        if (registry[Spec.Kind] is IFittedFamily family) family.Load(Spec, Parameters);
        else CreateModel(registry);
    }

    /// <summary>Builds the network and checks that the parameters are its own.</summary>
    /// <exception cref="ModelException">The kind is unknown or no network, of another revision, or names and shapes differ.</exception>
    public IModel CreateModel(ModelRegistry registry)
    {
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
    public ParentModel ToParent(ModelRegistry registry, string name) => new(name, CreateModel(registry), ModelParameters.Values(Parameters), ContentHash);

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
