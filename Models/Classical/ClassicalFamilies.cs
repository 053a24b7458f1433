namespace AtomSets.Models.Classical;

/// <summary>The classical families.</summary>
public static class ClassicalFamilies
{
    public static IReadOnlyList<IFittedFamily> All { get; } = [new RidgeFamily()];
}
