using AtomSets.Materials;

namespace AtomSets.Training;

/// <summary>A file, text or row of materials, which is read where its layers are computed.</summary>
/// <param name="Label">For the message where it cannot be read.</param>
/// <param name="Read">Gives its materials.</param>
public sealed record LayerInput(string Label, Func<IReadOnlyList<PredictionInput>> Read);

/// <summary>Reads layers for any number of materials with several workers, in the order in which they were given; only a few parts of the stream are in memory at any
/// time.</summary>
/// <param name="reader">The network and its layers.</param>
/// <param name="workers">Threads.</param>
public sealed class LayerStream(LayerReader reader, int workers)
{
    /// <summary>Items that a worker takes at once.</summary>
    const int PartSize = 64;

    /// <summary>Reads the items as they come.</summary>
    /// <param name="items">Read as far as the workers need them.</param>
    /// <param name="cancellation">Ends the stream.</param>
    public IEnumerable<LayerValues> Run(IEnumerable<LayerInput> items, CancellationToken cancellation)
    {
        var parts = new Queue<Task<List<LayerValues>>>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            foreach (var part in items.Chunk(PartSize))
            {
                parts.Enqueue(Task.Run(() => Read(part, stop.Token), stop.Token));
                if (parts.Count < workers) continue;
                foreach (var values in parts.Dequeue().GetAwaiter().GetResult()) yield return values;
            }
            while (parts.TryDequeue(out var part))
            {
                foreach (var values in part.GetAwaiter().GetResult()) yield return values;
            }
        }
        finally
        {
            // Whoever stops listening leaves no workers behind.
            stop.Cancel();
            Task.WhenAll(parts).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Wait(CancellationToken.None);
        }
    }

    List<LayerValues> Read(LayerInput[] part, CancellationToken cancellation)
    {
        var values = new List<LayerValues>();
        var inputs = new List<PredictionInput>();
        foreach (var item in part)
        {
            try
            {
                inputs.AddRange(item.Read());
            }
            catch (InputException e)
            {
                values.AddRange(reader.Read(inputs, cancellation));
                inputs.Clear();
                values.Add(LayerValues.Failed(new PredictionInput(item.Label, null, null), e.Message));
            }
        }
        values.AddRange(reader.Read(inputs, cancellation));
        return values;
    }
}
