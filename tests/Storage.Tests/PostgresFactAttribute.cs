using Xunit;

namespace AtomSets.Storage.Tests;

/// <summary>
/// A test over a real server. Skipped, with a reason, where PostgreSQL is not installed; but with CI=true, or ATOMSETS_REQUIRE naming postgres,
/// it runs and fails there.
/// </summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresPresence.SkipReason;
}

/// <summary>As <see cref="PostgresFactAttribute"/>, with inline data.</summary>
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = PostgresPresence.SkipReason;
}

static class PostgresPresence
{
    public static string? SkipReason { get; } = IsRequired || IsInstalled ? null : "needs PostgreSQL: apt-get install postgresql, or set ATOMSETS_PG_BIN";

    static bool IsRequired =>
        Environment.GetEnvironmentVariable("CI") == "true"
        || (Environment.GetEnvironmentVariable("ATOMSETS_REQUIRE") ?? "").Split(',').Contains("postgres");

    static bool IsInstalled
    {
        get
        {
            try
            {
                ServerBinaries.Find();
                return true;
            }
            catch (StorageException)
            {
                return false;
            }
        }
    }
}
