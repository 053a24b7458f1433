using AtomSets.Models;
using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>What one thread needs to compute gradients: tape, batch, and parameters whose gradients are its own.</summary>
sealed class ShardWorker : IDisposable
{
    readonly TrainInputs _inputs;
    readonly TargetScaler _scaler;
    readonly Loss _loss;
    readonly Tape _tape;
    readonly IBatch _batch;
    readonly double[] _targets;

    public ShardWorker(TrainInputs inputs, TargetScaler scaler, ParameterSet parameters)
    {
        (_inputs, _scaler) = (inputs, scaler);
        _loss = TrainChecks.LossOf(inputs.Settings.Loss, inputs.Model.OutputKind);
        Parameters = parameters;
        _tape = new Tape(parameters.Kernels, parameters);
        _batch = inputs.Source.Create();
        _targets = new double[Math.Min(inputs.Settings.StepRows, inputs.TrainRows.Length)];
        Evaluator = new ModelEvaluator(inputs.Model, inputs.Source, scaler, inputs.Settings.BatchSize, _tape, _batch);
    }

    /// <summary>Holds the gradient of the last shard.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>Predicts with the same tape and batch, between shards.</summary>
    public ModelEvaluator Evaluator { get; }

    /// <summary>Puts the gradient of the rows' mean loss into <see cref="Parameters"/>.</summary>
    /// <returns>The mean loss.</returns>
    public double Compute(ReadOnlySpan<int> rows, ulong dropoutSeed, long step)
    {
        _tape.Reset(training: true, dropoutSeed, (ulong)step);
        _inputs.Source.Fill(_batch, rows);
        var prediction = _loss is Loss.RobustAbsolute or Loss.RobustSquared
            ? ((IDeviationModel)_inputs.Model).ForwardWithDeviation(_tape, _batch)
            : _inputs.Model.Forward(_tape, _batch);
        for (var i = 0; i < rows.Length; i++) _targets[i] = _scaler.Scale(_inputs.Targets[rows[i]]);
        var target = _tape.Input(_targets.AsSpan(0, rows.Length), rows.Length, 1);
        var loss = _tape.MeanLoss(_loss, prediction, target, weights: null, _inputs.Settings.HuberDelta);
        _tape.Backward(loss, fresh: true);
        return _tape.Scalar(loss);
    }

    public void Dispose()
    {
        _tape.Dispose();
        if (!ReferenceEquals(Parameters, _inputs.Parameters)) Parameters.Dispose();
    }
}
