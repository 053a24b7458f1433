using Xunit;

namespace AtomSets.Contracts;

/// <summary>
/// A test of a contract suite. Each test assembly says in its own <c>ContractEnvironment.Missing</c> what it lacks to run them, or null.
/// </summary>
public sealed class ContractFactAttribute : FactAttribute
{
    public ContractFactAttribute() => Skip = ContractEnvironment.Missing;
}
