using System.Globalization;
using AtomSets.Materials;

namespace AtomSets.Training;

/// <summary>A training between two steps: weights, best weights, optimiser, schedule, early stopping and history. A training resumed from it goes on
/// bit by bit as if it had never stopped. Random numbers need no state: they are keyed by seed, epoch and step.</summary>
/// <remarks>On disk: a safetensors file whose metadata carries a checksum over all of its bytes.</remarks>
public sealed class TrainCheckpoint
{
    const string Format = "atomsets-checkpoint";
    const int Version = 1;
    const int RowNumbers = 5;

    readonly FlatNumbers _values, _best, _first, _second;

    internal TrainCheckpoint(string fingerprint, TrainState state, FlatNumbers values, FlatNumbers best, FlatNumbers first, FlatNumbers second)
    {
        Fingerprint = fingerprint;
        State = TrainState.From(state.ToWholeNumbers(), state.ToNumbers());
        State.History.AddRange(state.History);
        (_values, _best, _first, _second) = (values, best, first, second);
    }

    /// <summary>Hash of everything that decides the training's numbers; only the same training resumes.</summary>
    public string Fingerprint { get; }

    /// <summary>Epochs completed.</summary>
    public int Epoch => State.Epoch;

    /// <summary>Steps completed in the epoch that is under way; 0 at an epoch's end.</summary>
    public int StepInEpoch => State.StepInEpoch;

    /// <summary>Rows of the completed epochs.</summary>
    public IReadOnlyList<EpochRow> History => State.History;

    internal TrainState State { get; }
    internal FlatNumbers Values => _values;
    internal FlatNumbers Best => _best;
    internal FlatNumbers FirstMoments => _first;
    internal FlatNumbers SecondMoments => _second;

    /// <summary>Writes the checkpoint; use <see cref="AtomicFile"/> for a file.</summary>
    public void WriteTo(Stream stream)
    {
        var writer = new SafetensorsWriter();
        _values.AddTo(writer, "values");
        _best.AddTo(writer, "best_values");
        _first.AddTo(writer, "first_moments");
        _second.AddTo(writer, "second_moments");
        writer.Add("state.whole", State.ToWholeNumbers(), TrainState.WholeNumbers);
        writer.Add("state.numbers", State.ToNumbers(), TrainState.Numbers);
        var history = new double[State.History.Count * RowNumbers];
        for (var i = 0; i < State.History.Count; i++)
        {
            var row = State.History[i];
            ReadOnlySpan<double> numbers = [row.Epoch, row.TrainLoss, row.ValidationError, row.LearningRate, row.Seconds];
            numbers.CopyTo(history.AsSpan(i * RowNumbers));
        }
        writer.Add("history", history, State.History.Count, RowNumbers);
        writer.Metadata["format"] = Format;
        writer.Metadata["format_version"] = Version.ToString(CultureInfo.InvariantCulture);
        writer.Metadata["fingerprint"] = Fingerprint;
        writer.Metadata["checksum"] = SealedBytes.Placeholder;
        var bytes = writer.ToArray();
        SealedBytes.Seal(bytes);
        stream.Write(bytes);
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    /// <exception cref="TrainingInputException">The bytes are cut off, changed, or of another format or version.</exception>
    public static TrainCheckpoint Read(ReadOnlyMemory<byte> bytes, string place)
    {
        SafetensorsFile file;
        try
        {
            file = SafetensorsFile.Read(bytes, place);
        }
        catch (SafetensorsException e)
        {
            throw new TrainingInputException($"the checkpoint is damaged ({e.Message}); delete it to train from the start", e);
        }
        if (file.Metadata.GetValueOrDefault("format") != Format) throw new TrainingInputException($"{place} is not a checkpoint");
        var version = file.Metadata.GetValueOrDefault("format_version");
        if (version != Version.ToString(CultureInfo.InvariantCulture))
            throw new TrainingInputException($"{place} is a checkpoint of format version {version}, this program reads {Version}: resume with the program that wrote it");
        if (!SealedBytes.IsIntact(bytes.Span, file.Metadata.GetValueOrDefault("checksum", "")))
            throw new TrainingInputException($"the checkpoint {place} is damaged (its checksum does not fit); delete it to train from the start");

        // The checksum fits, so what follows is what the program wrote.
        var state = TrainState.From(file.Int64s("state.whole"), file.Doubles("state.numbers"));
        var history = file.Doubles("history");
        for (var i = 0; i < history.Length; i += RowNumbers)
            state.History.Add(new EpochRow((int)history[i], history[i + 1], history[i + 2], history[i + 3], history[i + 4]));
        return new TrainCheckpoint(
            file.Metadata.GetValueOrDefault("fingerprint", ""), state, FlatNumbers.From(file, "values"), FlatNumbers.From(file, "best_values"),
            FlatNumbers.From(file, "first_moments"), FlatNumbers.From(file, "second_moments"));
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="TrainingInputException">The file is missing, damaged, or no checkpoint.</exception>
    public static TrainCheckpoint Read(string path)
    {
        try
        {
            return Read(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TrainingInputException($"the checkpoint {path} cannot be read: {e.Message}", e);
        }
    }
}
