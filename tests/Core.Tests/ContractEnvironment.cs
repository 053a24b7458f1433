namespace AtomSets.Contracts;

static class ContractEnvironment
{
    /// <summary>Memory is always there.</summary>
    public static string? Missing => null;
}
