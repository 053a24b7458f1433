using AtomSets.Models;
using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>Trains a model, on one worker or with helpers: deterministic, resumable. After the first steps a step makes no garbage.</summary>
/// <remarks>Rows are shuffled anew in each epoch by (seed, epoch); the best weights by validation error are kept and put back at the end.</remarks>
public sealed class Trainer : IDisposable
{
    const int MostHalvings = 10;

    readonly TrainInputs _inputs;
    readonly TrainOptions _options;
    readonly TrainSettings _settings;
    readonly ParameterSet _parameters;
    readonly IKernels _kernels;
    readonly TrainStep _step;
    readonly LearningRateSchedule _schedule;
    readonly RateGroups _rates;
    readonly string _fingerprint;
    readonly int[] _order;
    readonly int _stepsPerEpoch;
    readonly DeviceMemory _best;
    readonly double[] _validationPredictions, _validationTargets;
    TrainState _state = new();
    long _epochStart, _lastCheckpoint;
    bool _resumed, _ran;

    /// <summary>Checks the inputs; nothing is computed yet.</summary>
    /// <exception cref="TrainingInputException">Rows, targets, loss or frozen parts do not allow training.</exception>
    public Trainer(TrainInputs inputs, TrainOptions? options = null)
    {
        TrainChecks.Check(inputs);
        _inputs = inputs;
        _options = options ?? new TrainOptions();
        _settings = inputs.Settings;
        _parameters = inputs.Parameters;
        _kernels = _parameters.Kernels;
        var isProbability = inputs.Model.OutputKind == OutputKind.Probability;
        Scaler = inputs.Scaler
            ?? (isProbability || _settings.Scaling == ScalingKind.None ? TargetScaler.Identity : TargetScaler.Standard(inputs.Targets, inputs.TrainRows));
        _rates = new RateGroups(inputs);
        _fingerprint = TrainFingerprint.Of(inputs, Scaler);
        _order = new int[inputs.TrainRows.Length];
        _stepsPerEpoch = (inputs.TrainRows.Length + _settings.StepRows - 1) / _settings.StepRows;
        _schedule = new LearningRateSchedule(_settings, _stepsPerEpoch);
        _step = new TrainStep(inputs, Scaler, _options.Helpers, _options.Exchange);
        _best = _kernels.Allocate(inputs.Model.Parameters.TotalLength);
        _validationPredictions = new double[inputs.ValidationRows.Length];
        _validationTargets = Array.ConvertAll(inputs.ValidationRows, row => inputs.Targets[row]);
    }

    /// <summary>Target scaling of this training.</summary>
    public TargetScaler Scaler { get; }

    /// <summary>Hash of what decides the numbers, first weights excepted: trainings that share their shards must have the same.</summary>
    public string Fingerprint => _fingerprint;

    /// <summary>Puts the training where the checkpoint was taken; call it before <see cref="Run"/>.</summary>
    /// <exception cref="TrainingInputException">The checkpoint belongs to another training.</exception>
    public void Resume(TrainCheckpoint checkpoint)
    {
        if (_ran) throw new InvalidOperationException("the training has run already: make a new trainer to resume");
        if (checkpoint.Fingerprint != _fingerprint)
            throw new TrainingInputException("the checkpoint belongs to another training (model, settings, seed, rows, targets, frozen parts or kind of device "
                + "differ): delete it to train from the start");
        checkpoint.Values.Upload(_kernels, _parameters.Values);
        checkpoint.Best.Upload(_kernels, _best.Span);
        checkpoint.FirstMoments.Upload(_kernels, _parameters.FirstMoments);
        checkpoint.SecondMoments.Upload(_kernels, _parameters.SecondMoments);
        _state = TrainState.From(checkpoint.State.ToWholeNumbers(), checkpoint.State.ToNumbers());
        _state.History.AddRange(checkpoint.State.History);
        _parameters.Steps = _state.OptimizerSteps;
        _resumed = true;
    }

    /// <summary>Trains to the end, once. Afterwards the parameters hold the best weights.</summary>
    /// <param name="cancellation">Looked at before every step; a last checkpoint is handed out before the training ends as
    /// <see cref="StopReason.Cancelled"/>.</param>
    /// <exception cref="OperationCanceledException">At an epoch's end the others of <see cref="TrainOptions.Exchange"/> had gone; within an epoch that
    /// counts as cancelled.</exception>
    /// <exception cref="TrainingDivergedException">The loss is not finite and the settings do not allow to go on.</exception>
    public TrainOutcome Run(CancellationToken cancellation = default)
    {
        if (_ran) throw new InvalidOperationException("a trainer runs once: make a new one");
        _ran = true;
        if (!_resumed) Start();
        _lastCheckpoint = _options.Time.GetTimestamp();
        var reason = StopReason.Cap;
        while (_state.Epoch < _settings.Epochs)
        {
            if (_state.Waited >= _settings.Patience && _state.Epoch >= _settings.MinEpochs)
            {
                reason = StopReason.Plateau;
                break;
            }
            if (_state.Epoch >= _options.PauseAfter)
            {
                reason = StopReason.Paused;
                break;
            }
            if (!TrainEpoch(cancellation))
            {
                reason = StopReason.Cancelled;
                Checkpoint();
                break;
            }
        }
        var paused = _options.PauseAfter is null ? null : Snapshot();
        if (_inputs.ValidationRows.Length > 0) _kernels.Copy(_best.Span, _parameters.Values);
        return new TrainOutcome
        {
            StopReason = reason,
            Epochs = _state.Epoch,
            BestEpoch = _inputs.ValidationRows.Length > 0 ? _state.BestEpoch : _state.Epoch,
            BestValidationError = _state.Best,
            Scaler = Scaler,
            History = _state.History.ToArray(),
            Checkpoint = paused,
            Halvings = _state.Halvings,
        };
    }

    /// <summary>Predictions with the present weights, in the target's unit.</summary>
    public double[] Predict(ReadOnlySpan<int> rows, CancellationToken cancellation = default) => _step.Evaluator.Predict(rows, cancellation);

    public void Dispose()
    {
        _step.Dispose();
        _best.Dispose();
    }

    void Start()
    {
        _kernels.Copy(_parameters.Values, _best.Span);
        _kernels.Fill(_parameters.FirstMoments, 0);
        _kernels.Fill(_parameters.SecondMoments, 0);
        _parameters.Steps = 0;
    }

    /// <summary>Trains (the rest of) one epoch; false when cancelled within.</summary>
    bool TrainEpoch(CancellationToken cancellation)
    {
        _epochStart = _options.Time.GetTimestamp();
        _inputs.TrainRows.CopyTo(_order, 0);
        KeyedRandom.For(_inputs.Seed, "shuffle", (ulong)_state.Epoch).Shuffle(_order.AsSpan());
        _rates.Begin(_state.Epoch);
        double rate = 0;
        while (_state.StepInEpoch < _stepsPerEpoch)
        {
            if (cancellation.IsCancellationRequested) return Interrupted();
            rate = _schedule.Rate(_state, _state.Epoch, _state.StepInEpoch);
            try
            {
                if (!Step(rate)) break;
            }
            catch (OperationCanceledException)
            {
                // While waiting for other processes: nothing of this step was applied.
                return Interrupted();
            }
            if (_state.StepInEpoch == _stepsPerEpoch) break;
            if (_state.StepInEpoch % _options.ProgressSteps == 0) Report();
            if (_options.Checkpoints is not null && _options.Time.GetElapsedTime(_lastCheckpoint) >= _options.CheckpointInterval) Checkpoint(midEpoch: true);
        }
        EndEpoch(rate);
        return true;
    }

    bool Interrupted()
    {
        _state.EpochSeconds += _options.Time.GetElapsedTime(_epochStart).TotalSeconds;
        return false;
    }

    /// <summary>One optimiser step; false when the loss was not finite and the settings allow to go on with the next epoch.</summary>
    bool Step(double rate)
    {
        var start = _state.StepInEpoch * _settings.StepRows;
        var rows = _order.AsSpan(start, Math.Min(_settings.StepRows, _order.Length - start));
        var loss = _step.Run(rows, _state.Steps, rate);
        _state.OptimizerSteps = _parameters.Steps;
        if (!double.IsFinite(loss)) return Diverged(loss, rate);
        _state.LossSum += loss * rows.Length;
        _state.LossRows += rows.Length;
        _state.StepInEpoch++;
        _state.Steps++;
        return true;
    }

    bool Diverged(double loss, double rate)
    {
        var place = FormattableString.Invariant($"the loss is {loss} in epoch {_state.Epoch + 1}, step {_state.StepInEpoch + 1}, at the learning rate {rate:g4}");
        if (_settings.OnNan == NanPolicy.Fail)
            throw new TrainingDivergedException($"{place}: lower learning_rate, set clip_norm, or set on_nan: halve", _state.Epoch + 1, _state.Steps);
        if (_state.Halvings == MostHalvings)
            throw new TrainingDivergedException($"{place}, after {MostHalvings} halvings: check the targets for outliers and the inputs for errors", _state.Epoch + 1, _state.Steps);
        _kernels.Copy(_best.Span, _parameters.Values);
        _kernels.Fill(_parameters.FirstMoments, 0);
        _kernels.Fill(_parameters.SecondMoments, 0);
        _parameters.Steps = _state.OptimizerSteps = 0;
        _state.Halvings++;
        _state.NanFactor /= 2;
        _state.Steps++;
        _state.LossSum = double.NaN;
        return false;
    }

    void EndEpoch(double rate)
    {
        var error = ValidationError();
        _schedule.EpochEnded(_state, error);
        if (error < _state.Best)
        {
            _state.Best = error;
            _state.BestEpoch = _state.Epoch + 1;
            _kernels.Copy(_parameters.Values, _best.Span);
        }
        if (error < _state.Reference * (1 - _settings.MinImprovement))
        {
            _state.Reference = error;
            _state.Waited = 0;
        }
        else if (_inputs.ValidationRows.Length > 0)
        {
            _state.Waited++;
        }
        var seconds = _state.EpochSeconds + _options.Time.GetElapsedTime(_epochStart).TotalSeconds;
        var row = new EpochRow(_state.Epoch + 1, _state.LossSum / Math.Max(1, _state.LossRows), error, rate, seconds);
        _state.History.Add(row);
        _state.Epoch++;
        _state.StepInEpoch = 0;
        _state.LossRows = 0;
        _state.LossSum = 0;
        _state.EpochSeconds = 0;
        _options.Observer?.EpochEnded(row);
        if (_options.CheckpointEveryEpoch || _options.Time.GetElapsedTime(_lastCheckpoint) >= _options.CheckpointInterval) Checkpoint();
    }

    double ValidationError()
    {
        if (_validationTargets.Length == 0) return double.NaN;
        _step.Predict(_inputs.ValidationRows, _validationPredictions);
        return Criterion.ErrorOf(_settings.Criterion, _inputs.Model.OutputKind, _validationPredictions, _validationTargets);
    }

    void Report()
    {
        if (_options.Observer is null) return;
        // Time before a checkpoint within the epoch, or before an interruption, is in EpochSeconds.
        var seconds = _state.EpochSeconds + _options.Time.GetElapsedTime(_epochStart).TotalSeconds;
        _options.Observer.Progressed(new TrainProgress(
            _state.Epoch + 1, _settings.Epochs, _state.StepInEpoch, _stepsPerEpoch, _state.LossSum / Math.Max(1, _state.LossRows),
            seconds > 0 ? _state.LossRows / seconds : 0, _state.Best, _state.Waited));
    }

    void Checkpoint(bool midEpoch = false)
    {
        if (_options.Checkpoints is null) return;
        if (midEpoch)
        {
            _state.EpochSeconds += _options.Time.GetElapsedTime(_epochStart).TotalSeconds;
            _epochStart = _options.Time.GetTimestamp();
        }
        _options.Checkpoints.Save(Snapshot());
        _lastCheckpoint = _options.Time.GetTimestamp();
    }

    TrainCheckpoint Snapshot() => new(
        _fingerprint, _state, FlatNumbers.Download(_kernels, _parameters.Values), FlatNumbers.Download(_kernels, _best.Span),
        FlatNumbers.Download(_kernels, _parameters.FirstMoments), FlatNumbers.Download(_kernels, _parameters.SecondMoments));
}
