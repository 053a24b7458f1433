namespace AtomSets.Contracts;

static class ContractEnvironment
{
    /// <summary>Nothing: the stores are in memory.</summary>
    public static string? Missing => null;
}
