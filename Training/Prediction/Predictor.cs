using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Models.Published;
using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>Predicts materials with a trained model, in physical units. An input that cannot be predicted gets a message and harms no other. For one
/// thread.</summary>
public sealed class Predictor : IDisposable
{
    const int ChunkSize = 256;

    readonly ModelFile _file;
    readonly IModelFamily _family;
    readonly TrainedModel _model;
    readonly Func<IKernels> _openKernels;
    readonly IKernels _kernels;
    readonly ParentModel? _parent;
    readonly IReadOnlyList<int> _knownElements;

    /// <summary>Uses a model.</summary>
    /// <param name="name">Name for messages.</param>
    /// <param name="file">The model.</param>
    /// <param name="registry">The known kinds.</param>
    /// <param name="openKernels">Makes kernels; those in use are disposed with the predictor.</param>
    /// <exception cref="ModelException">The model is not one of this program.</exception>
    public Predictor(string name, ModelFile file, ModelRegistry registry, Func<IKernels> openKernels)
    {
        Name = name;
        _file = file;
        _family = registry[file.Spec.Kind];
        _parent = file.FeatureParent?.ToParent(registry);
        var needs = _family.Needs(file.Spec);
        NeedsStructures = needs.HasFlag(ModelNeeds.Structures);
        if (needs.HasFlag(ModelNeeds.Parent) && _parent is null)
            throw new ModelException($"the model '{name}' takes features of a parent, but its file holds none: export it again with its parent");
        _knownElements = file.Provenance.KnownElements();
        _openKernels = openKernels;
        _kernels = openKernels();
        _model = TrainedModel.Open(file, registry, _kernels);
    }

    /// <summary>Name for messages.</summary>
    public string Name { get; }

    /// <summary>Property and unit.</summary>
    public ModelTarget Target => _file.Target;

    /// <summary>Whether formulas are not enough.</summary>
    public bool NeedsStructures { get; }

    /// <summary>Names of the global states that the model distinguishes, such as levels of theory.</summary>
    public IReadOnlyList<string> States => _file.States;

    /// <summary>Opens a model file, or one of the published networks by its name.</summary>
    /// <param name="fileOrName">A path that exists, else a published name such as <c>mp-2019.4.1_formation_energy</c>.</param>
    /// <param name="published">The published networks, where they are at hand.</param>
    /// <param name="registry">The known kinds.</param>
    /// <param name="openKernels">Makes kernels.</param>
    /// <exception cref="InputException">Neither a file nor a name, or the model cannot be used.</exception>
    public static Predictor Open(string fileOrName, PublishedModels? published, ModelRegistry registry, Func<IKernels> openKernels)
    {
        if (File.Exists(fileOrName)) return new Predictor(fileOrName, ModelFile.Read(fileOrName), registry, openKernels);
        if (published is null || fileOrName.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw new TrainingInputException($"there is no model file {fileOrName}"
                + (published is null ? ", and no published models are at hand: set ATOMSETS_DATA to the folder of data sets" : ""));
        return new Predictor(fileOrName, PublishedImport.ToModelFile(published.Open(fileOrName)), registry, openKernels);
    }

    /// <summary>Predicts every input, in order.</summary>
    /// <param name="inputs">Materials.</param>
    /// <param name="state">Global state for models that have them (see <see cref="States"/>).</param>
    /// <param name="cancellation">Looked at between batches.</param>
    /// <exception cref="TrainingInputException">The model has states and <paramref name="state"/> is none of them.</exception>
    public IReadOnlyList<Prediction> Predict(IReadOnlyList<PredictionInput> inputs, int state = 0, CancellationToken cancellation = default)
    {
        if (States.Count > 0 && (uint)state >= (uint)States.Count)
            throw new TrainingInputException($"state {state} is unknown to '{Name}': choose {string.Join(", ", States.Select((name, index) => $"{index} ({name})"))}");
        var results = new Prediction[inputs.Count];
        var rows = new List<int>(ChunkSize);
        for (var start = 0; start < inputs.Count; start += ChunkSize)
        {
            cancellation.ThrowIfCancellationRequested();
            rows.Clear();
            for (var row = start; row < Math.Min(start + ChunkSize, inputs.Count); row++)
            {
                if (ProblemWith(inputs[row]) is { } problem) results[row] = Failed(inputs[row], problem);
                else rows.Add(row);
            }
            PredictChunk(inputs, rows, state, results, cancellation);
        }
        return results;
    }

    public void Dispose()
    {
        _model.Dispose();
        _kernels.Dispose();
    }

    string? ProblemWith(PredictionInput input)
    {
        if (NeedsStructures && input.Crystal is null) return $"'{Name}' needs the crystal structure, a formula is not enough: give a structure file";
        var composition = input.Crystal?.Composition ?? input.Composition;
        if (composition is null) return "there is neither a structure nor a formula";
        if (_knownElements.Count == 0) return null;
        foreach (var amount in composition.Amounts)
            if (!_knownElements.Contains(amount.Element.AtomicNumber)) return $"'{Name}' has never seen the element {amount.Element.Symbol}: choose another model";
        return null;
    }

    void PredictChunk(IReadOnlyList<PredictionInput> inputs, List<int> rows, int state, Prediction[] results, CancellationToken cancellation)
    {
        if (rows.Count == 0) return;
        try
        {
            using var data = Prepare(inputs, rows, state);
            using var source = _family.OpenSource(_file.Spec, data);
            foreach (var refused in source.Refused) results[rows[refused.Row]] = Failed(inputs[rows[refused.Row]], refused.Reason);
            var good = Enumerable.Range(0, rows.Count).Where(row => results[rows[row]] is null).ToArray();
            var values = _model.Predict(source, good, cancellation);
            for (var i = 0; i < good.Length; i++)
            {
                var input = inputs[rows[good[i]]];
                results[rows[good[i]]] = double.IsFinite(values[i])
                    ? new Prediction(input.Label, values[i], Target.Unit, null)
                    : Failed(input, $"the prediction is {values[i]}: the structure lies far outside what the model knows");
            }
        }
        catch (InputException e) when (rows.Count == 1)
        {
            results[rows[0]] = Failed(inputs[rows[0]], e.Message);
        }
        catch (InputException)
        {
            // One of them cannot be prepared: find out which, one by one.
            foreach (var row in rows)
            {
                results[row] = null!;
                PredictChunk(inputs, [row], state, results, cancellation);
            }
        }
    }

    PreparedData Prepare(IReadOnlyList<PredictionInput> inputs, List<int> rows, int state) => NeedsStructures
        ? PreparedData.FromCrystals(
            Name, rows.ConvertAll(row => inputs[row].Crystal!), _openKernels, _parent, Enumerable.Repeat(state, rows.Count).ToArray())
        : PreparedData.FromCompositions(Name, rows.ConvertAll(row => inputs[row].Crystal?.Composition ?? inputs[row].Composition!), _openKernels, _parent);

    Prediction Failed(PredictionInput input, string reason) => new(input.Label, null, Target.Unit, reason);
}
