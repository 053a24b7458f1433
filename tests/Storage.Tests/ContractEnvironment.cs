namespace AtomSets.Contracts;

/// <summary>Here the suites run over PostgreSQL.</summary>
static class ContractEnvironment
{
    public static string? Missing => Storage.Tests.PostgresPresence.SkipReason;
}
