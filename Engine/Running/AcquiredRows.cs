using System.Collections.Immutable;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>The training rows of a trial whose rows were chosen while its study ran: the first of the manifest, then what each acquisition chose, in their order.</summary>
static class AcquiredRows
{
    /// <summary>The rows that a trial learns from.</summary>
    /// <param name="rows">Of its set.</param>
    /// <param name="count">All in all.</param>
    /// <param name="acquired">Finished acquisitions, the earliest first; none: the first rows of the manifest.</param>
    /// <param name="ledger">Knows what they chose.</param>
    /// <exception cref="TrialFailedException">An acquisition has no result.</exception>
    public static int[] Training(PreparedRows rows, int count, ImmutableArray<TrialKey> acquired, ITrialLedger ledger)
    {
        if (acquired.IsEmpty) return rows.Training(count);
        var records = ledger.FindAsync([.. acquired.Distinct()], CancellationToken.None).GetAwaiter().GetResult();
        string[] chosen = [.. acquired.SelectMany(key => records.GetValueOrDefault(key)?.Result is TrainResult { Chosen: { IsDefault: false } ids }
            ? ids
            : throw new TrialFailedException($"the acquisition {key.Short} has no result: resume the study", transient: false))];
        return [.. rows.Training(count - chosen.Length), .. rows.Set.RowsOf(chosen)];
    }

    /// <summary>The most promising of a pool; of equals the first.</summary>
    /// <param name="pool">Ids that have no label yet, in the order of the manifest.</param>
    /// <param name="promise">[pool] The higher, the rather it is chosen; what is no number is never chosen.</param>
    /// <param name="count">How many.</param>
    public static ImmutableArray<string> Choose(IReadOnlyList<string> pool, IReadOnlyList<double> promise, int count) =>
        [.. Enumerable.Range(0, pool.Count).Where(i => double.IsFinite(promise[i])).OrderByDescending(i => promise[i]).ThenBy(i => i).Take(count).Select(i => pool[i])];
}
