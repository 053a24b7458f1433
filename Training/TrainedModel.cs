using AtomSets.Models;
using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>A model file ready to predict, whatever kind of model it holds. For one thread; dispose it before the kernels.</summary>
public abstract class TrainedModel : IDisposable
{
    /// <summary>What it predicts.</summary>
    public abstract OutputKind OutputKind { get; }

    /// <summary>Opens a model.</summary>
    /// <param name="file">The model.</param>
    /// <param name="registry">The known kinds.</param>
    /// <param name="kernels">Where a network computes.</param>
    /// <exception cref="ModelException">The kind is unknown, of another revision, or the parameters are not its own.</exception>
    public static TrainedModel Open(ModelFile file, ModelRegistry registry, IKernels kernels)
    {
        if (file.Members.Count > 0) throw new ModelException("an ensemble is several models: open it as such, or name one of its members");
        registry.Check(file.Spec);
        return registry[file.Spec.Kind] is IFittedFamily family
            ? new Fitted(family.OutputKind(file.Spec), family.Load(file.Spec, file.Parameters), file.Target.Scaler)
            : new Network(file, file.CreateModel(registry), kernels) { References = file.References };
    }

    /// <summary>Whether it predicts how far its values may be off.</summary>
    public virtual bool PredictsDeviations => false;

    /// <summary>Predictions of network or fit in the target's unit; probabilities of class 1 for a classifier.</summary>
    /// <param name="source">Opened by the model's family with its spec.</param>
    /// <param name="rows">Rows of the source.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    /// <returns>[rows]</returns>
    public double[] Predict(IBatchSource source, ReadOnlySpan<int> rows, CancellationToken cancellation = default) => Predict(source, rows, [], cancellation);

    /// <summary>As the other overload, with the standard deviation of each prediction.</summary>
    /// <param name="source">Opened by the model's family with its spec.</param>
    /// <param name="rows">Rows of the source.</param>
    /// <param name="deviations">[rows] Overwritten, in the target's unit; empty: none are asked for, as they must not be of a model that predicts none.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    /// <returns>[rows]</returns>
    public abstract double[] Predict(IBatchSource source, ReadOnlySpan<int> rows, Span<double> deviations, CancellationToken cancellation);

    /// <summary>As the other overload, with what the file's element references add.</summary>
    /// <param name="source">Opened by the model's family with its spec from <paramref name="data"/>.</param>
    /// <param name="data">Says what the rows are made of.</param>
    /// <param name="rows">Rows of the source.</param>
    /// <param name="deviations">[rows] Overwritten; empty: none are asked for.</param>
    /// <param name="cancellation">Looked at between batches.</param>
    /// <returns>[rows]</returns>
    public double[] Predict(IBatchSource source, PreparedData data, ReadOnlySpan<int> rows, Span<double> deviations, CancellationToken cancellation = default)
    {
        var predictions = Predict(source, rows, deviations, cancellation);
        if (References is null) return predictions;
        for (var i = 0; i < predictions.Length; i++) predictions[i] += References.Of(data.Composition(rows[i]));
        return predictions;
    }

    public abstract void Dispose();

    ElementReferences? References { get; init; }

    sealed class Network(ModelFile file, IModel model, IKernels kernels) : TrainedModel
    {
        const int BatchSize = 128;

        readonly ParameterSet _parameters = file.CreateParameters(model, kernels);
        Tape? _tape;

        public override OutputKind OutputKind => model.OutputKind;

        public override double[] Predict(IBatchSource source, ReadOnlySpan<int> rows, Span<double> deviations, CancellationToken cancellation)
        {
            if (!deviations.IsEmpty) throw new NotSupportedException("a network predicts no deviations");
            // Its memory is kept from call to call: a stream of materials asks for a few at a time.
            _tape ??= new Tape(kernels, _parameters);
            using var evaluator = new ModelEvaluator(model, source, file.Target.Scaler, BatchSize, _tape, source.Create());
            return evaluator.Predict(rows, cancellation);
        }

        public override void Dispose()
        {
            _tape?.Dispose();
            _parameters.Dispose();
        }
    }

    internal sealed class Fitted(OutputKind kind, IFittedModel model, TargetScaler scaler) : TrainedModel
    {
        // Large enough to share the rows of a training set that is searched, small enough to stop soon.
        const int BatchSize = 256;

        public override OutputKind OutputKind => kind;

        public override bool PredictsDeviations => model.PredictsDeviations;

        public override double[] Predict(IBatchSource source, ReadOnlySpan<int> rows, Span<double> deviations, CancellationToken cancellation)
        {
            var (predictions, batch) = (new double[rows.Length], source.Create());
            for (var start = 0; start < rows.Length; start += BatchSize)
            {
                cancellation.ThrowIfCancellationRequested();
                var part = rows.Slice(start, Math.Min(BatchSize, rows.Length - start));
                source.Fill(batch, part);
                if (deviations.IsEmpty) model.Predict(batch, predictions.AsSpan(start, part.Length));
                else model.Predict(batch, predictions.AsSpan(start, part.Length), deviations.Slice(start, part.Length));
            }
            if (kind == OutputKind.Linear)
            {
                foreach (ref var value in predictions.AsSpan()) value = scaler.Unscale(value);
                foreach (ref var value in deviations) value *= scaler.Deviation;
            }
            return predictions;
        }

        public override void Dispose() { }
    }
}
