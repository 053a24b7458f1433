using AtomSets.Training;

namespace AtomSets.Core.Tests.Training;

sealed class RecordingObserver : ITrainObserver
{
    public List<EpochRow> Epochs { get; } = [];

    public List<TrainProgress> Progress { get; } = [];

    public Action<TrainProgress>? OnProgress { get; init; }

    public void EpochEnded(in EpochRow row) => Epochs.Add(row);

    public void Progressed(in TrainProgress progress)
    {
        Progress.Add(progress);
        OnProgress?.Invoke(progress);
    }
}

/// <summary>Keeps every checkpoint as bytes, as a store would.</summary>
sealed class RecordingSink : ICheckpointSink
{
    public List<byte[]> Saved { get; } = [];

    public TrainCheckpoint this[int index] => TrainCheckpoint.Read(Saved[index], $"checkpoint {index}");

    public void Save(TrainCheckpoint checkpoint)
    {
        using var stream = new MemoryStream();
        checkpoint.WriteTo(stream);
        Saved.Add(stream.ToArray());
    }
}

/// <summary>A clock that moves on by one second whenever it is read.</summary>
sealed class SteppingTime : TimeProvider
{
    long _ticks;

    public override long TimestampFrequency => 1;

    public override long GetTimestamp() => ++_ticks;
}
