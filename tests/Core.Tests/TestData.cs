namespace AtomSets.Core.Tests;

/// <summary>Where the shipped data sets lie: <c>ATOMSETS_DATA</c>, else <c>shared/data</c> beside the repository.</summary>
static class TestData
{
    public static string? Root { get; } = Find();

    public static string Path(string relative) =>
        System.IO.Path.Combine(Root ?? throw new InvalidOperationException("use [DataFact]: the data sets are absent"), relative);

    static string? Find()
    {
        var named = Environment.GetEnvironmentVariable("ATOMSETS_DATA");
        if (!string.IsNullOrEmpty(named)) return Directory.Exists(named) ? named : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(System.IO.Path.Combine(folder.FullName, "AtomSets.Cluster.sln"))) continue;
            var beside = System.IO.Path.Combine(folder.FullName, "..", "shared", "data");
            return Directory.Exists(beside) ? System.IO.Path.GetFullPath(beside) : null;
        }
        return null;
    }
}
