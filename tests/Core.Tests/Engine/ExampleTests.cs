using AtomSets.Core.Tests.Docs;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>The example that the README begins with. That every example resolves, is stored and begins is a test of the program.</summary>
public sealed class ExampleTests
{
    [Fact]
    public void Quick_example_holds_one_parent_and_twelve_transfers()
    {
        using var bench = new EngineBench();
        var path = Path.Combine(GuidePages.Root, "examples/quick.yaml");
        var nodes = bench.Resolver.Resolve(File.ReadAllText(path), path).Nodes;
        Assert.Equal(1, nodes.OfType<TrainNode>().Count(node => node.Labels["role"] == "pretrain"));
        Assert.Equal(12, nodes.OfType<TrainNode>().Count(node => node.Labels["role"] == "transfer"));
        Assert.Equal(12, nodes.OfType<EvaluateNode>().Count());
    }
}
