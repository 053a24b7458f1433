using AtomSets.Contracts;
using AtomSets.Studies;

namespace AtomSets.Storage.Tests;

/// <summary>The three stores over the class's database, emptied.</summary>
sealed class PostgresStore(TestDatabase test) : StoreUnderTest
{
    public override IStudyLog Log { get; } = new PostgresStudyLog(test.Database);

    public override ITrialLedger Ledger { get; } = new PostgresTrialLedger(test.Database);

    public override IMetricSink Metrics { get; } = new PostgresMetricSink(test.Database);

    public static async Task<StoreUnderTest> OpenAsync(TestDatabase test)
    {
        await test.ExecuteAsync("TRUNCATE studies, trials, stale_reports, models CASCADE");
        return new PostgresStore(test);
    }

    /// <summary>The server's clock is not ours: instead of letting time pass, leases are made as old as they would be.</summary>
    public override Task AdvanceAsync(TimeSpan time) => test.ExecuteAsync($"UPDATE trials SET lease_until = lease_until - interval '{time.TotalSeconds} seconds', claimed_at = claimed_at - interval '{time.TotalSeconds} seconds'");
}
