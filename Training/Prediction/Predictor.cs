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

    /// <summary>Atoms that are predicted at once: what a pass takes of memory grows with them, and large cells are no faster together.</summary>
    const int MostAtoms = 4096;

    readonly ModelFile _file;
    readonly RowModel _model;
    readonly Func<IKernels> _openKernels;
    readonly IKernels _kernels;
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
        _knownElements = file.Provenance.KnownElements();
        _openKernels = openKernels;
        _kernels = openKernels();
        _model = RowModel.Open(file, registry, _kernels);
        NeedsStructures = _model.Needs.HasFlag(ModelNeeds.Structures);
        if (file.Parts.Any(part => part.FeatureParent is null && registry[part.Spec.Kind].Needs(part.Spec).HasFlag(ModelNeeds.Parent)))
            throw new ModelException($"the model '{name}' takes features of a parent, but its file holds none: export it again with its parent");
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

    /// <summary>Models whose mean is the prediction.</summary>
    public int Members => _file.Parts.Count;

    /// <summary>Whether predictions have a <see cref="Prediction.Deviation"/>.</summary>
    public bool HasDeviations => _model.HasDeviations;

    /// <summary>Why the model gives no intervals of a level, or null where it does.</summary>
    public string? IntervalProblem(double level) => _model.OutputKind == OutputKind.Probability
        ? $"'{Name}' predicts a probability, which has no interval"
        : _file.Calibration is not { } calibration
        ? $"'{Name}' carries no errors on validation rows{(_file.Training is null && _file.Members.Count == 0 ? ", as published and imported weights do not" : "")}: it gives values without intervals"
        : calibration.Rows < Calibration.RowsFor(level)
        ? FormattableString.Invariant($"'{Name}' was calibrated on {calibration.Rows} validation rows; intervals of {level:P0} need {Calibration.RowsFor(level)}")
        : null;

    /// <summary>Predicts every input, in order, without intervals.</summary>
    /// <param name="inputs">Materials.</param>
    /// <param name="state">Global state for models that have them (see <see cref="States"/>).</param>
    /// <param name="cancellation">Looked at between batches.</param>
    /// <exception cref="TrainingInputException">The model has states and <paramref name="state"/> is none of them.</exception>
    public IReadOnlyList<Prediction> Predict(IReadOnlyList<PredictionInput> inputs, int state = 0, CancellationToken cancellation = default) =>
        Predict(inputs, new PredictionOptions { State = state }, cancellation);

    /// <summary>Predicts every input, in order.</summary>
    /// <param name="inputs">Materials.</param>
    /// <param name="options">State and interval; a model without intervals gives values alone (see <see cref="IntervalProblem"/>).</param>
    /// <param name="cancellation">Looked at between batches.</param>
    /// <exception cref="TrainingInputException">The model has states and the state is none of them, or the level is none.</exception>
    public IReadOnlyList<Prediction> Predict(IReadOnlyList<PredictionInput> inputs, PredictionOptions options, CancellationToken cancellation = default)
    {
        if (States.Count > 0 && (uint)options.State >= (uint)States.Count)
            throw new TrainingInputException($"state {options.State} is unknown to '{Name}': choose {string.Join(", ", States.Select((name, index) => $"{index} ({name})"))}");
        if (options.Interval is { } level && !(level is > 0 and < 1)) throw new TrainingInputException(FormattableString.Invariant($"an interval of {level} is none: give a level above 0 and below 1, such as 0.9"));
        var results = new Prediction[inputs.Count];
        var rows = new List<int>(ChunkSize);
        var atoms = 0;
        for (var row = 0; row < inputs.Count; row++)
        {
            if (ProblemWith(inputs[row]) is { } problem)
            {
                results[row] = Failed(inputs[row], problem);
                continue;
            }
            var more = inputs[row].Crystal?.AtomCount ?? 0;
            if (rows.Count == ChunkSize || (rows.Count > 0 && atoms + more > MostAtoms)) Flush();
            rows.Add(row);
            atoms += more;
        }
        Flush();
        return results;

        void Flush()
        {
            cancellation.ThrowIfCancellationRequested();
            PredictChunk(inputs, rows, options, results, cancellation);
            rows.Clear();
            atoms = 0;
        }
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

    void PredictChunk(IReadOnlyList<PredictionInput> inputs, List<int> rows, PredictionOptions options, Prediction[] results, CancellationToken cancellation)
    {
        if (rows.Count == 0) return;
        var data = new List<PreparedData>();
        try
        {
            using var source = _model.OpenInputs(parent =>
            {
                data.Add(Prepare(inputs, rows, options.State, parent));
                return data[^1];
            });
            foreach (var refused in source.Refused) results[rows[refused.Row]] = Failed(inputs[rows[refused.Row]], refused.Reason);
            var good = Enumerable.Range(0, rows.Count).Where(row => results[rows[row]] is null).ToArray();
            var values = source.PredictMeans(good, cancellation);
            for (var i = 0; i < good.Length; i++) results[rows[good[i]]] = Answer(inputs[rows[good[i]]], values[i], options);
        }
        catch (Exception e) when (rows.Count == 1 && e is not OperationCanceledException)
        {
            // Whatever is wrong with one material is told in its row, and keeps no other from its value.
            results[rows[0]] = Failed(inputs[rows[0]], e is InputException ? e.Message : $"it cannot be computed: {e.Message}");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // One of them cannot be prepared: find out which, one by one.
            foreach (var row in rows)
            {
                results[row] = null!;
                PredictChunk(inputs, [row], options, results, cancellation);
            }
        }
        finally
        {
            foreach (var prepared in data) prepared.Dispose();
        }
    }

    Prediction Answer(PredictionInput input, MeanPrediction mean, PredictionOptions options)
    {
        var (_, _, value, spread, _) = mean;
        if (!double.IsFinite(value)) return Failed(input, $"the prediction is {value}: the structure lies far outside what the model knows");
        var prediction = new Prediction(input.Label, value, Target.Unit, null) { Deviation = HasDeviations ? spread : null };
        if (options.Interval is not { } level || _file.Calibration is not { } calibration || _model.OutputKind == OutputKind.Probability) return prediction;
        var known = double.IsNaN(spread) ? 0 : spread;
        prediction = prediction with { StandardError = calibration.StandardError(known) };
        return calibration.HalfWidth(level, known) is var half && double.IsFinite(half) ? prediction with { Low = value - half, High = value + half } : prediction;
    }

    PreparedData Prepare(IReadOnlyList<PredictionInput> inputs, List<int> rows, int state, ParentModel? parent) => NeedsStructures
        ? PreparedData.FromCrystals(
            Name, rows.ConvertAll(row => inputs[row].Crystal!), _openKernels, parent, Enumerable.Repeat(state, rows.Count).ToArray())
        : PreparedData.FromCompositions(Name, rows.ConvertAll(row => inputs[row].Crystal?.Composition ?? inputs[row].Composition!), _openKernels, parent);

    Prediction Failed(PredictionInput input, string reason) => new(input.Label, null, Target.Unit, reason);
}
