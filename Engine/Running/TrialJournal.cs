using AtomSets.Studies;
using AtomSets.Training;

namespace AtomSets.Engine;

/// <summary>
/// Writes a running trial's epochs and checkpoints under its lease, on the training thread. A checkpoint is recorded only after the epochs that it
/// contains, so that a resumption finds both. A write that the store refuses means that the lease is lost: the training is then stopped.
/// </summary>
sealed class TrialJournal(TrialContext context, TrialJob job, int trainRows, int stepRows, WorkerState worker, CancellationTokenSource stop) : ITrainObserver, ICheckpointSink
{
    readonly List<Studies.EpochRow> _rows = [];
    readonly HashSet<string> _spared = new(StringComparer.Ordinal);
    string? _kept = job.Checkpoint?.Artifact;
    long _flushed = context.Time.GetTimestamp();

    public bool LeaseLost { get; private set; }

    public void EpochEnded(in Training.EpochRow row)
    {
        var speed = row.Seconds > 0 ? trainRows / row.Seconds : 0;
        _rows.Add(new Studies.EpochRow(row.Epoch, row.TrainLoss, row.ValidationError, row.LearningRate, row.Seconds, speed));
        Telemetry.EpochTrained(trainRows, (int)((trainRows + (long)stepRows - 1) / stepRows));
        worker.EpochEnded(row.Epoch, row.ValidationError, speed);
        if (context.Time.GetElapsedTime(_flushed) >= context.MetricsInterval) Flush();
    }

    public void Progressed(in TrainProgress progress) => worker.Progressed(progress.MaterialsPerSecond);

    public void Save(TrainCheckpoint checkpoint)
    {
        Flush();
        if (LeaseLost) return;
        var artifact = context.Artifacts.Put(checkpoint.WriteTo);
        Keep(context.Ledger.RecordCheckpointAsync(job.Lease, new TrialCheckpoint(artifact, checkpoint.Epoch), CancellationToken.None));
        if (LeaseLost || artifact == _kept) return;
        // Whoever takes the trial over from now on reads the new one.
        DropCheckpoint();
        _kept = artifact;
    }

    /// <summary>An artifact that others name: a checkpoint with the same content stays.</summary>
    public void Spare(string artifact) => _spared.Add(artifact);

    /// <summary>Deletes the trial's last checkpoint, which nothing names any more.</summary>
    public void DropCheckpoint()
    {
        if (_kept is { } old && !_spared.Contains(old)) context.Artifacts.Delete(old);
        _kept = null;
    }

    /// <summary>Stores the epochs that wait.</summary>
    public void Flush()
    {
        _flushed = context.Time.GetTimestamp();
        if (_rows.Count == 0 || LeaseLost) return;
        Keep(context.Metrics.AppendAsync(job.Lease, _rows.ToArray(), CancellationToken.None));
        _rows.Clear();
    }

    // The training thread belongs to the trial alone: it may wait for the store.
    void Keep(Task<bool> write)
    {
        if (write.GetAwaiter().GetResult()) return;
        LeaseLost = true;
        stop.Cancel();
    }
}
