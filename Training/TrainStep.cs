using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>
/// One optimiser step: the batch is split into logical shards, workers compute their gradients, which are added in shard order, clipped and applied.
/// How many workers there are changes the speed, never a bit of the numbers. After the first steps a step makes no garbage.
/// </summary>
public sealed class TrainStep : IDisposable
{
    readonly TrainInputs _inputs;
    readonly TrainSettings _settings;
    readonly IGradientExchange? _exchange;
    readonly TimeProvider? _time;
    readonly WorkerTeam _team;
    readonly ShardWorker[] _workers;
    readonly ShardSplit _split;
    readonly ShardedUpdate? _update;
    readonly IOptimizer _optimizer;
    readonly ulong[] _dropoutSeeds;
    readonly Action<int> _compute, _predict;
    readonly int[] _wave;
    readonly double[] _losses, _shares, _allShares;
    int _inWave;
    double _loss;
    long _stepNumber;
    int[] _predictRows = [];
    double[] _predictions = [];

    /// <param name="inputs">What to train.</param>
    /// <param name="scaler">Scales the targets.</param>
    /// <param name="helpers">Kernels of further workers, see <see cref="TrainOptions.Helpers"/>; more than there are shards are left idle.</param>
    /// <param name="exchange">See <see cref="TrainOptions.Exchange"/>.</param>
    /// <param name="time">For <see cref="AveragingTime"/>; null: nothing is timed.</param>
    public TrainStep(
        TrainInputs inputs, TargetScaler scaler, IReadOnlyList<IKernels>? helpers = null, IGradientExchange? exchange = null, TimeProvider? time = null)
    {
        _time = time;
        _inputs = inputs;
        _settings = inputs.Settings;
        _exchange = exchange;
        var (parameters, shards) = (inputs.Parameters, _settings.StepShards());
        IKernels[] kernels = [parameters.Kernels, .. (helpers ?? []).Take(_settings.Shards - 1)];
        _optimizer = _settings.Optimizer == OptimizerKind.Sgd
            ? new Sgd(_settings.LearningRate, _settings.Momentum, _settings.WeightDecay)
            : new Adam(_settings.LearningRate, _settings.Beta1, _settings.Beta2, _settings.Epsilon, _settings.WeightDecay);
        _workers = shards == 1
            ? [new ShardWorker(inputs, scaler, parameters)]
            : [.. kernels.Select(own => new ShardWorker(inputs, scaler, parameters.Share(own)))];
        _team = new WorkerTeam(_workers.Length);
        _split = new ShardSplit(inputs.Source, Math.Min(_settings.StepRows, inputs.TrainRows.Length), shards);
        if (shards > 1) _update = new ShardedUpdate(parameters, _settings, _optimizer, _team, _workers);
        _dropoutSeeds = new ulong[shards];
        for (var shard = 0; shard < shards; shard++) _dropoutSeeds[shard] = KeyedRandom.For(inputs.Seed, "dropout-of-shard", (ulong)shard).Key;
        _wave = new int[_workers.Length];
        _losses = new double[_workers.Length];
        _shares = new double[_workers.Length];
        _allShares = new double[shards];
        (_compute, _predict) = (ComputeShard, PredictBatches);
    }

    /// <summary>Workers that compute, the calling thread included.</summary>
    public int Workers => _workers.Length;

    /// <summary>Time spent on adding up the workers' gradients, over all steps.</summary>
    public TimeSpan AveragingTime { get; private set; }

    /// <summary>Steps once. When the loss or the gradient is not finite nothing is applied.</summary>
    /// <param name="rows">The batch: rows of the source.</param>
    /// <param name="step">Steps before this one; keys the dropout masks.</param>
    /// <param name="learningRate">Learning rate of this step.</param>
    /// <returns>The batch's mean loss, or what was not finite.</returns>
    public double Run(ReadOnlySpan<int> rows, long step, double learningRate)
    {
        var loss = Gradient(rows, step);
        if (!double.IsFinite(loss)) return loss;
        var norm = Apply(learningRate);
        return double.IsFinite(norm) ? loss : norm;
    }

    /// <summary>Puts the gradient of the batch's mean loss, before clipping, into <see cref="ParameterSet.Gradients"/>.</summary>
    /// <returns>The mean loss.</returns>
    public double Gradient(ReadOnlySpan<int> rows, long step)
    {
        _stepNumber = step;
        _split.Take(rows);
        if (_exchange is not null)
        {
            for (var shard = 0; shard < _split.Count; shard++) _allShares[shard] = _split.Share(shard);
            _exchange.Begin(step, _allShares.AsSpan(0, _split.Count));
        }
        var computed = 0;
        (_inWave, _loss) = (0, 0);
        for (var shard = 0; shard < _split.Count; shard++)
        {
            if (_exchange is null || _exchange.Computes(shard)) _wave[_inWave++] = shard;
            var isLast = shard == _split.Count - 1;
            if (_inWave == 0 || (_inWave < _workers.Length && !isLast)) continue;
            Wave(isFirst: computed == 0);
            computed += _inWave;
            _inWave = 0;
        }
        if (_exchange is null) return _loss;
        var total = _exchange.Complete(_inputs.Parameters);
        _update?.TakeSum();
        return total;
    }

    /// <summary>Predicts rows in batches, as <see cref="ModelEvaluator"/> does, the batches in turn by the workers of all processes.</summary>
    public void Predict(int[] rows, double[] predictions)
    {
        (_predictRows, _predictions) = (rows, predictions);
        _team.Run(_predict);
        _exchange?.Gather(predictions, _settings.BatchSize);
    }

    public void Dispose()
    {
        _team.Dispose();
        _update?.Dispose();
        foreach (var worker in _workers) worker.Dispose();
    }

    internal ModelEvaluator Evaluator => _workers[0].Evaluator;

    /// <summary>Each worker computes one shard; then the shards are added, in order.</summary>
    void Wave(bool isFirst)
    {
        for (var i = 0; i < _inWave; i++) _shares[i] = _split.Share(_wave[i]);
        _team.Run(_compute);
        for (var i = 0; i < _inWave; i++)
        {
            _loss += _shares[i] * _losses[i];
            _exchange?.Add(_wave[i], _losses[i], _workers[i].Parameters);
        }
        if (_exchange is not null || _update is null) return;
        var began = _time?.GetTimestamp();
        _update.Add(_shares, _inWave, isFirst);
        if (began is { } start) AveragingTime += _time!.GetElapsedTime(start);
    }

    void ComputeShard(int worker)
    {
        if (worker >= _inWave) return;
        var shard = _wave[worker];
        _losses[worker] = _workers[worker].Compute(_split.Rows(shard), _dropoutSeeds[shard], _stepNumber);
    }

    void PredictBatches(int worker)
    {
        var (batch, own) = (0, 0);
        for (var start = 0; start < _predictRows.Length; start += _settings.BatchSize, batch++)
        {
            if (_exchange?.Predicts(batch) == false || own++ % _workers.Length != worker) continue;
            var count = Math.Min(_settings.BatchSize, _predictRows.Length - start);
            _workers[worker].Evaluator.Predict(_predictRows.AsSpan(start, count), _predictions.AsSpan(start, count));
        }
    }

    double Apply(double learningRate)
    {
        if (_update is not null) return _update.Apply(learningRate);
        var parameters = _inputs.Parameters;
        var norm = _settings.Clip switch
        {
            ClipKind.Global => GradientClipping.ByGlobalNorm(parameters, _settings.ClipNorm),
            ClipKind.PerTensor => GradientClipping.ByTensorNorm(parameters, _settings.ClipNorm),
            _ => 0,
        };
        if (!double.IsFinite(norm)) return norm;
        _optimizer.LearningRate = learningRate;
        _optimizer.Step(parameters);
        return norm;
    }
}
