using AtomSets.Engine;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Every example is read and resolved; those that name shipped data where these are present.</summary>
public sealed class ExampleTests
{
    static string Folder { get; } = Find();

    public static TheoryData<string> BuiltIn => Names(builtIn: true);

    public static TheoryData<string> OnShippedData => Names(builtIn: false);

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void Example_resolves_without_any_data(string name)
    {
        using var bench = new EngineBench();
        Check(bench, name);
    }

    [DataTheory]
    [MemberData(nameof(OnShippedData))]
    public void Example_resolves_on_the_shipped_data(string name)
    {
        using var bench = new EngineBench(shippedData: true, ownModels: Path.Combine(Folder, "../models"));
        Check(bench, name);
    }

    [Fact]
    public void Quick_example_holds_one_parent_and_twelve_transfers()
    {
        using var bench = new EngineBench();
        var nodes = Check(bench, "quick.yaml").Nodes;
        Assert.Equal(1, nodes.OfType<TrainNode>().Count(node => node.Labels["role"] == "pretrain"));
        Assert.Equal(12, nodes.OfType<TrainNode>().Count(node => node.Labels["role"] == "transfer"));
        Assert.Equal(12, nodes.OfType<EvaluateNode>().Count());
    }

    static ResolvedStudy Check(EngineBench bench, string name)
    {
        var path = Path.Combine(Folder, name);
        var study = bench.Resolver.Resolve(File.ReadAllText(path), path);
        Assert.Equal(Path.GetFileNameWithoutExtension(name), study.Name);
        Assert.NotEmpty(study.Description);
        Assert.Equal(study.Hash, ResolvedStudy.FromJson(study.ToJson()).Hash);
        return study;
    }

    static TheoryData<string> Names(bool builtIn)
    {
        var names = new TheoryData<string>();
        foreach (var path in Directory.GetFiles(Folder, "*.yaml").Order(StringComparer.Ordinal))
        {
            var data = StudyFileReader.Read(path) is var study ? study.Sources.Select(s => s.Data?.Set).Concat(study.Targets.Select(t => t.Data.Set)) : [];
            if (data.All(set => set?.StartsWith("ionic", StringComparison.Ordinal) == true) == builtIn) names.Add(Path.GetFileName(path));
        }
        return names;
    }

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "AtomSets.Cluster.sln"))) return Path.Combine(folder.FullName, "examples");
        }
        throw new InvalidOperationException("the repository's root is not above the tests");
    }
}
