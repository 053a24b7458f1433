namespace AtomSets.Materials;

/// <summary>Counts every look at test rows. The engine's implementation writes to the database.</summary>
public interface ITestUseCounter
{
    /// <summary>Called before the rows are handed out.</summary>
    /// <param name="evaluation">Key of the evaluation that asks.</param>
    /// <param name="splitHash">Hash of the split whose test rows are opened.</param>
    /// <param name="rows">Number of test rows.</param>
    void Opened(string evaluation, string splitHash, int rows);
}

/// <summary>The right to open test rows: only an evaluation has one, and each use is counted.</summary>
/// <param name="evaluation">Key of the Evaluate node.</param>
/// <param name="counter">Where uses are recorded.</param>
public sealed class EvaluationTicket(string evaluation, ITestUseCounter counter)
{
    internal void Use(string splitHash, int rows) => counter.Opened(evaluation, splitHash, rows);
}

/// <summary>
/// The ids of the test rows. Deliberately no list: training and selection take lists of ids, so passing test rows to them does not compile.
/// Only <see cref="Open"/> gives the ids, and it takes an <see cref="EvaluationTicket"/>.
/// </summary>
public sealed class TestIds
{
    readonly string _splitHash;

    internal TestIds(IReadOnlyList<string> ids, string splitHash)
    {
        Ids = ids;
        _splitHash = splitHash;
    }

    public int Count => Ids.Count;

    internal IReadOnlyList<string> Ids { get; }

    /// <summary>The ids; the ticket's counter is told first.</summary>
    public IReadOnlyList<string> Open(EvaluationTicket ticket)
    {
        ArgumentNullException.ThrowIfNull(ticket);
        ticket.Use(_splitHash, Count);
        return Ids;
    }
}
