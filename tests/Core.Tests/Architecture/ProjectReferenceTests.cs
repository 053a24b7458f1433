using System.Xml.Linq;
using Xunit;

namespace AtomSets.Core.Tests.Architecture;

/// <summary>The allowed references between projects. A new one is a decision: it changes this table in the same commit.</summary>
public sealed class ProjectReferenceTests
{
    static readonly Dictionary<string, string[]> AllowedProjects = new(StringComparer.Ordinal)
    {
        ["Tensors"] = [],
        ["Tensors.TorchSharp"] = ["Tensors"],
        ["Materials"] = [],
        ["Models"] = ["Tensors", "Materials"],
        ["Training"] = ["Models"],
        ["Studies"] = [],
        ["Engine"] = ["Studies", "Training"],
        ["Storage"] = ["Studies"],
        ["Dashboard"] = ["Engine", "Storage"],
        ["Commands"] = ["Engine", "Storage", "Dashboard"],
        ["Grains.Interfaces"] = ["Studies"],
        ["Grains"] = ["Grains.Interfaces"],
        ["Silo"] = ["Grains", "Engine", "Storage", "Dashboard", "Tensors.TorchSharp"],
        ["Client"] = ["Commands", "Grains.Interfaces"],
        ["Local"] = ["Commands", "Tensors.TorchSharp"],
        ["Bench"] = ["Commands", "Studies", "Training", "Tensors.TorchSharp"],
    };

    static readonly Dictionary<string, string[]> AllowedPackages = new(StringComparer.Ordinal)
    {
        ["Tensors"] = [],
        ["Tensors.TorchSharp"] = ["TorchSharp", "TorchSharp-cpu", "TorchSharp-cuda-linux"],
        ["Materials"] = ["CsvHelper", "YamlDotNet"],
        ["Models"] = ["MathNet.Numerics"],
        ["Training"] = [],
        ["Studies"] = ["MathNet.Numerics"],
        ["Engine"] = ["YamlDotNet"],
        ["Storage"] = ["Npgsql"],
        ["Dashboard"] = ["OpenTelemetry", "OpenTelemetry.Exporter.OpenTelemetryProtocol"],
        ["Commands"] = ["System.CommandLine", "Spectre.Console"],
        ["Grains.Interfaces"] = ["Microsoft.Orleans.Sdk"],
        ["Grains"] = ["Microsoft.Orleans.Runtime"],
        ["Silo"] = ["Microsoft.Orleans.Server", "Microsoft.Orleans.Clustering.AdoNet", "System.CommandLine"],
        ["Client"] = ["Microsoft.Orleans.Client", "Microsoft.Orleans.Clustering.AdoNet"],
        ["Local"] = [],
        ["Bench"] = ["System.CommandLine"],
    };

    /// <summary>Projects of optional packages: in the solution, but not in the filter of what builds everywhere.</summary>
    static readonly string[] Optional = ["Tensors.TorchSharp", "Torch.Tests", "Grains.Interfaces", "Grains", "Silo", "Client", "Cluster.Tests"];

    [Fact]
    public void Every_project_references_only_what_the_design_allows()
    {
        var found = ProductProjects().ToDictionary(path => Path.GetFileNameWithoutExtension(path), StringComparer.Ordinal);
        Assert.Equal(AllowedProjects.Keys.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, path) in found)
        {
            var project = XDocument.Load(path);
            var references = project.Descendants("ProjectReference")
                .Select(e => Path.GetFileNameWithoutExtension(e.Attribute("Include")!.Value.Replace('\\', '/')));
            Assert.Empty(references.Except(AllowedProjects[name], StringComparer.Ordinal).Select(r => $"{name} -> {r}"));
            var packages = project.Descendants("PackageReference").Select(e => e.Attribute("Include")!.Value);
            Assert.Empty(packages.Except(AllowedPackages[name], StringComparer.Ordinal).Select(p => $"{name} -> {p}"));
        }
    }

    [Fact]
    public void Every_project_is_in_the_solution_and_in_the_local_filter()
    {
        var root = Root();
        var solution = File.ReadAllText(Path.Combine(root, "AtomSets.Cluster.sln")).Replace('\\', '/');
        var filter = File.ReadAllText(Path.Combine(root, "AtomSets.Local.slnf"));
        foreach (var path in ProductProjects().Concat(Directory.GetFiles(Path.Combine(root, "tests"), "*.csproj", SearchOption.AllDirectories)))
        {
            var relative = Path.GetRelativePath(root, path).Replace('\\', '/');
            Assert.Contains(relative, solution, StringComparison.Ordinal);
            if (Optional.Contains(Path.GetFileNameWithoutExtension(path))) Assert.DoesNotContain(relative, filter, StringComparison.Ordinal);
            else Assert.Contains($"\"{relative}\"", filter, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void No_source_file_is_longer_than_400_lines()
    {
        var root = Root();
        var tooLong = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .Select(path => (path, lines: File.ReadLines(path).Count()))
            .Where(file => file.lines > 400)
            .Select(file => $"{Path.GetRelativePath(root, file.path)}: {file.lines}");
        Assert.Empty(tooLong);
    }

    static IEnumerable<string> ProductProjects() =>
        Directory.GetDirectories(Root()).SelectMany(folder => Directory.GetFiles(folder, "*.csproj"));

    static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "AtomSets.Cluster.sln"))) return folder.FullName;
        throw new InvalidOperationException("the tests run from inside the repository");
    }
}
