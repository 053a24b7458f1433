using System.Collections.Concurrent;
using AtomSets.Materials;

namespace AtomSets.Training;

/// <summary>Predicts any number of materials with several workers, in the order in which they were given. Only a few parts of the stream are in memory at any time, and
/// what cannot be read or predicted gets a row with the reason.</summary>
public sealed class PredictionStream : IDisposable
{
    /// <summary>Items that a worker takes at once.</summary>
    const int PartSize = 64;

    readonly Func<Predictor> _open;
    readonly int _workers;
    readonly ConcurrentBag<Predictor> _free = [];
    readonly SemaphoreSlim _turns;
    readonly PredictionOptions _options;

    /// <summary>Prepares workers; each opens its model when it is first needed.</summary>
    /// <param name="open">Opens the model once more: a predictor is for one thread.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="options">State and interval.</param>
    public PredictionStream(Func<Predictor> open, int workers, PredictionOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        (_open, _workers, _options) = (open, workers, options ?? new PredictionOptions());
        _turns = new SemaphoreSlim(workers);
    }

    /// <summary>Predicts the items as they come.</summary>
    /// <param name="items">Read as far as the workers need them.</param>
    /// <param name="cancellation">Ends the stream.</param>
    /// <exception cref="InputException">Reading the items failed as a whole, or the options do not go with the model.</exception>
    public IEnumerable<Prediction> Run(IEnumerable<PredictionItem> items, CancellationToken cancellation = default)
    {
        var parts = new Queue<Task<IReadOnlyList<Prediction>>>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            foreach (var part in items.Chunk(PartSize))
            {
                parts.Enqueue(Task.Run(() => PredictPart(part, stop.Token), stop.Token));
                if (parts.Count < 2 * _workers) continue;
                foreach (var prediction in parts.Dequeue().GetAwaiter().GetResult()) yield return prediction;
            }
            while (parts.TryDequeue(out var part))
            {
                foreach (var prediction in part.GetAwaiter().GetResult()) yield return prediction;
            }
        }
        finally
        {
            // Whoever stops listening must not leave workers behind that still use a model.
            stop.Cancel();
            Task.WhenAll(parts).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Wait(CancellationToken.None);
        }
    }

    public void Dispose()
    {
        while (_free.TryTake(out var predictor)) predictor.Dispose();
        _turns.Dispose();
    }

    IReadOnlyList<Prediction> PredictPart(PredictionItem[] part, CancellationToken cancellation)
    {
        _turns.Wait(cancellation);
        try
        {
            if (!_free.TryTake(out var predictor)) predictor = _open();
            try
            {
                var read = part.SelectMany(item => item.Read()).ToArray();
                var predicted = new Queue<Prediction>(predictor.Predict([.. read.Select(one => one.Input).OfType<PredictionInput>()], _options, cancellation));
                return Array.ConvertAll(read, one => one.Input is null ? new Prediction(one.Label, null, predictor.Target.Unit, one.Error) : predicted.Dequeue());
            }
            finally
            {
                _free.Add(predictor);
            }
        }
        finally
        {
            _turns.Release();
        }
    }
}
