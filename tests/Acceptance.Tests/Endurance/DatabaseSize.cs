using System.Globalization;
using System.Text.Json;

namespace AtomSets.Acceptance.Tests;

/// <summary>What the tables take, beside what docs/queries.md says that they take.</summary>
static class DatabaseSize
{
    /// <summary>Bytes of rows with their indexes: a training or evaluation with its step of the plan, an epoch, a prediction.</summary>
    public const double PerTrial = 6500, PerEpoch = 110, PerPrediction = 135;

    /// <summary>Room of updated rows that is not yet taken again, and empty tables: at most so many times what is computed, and so many bytes besides.</summary>
    public const double Least = 0.7, Most = 1.6;
    public const long Empty = 1 << 20;

    public static double Computed(long trials, long epochs, long predictions) => trials * PerTrial + epochs * PerEpoch + predictions * PerPrediction;

    /// <summary>All tables of the program with their indexes, in bytes, and how they divide.</summary>
    public static async Task<(long Bytes, string Parts)> MeasureAsync(ProgramHome home)
    {
        var rows = (await home.RowsAsync("SELECT relname, pg_total_relation_size(relid) AS bytes FROM pg_stat_user_tables WHERE schemaname = 'atomsets' ORDER BY 2 DESC"))
            .Select(row => JsonDocument.Parse(row).RootElement).Select(row => (Table: row.GetProperty("relname").GetString()!, Bytes: row.GetProperty("bytes").GetInt64())).ToList();
        return (rows.Sum(row => row.Bytes), string.Join(", ", rows.Take(6).Select(row => string.Create(CultureInfo.InvariantCulture, $"{row.Table} {row.Bytes / 1048576.0:0.0}"))));
    }
}
