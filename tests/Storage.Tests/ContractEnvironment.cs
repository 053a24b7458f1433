using AtomSets.Storage.Tests;

namespace AtomSets.Contracts;

static class ContractEnvironment
{
    public static string? Missing => PostgresPresence.SkipReason;
}
