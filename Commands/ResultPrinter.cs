using AtomSets.Storage;
using Spectre.Console;

namespace AtomSets.Commands;

/// <summary>Prints what a study found.</summary>
sealed class ResultPrinter(CliContext context, Session session)
{
    const int AllRows = 1_000_000;

    /// <summary>The report of a study: one table, plot and fit per target, the sources' own errors, and the looks at test rows.</summary>
    public async Task PrintStudyAsync(string study, CancellationToken cancellation)
    {
        var filter = new ResultFilter { Studies = [study], FinishedOnly = true };
        var rows = await session.Results.RowsAsync(filter, AllRows, cancellation);
        var report = new TransferReport(context.Console);
        PrintSources(rows);
        foreach (var target in rows.Where(IsTransfer).GroupBy(row => row.Target ?? "")) report.Print(target.Key, [.. target]);
        foreach (var line in MissingReport.Lines(await session.MissingAsync(study, cancellation))) context.Console.WriteLine(line);
        var looks = await session.Results.TestLooksAsync([study], cancellation);
        if (looks.Count > 0) context.Console.WriteLine(TransferReport.Describe(looks).TrimEnd());
    }

    static bool IsTransfer(ResultRow row) => row.Role != "pretrain" && row.Mode is not null && row.Size is not null;

    /// <summary>A line for each parent; of several configurations, the one with the lowest validation error.</summary>
    void PrintSources(IReadOnlyList<ResultRow> rows)
    {
        var trained = rows.Where(row => !IsTransfer(row) && row.ValidationError is not null && row.Stop != "paused");
        foreach (var parent in trained.GroupBy(row => (row.Source, row.Size, row.DataSet, row.Property)))
        {
            var row = parent.MinBy(row => row.ValidationError)!;
            var searched = parent.Skip(1).Any() ? $", the best of {parent.Count()} trained to the end" : "";
            context.Console.WriteLine($"Source {row.Source ?? row.Node}: {row.Size} training rows of {row.DataSet}, {row.Property}, validation {row.Metric?.ToUpperInvariant()} "
                + $"{Numbers.Short(row.ValidationError!.Value)} {row.Unit} after {row.Epochs} epochs ({Stop(row)}), "
                + $"{Numbers.Duration(TimeSpan.FromSeconds(row.Seconds ?? 0))}{searched}");
        }
    }

    static string Stop(ResultRow row) => row.Stop switch { "cap" => "epoch cap", null => "unknown end", var stop => stop };
}
