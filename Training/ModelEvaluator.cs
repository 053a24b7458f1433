using AtomSets.Models;
using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>Predicts rows of a source in batches, in physical units. One thread; reuse it for many calls.</summary>
public sealed class ModelEvaluator : IDisposable
{
    readonly IModel _model;
    readonly IBatchSource _source;
    readonly TargetScaler _scaler;
    readonly Tape _tape;
    readonly IBatch _batch;
    readonly bool _ownsTape;
    readonly int _batchSize;
    double[] _scratch = [];

    public ModelEvaluator(IModel model, ParameterSet parameters, IBatchSource source, TargetScaler scaler, int batchSize = 128)
        : this(model, source, scaler, batchSize, new Tape(parameters.Kernels, parameters), source.Create()) => _ownsTape = true;

    /// <summary>Shares a trainer's tape and batch between its steps.</summary>
    internal ModelEvaluator(IModel model, IBatchSource source, TargetScaler scaler, int batchSize, Tape tape, IBatch batch)
    {
        (_model, _source, _scaler, _tape, _batch) = (model, source, scaler, tape, batch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        _batchSize = batchSize;
    }

    /// <summary>Predictions of the first output column, in the target's unit; probabilities of class 1 for a classifier.</summary>
    /// <param name="rows">Rows of the source.</param>
    /// <param name="predictions">[rows]</param>
    /// <param name="cancellation">Looked at between batches.</param>
    public void Predict(ReadOnlySpan<int> rows, Span<double> predictions, CancellationToken cancellation = default)
    {
        if (predictions.Length != rows.Length) throw new ArgumentException($"{rows.Length} rows but room for {predictions.Length} predictions", nameof(predictions));
        var outputs = _model.Outputs;
        var wanted = Math.Min(_batchSize, rows.Length) * outputs;
        if (_scratch.Length < wanted) _scratch = new double[wanted];
        for (var start = 0; start < rows.Length; start += _batchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            var part = rows.Slice(start, Math.Min(_batchSize, rows.Length - start));
            _tape.Reset(training: false);
            _source.Fill(_batch, part);
            var read = _scratch.AsSpan(0, part.Length * outputs);
            _tape.Read(_model.Forward(_tape, _batch), read);
            for (var i = 0; i < part.Length; i++) predictions[start + i] = ToPhysical(read[i * outputs]);
        }
    }

    /// <summary>As the other overload, into a new array.</summary>
    public double[] Predict(ReadOnlySpan<int> rows, CancellationToken cancellation = default)
    {
        var predictions = new double[rows.Length];
        Predict(rows, predictions, cancellation);
        return predictions;
    }

    public void Dispose()
    {
        if (_ownsTape) _tape.Dispose();
    }

    double ToPhysical(double output) => _model.OutputKind == OutputKind.Probability ? 1 / (1 + Math.Exp(-output)) : _scaler.Unscale(output);
}
