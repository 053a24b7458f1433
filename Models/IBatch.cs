namespace AtomSets.Models;

/// <summary>A reusable batch of one model family's inputs in host memory. Made by <see cref="IBatchSource.Create"/>, used by one thread.</summary>
public interface IBatch
{
    /// <summary>Materials in the batch.</summary>
    int Count { get; }
}
