using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Dashboard;

/// <summary>A study's rows of results, read anew only when something was written to it.</summary>
sealed class ResultRows(Database database)
{
    const int All = 1_000_000, Kept = 8;

    readonly Lock _lock = new();
    readonly Dictionary<string, (DateTimeOffset Created, long Sequence, Task<IReadOnlyList<ResultRow>> Reading)> _readings = new(StringComparer.Ordinal);

    /// <summary>Runs that have ended well, those that paused at a rung included, in plan order.</summary>
    public Task<IReadOnlyList<ResultRow>> FinishedAsync(StudyDetails details, CancellationToken cancellation)
    {
        var study = details.Summary;
        lock (_lock)
        {
            // Asked by many charts at once, they are read once; who gives up does not stop the others.
            if (_readings.TryGetValue(study.Name, out var known) && (known.Created, known.Sequence) == (study.Created, study.LastSequence) && !known.Reading.IsFaulted) return known.Reading.WaitAsync(cancellation);
            if (_readings.Count >= Kept) _readings.Clear();
            var reading = Task.Run(async () => (IReadOnlyList<ResultRow>)await new ResultQueries(database).RowsAsync(new ResultFilter { Studies = [study.Name], FinishedOnly = true }, All, CancellationToken.None));
            _readings[study.Name] = (study.Created, study.LastSequence, reading);
            return reading.WaitAsync(cancellation);
        }
    }

    /// <summary>Those of them that a filter wants.</summary>
    public async Task<IReadOnlyList<ResultRow>> FinishedAsync(StudyDetails details, ResultFilter filter, CancellationToken cancellation)
    {
        var rows = await FinishedAsync(details, cancellation);
        return [.. rows.Where(row => Wants(filter.Targets, row.Target) && Wants(filter.Modes, row.Mode) && Wants(filter.Models, row.Model) && Wants(filter.Sources, row.Source) && Wants(filter.Roles, row.Role)
            && Wants(filter.DataSets, row.DataSet) && Wants(filter.Properties, row.Property) && Wants(filter.Sizes, row.Size) && Wants(filter.Seeds, row.Seed))];
    }

    static bool Wants(IReadOnlyList<string> values, string? value) => values.Count == 0 || (value is not null && values.Contains(value, StringComparer.Ordinal));

    static bool Wants(IReadOnlyList<long> values, long? value) => values.Count == 0 || (value is { } number && values.Contains(number));
}
