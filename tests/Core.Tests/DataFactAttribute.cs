using Xunit;

namespace AtomSets.Core.Tests;

/// <summary>A test that reads the data sets shipped beside the project; skipped, with a reason, where they are absent.</summary>
public sealed class DataFactAttribute : FactAttribute
{
    public DataFactAttribute()
    {
        if (TestData.Root is null) Skip = "needs the shipped data sets: set ATOMSETS_DATA to their folder";
    }
}

/// <summary>As <see cref="DataFactAttribute"/>, with inline data.</summary>
public sealed class DataTheoryAttribute : TheoryAttribute
{
    public DataTheoryAttribute()
    {
        if (TestData.Root is null) Skip = "needs the shipped data sets: set ATOMSETS_DATA to their folder";
    }
}
