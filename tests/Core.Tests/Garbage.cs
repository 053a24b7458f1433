namespace AtomSets.Core.Tests;

/// <summary>Managed bytes that a piece of work allocates on this thread.</summary>
static class Garbage
{
    const int Rounds = 5;

    /// <summary>
    /// The least of several rounds. A collection that another test causes meanwhile books the unused rest of this thread's allocation buffer
    /// (at most 8 KiB) as allocated; garbage of the work itself is there in every round.
    /// </summary>
    public static long LeastOf(Action work)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
