using AtomSets.Storage;

namespace AtomSets.Commands;

/// <summary>Prints what a study found.</summary>
sealed class ResultPrinter(CliContext context, Session session)
{
    const int AllRows = 1_000_000;

    /// <summary>The report of a study: the sources' own errors, one table, plot and fit per target, and the looks at test rows.</summary>
    /// <param name="study">Its name.</param>
    /// <param name="cancellation">Stops between queries.</param>
    /// <param name="wantedError">An error for which the fits say the size that it needs; null: none.</param>
    public async Task PrintStudyAsync(string study, CancellationToken cancellation, double? wantedError = null)
    {
        var filter = new ResultFilter { Studies = [study], FinishedOnly = true };
        var rows = await session.Results.RowsAsync(filter, AllRows, cancellation);
        var report = new TransferReport(context.Console, wantedError);
        new SourceReport(context.Console, wantedError).Print([.. rows.Where(row => !TargetCurves.IsTransfer(row))]);
        foreach (var target in rows.Where(TargetCurves.IsTransfer).GroupBy(row => row.Target ?? "")) report.Print(target.Key, [.. target]);
        foreach (var line in MissingReport.Lines(await session.MissingAsync(study, cancellation))) context.Console.WriteLine(line);
        var looks = await session.Results.TestLooksAsync([study], cancellation);
        if (looks.Count > 0) context.Console.WriteLine(TransferReport.Describe(looks).TrimEnd());
    }
}
