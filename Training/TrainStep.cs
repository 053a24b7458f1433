using AtomSets.Models;
using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>One optimiser step: shards forward and backward, gradients added, clipped, applied.</summary>
sealed class TrainStep : IDisposable
{
    readonly TrainInputs _inputs;
    readonly TrainSettings _settings;
    readonly TargetScaler _scaler;
    readonly IGradientExchange _exchange;
    readonly LocalGradientExchange? _ownExchange;
    readonly Tape _tape;
    readonly IBatch _batch;
    readonly Adam _optimizer;
    readonly Loss _loss;
    readonly ulong[] _dropoutSeeds;
    readonly double[] _targets;

    public TrainStep(TrainInputs inputs, TargetScaler scaler, IGradientExchange? exchange)
    {
        _inputs = inputs;
        _settings = inputs.Settings;
        _scaler = scaler;
        _exchange = exchange ?? (_ownExchange = new LocalGradientExchange());
        _tape = new Tape(inputs.Parameters.Kernels, inputs.Parameters);
        _batch = inputs.Source.Create();
        _optimizer = new Adam(_settings.LearningRate, _settings.Beta1, _settings.Beta2, _settings.Epsilon, _settings.WeightDecay);
        _loss = TrainChecks.LossOf(_settings.Loss, inputs.Model.OutputKind);
        _targets = new double[Math.Min(_settings.BatchSize, inputs.TrainRows.Length)];
        _dropoutSeeds = new ulong[_settings.Shards];
        for (var shard = 0; shard < _dropoutSeeds.Length; shard++) _dropoutSeeds[shard] = KeyedRandom.For(inputs.Seed, "dropout-of-shard", (ulong)shard).Key;
    }

    public ModelEvaluator Evaluator() => new(_inputs.Model, _inputs.Source, _scaler, _settings.BatchSize, _tape, _batch);

    /// <summary>Returns the batch's mean loss; when that or the gradient is not finite nothing is applied and the result is not finite.</summary>
    public double Run(ReadOnlySpan<int> rows, long step, double learningRate)
    {
        var parameters = _inputs.Parameters;
        var shards = Math.Min(_settings.Shards, rows.Length);
        _exchange.Begin(step, shards);
        for (var shard = 0; shard < shards; shard++)
        {
            if (!_exchange.Computes(shard)) continue;
            var from = (int)((long)rows.Length * shard / shards);
            var to = (int)((long)rows.Length * (shard + 1) / shards);
            var loss = Shard(rows[from..to], shard, step);
            _exchange.Add(shard, (double)(to - from) / rows.Length, loss, parameters);
        }
        var total = _exchange.Complete(parameters);
        if (!double.IsFinite(total)) return total;
        var norm = _settings.Clip switch
        {
            ClipKind.Global => GradientClipping.ByGlobalNorm(parameters, _settings.ClipNorm),
            ClipKind.PerTensor => GradientClipping.ByTensorNorm(parameters, _settings.ClipNorm),
            _ => 0,
        };
        if (!double.IsFinite(norm)) return norm;
        _optimizer.LearningRate = learningRate;
        _optimizer.Step(parameters);
        return total;
    }

    public void Dispose()
    {
        _tape.Dispose();
        _ownExchange?.Dispose();
    }

    double Shard(ReadOnlySpan<int> rows, int shard, long step)
    {
        _inputs.Parameters.ZeroGradients();
        _tape.Reset(training: true, _dropoutSeeds[shard], (ulong)step);
        _inputs.Source.Fill(_batch, rows);
        var prediction = _inputs.Model.Forward(_tape, _batch);
        for (var i = 0; i < rows.Length; i++) _targets[i] = _scaler.Scale(_inputs.Targets[rows[i]]);
        var target = _tape.Input(_targets.AsSpan(0, rows.Length), rows.Length, 1);
        var loss = _tape.MeanLoss(_loss, prediction, target, weights: null, _settings.HuberDelta);
        _tape.Backward(loss);
        return _tape.Scalar(loss);
    }
}
