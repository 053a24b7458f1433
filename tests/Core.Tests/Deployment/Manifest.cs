using System.Diagnostics;
using YamlDotNet.RepresentationModel;

namespace AtomSets.Core.Tests.Deployment;

/// <summary>The objects that <c>kubectl kustomize</c> makes of a folder.</summary>
sealed class Manifest
{
    Manifest(string text)
    {
        Text = text;
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        Objects = [.. stream.Documents.Select(document => document.RootNode)];
    }

    public string Text { get; }

    public IReadOnlyList<YamlNode> Objects { get; }

    /// <summary>Every object with pods: itself and the template of its pods.</summary>
    public IEnumerable<(YamlNode Owner, YamlNode Pod)> Pods =>
        Objects.Where(o => At(o, "spec", "template", "spec") is not null).Select(o => (o, At(o, "spec", "template")!));

    public IEnumerable<(YamlNode Pod, YamlNode Container)> Containers =>
        Pods.SelectMany(p => Items(p.Pod, "spec", "containers").Select(container => (p.Pod, container)));

    public YamlNode One(string kind, string name) => Objects.Single(o => Value(o, "kind") == kind && Value(o, "metadata", "name") == name);

    public IEnumerable<YamlNode> Of(string kind) => Objects.Where(o => Value(o, "kind") == kind);

    public static Manifest Render(string folder)
    {
        using var kubectl = Process.Start(new ProcessStartInfo("kubectl", ["kustomize", folder]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var error = kubectl.StandardError.ReadToEndAsync();
        var text = kubectl.StandardOutput.ReadToEnd();
        kubectl.WaitForExit();
        return kubectl.ExitCode == 0 ? new Manifest(text) : throw new InvalidOperationException($"{folder} does not render: {error.Result}");
    }

    /// <returns>Null where there is none.</returns>
    public static YamlNode? At(YamlNode? node, params string[] path)
    {
        foreach (var key in path) node = node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;
        return node;
    }

    public static string? Value(YamlNode? node, params string[] path) => (At(node, path) as YamlScalarNode)?.Value;

    public static IEnumerable<YamlNode> Items(YamlNode? node, params string[] path) => At(node, path) is YamlSequenceNode items ? items.Children : [];

    public static Dictionary<string, string> Map(YamlNode? node, params string[] path) => At(node, path) is YamlMappingNode map
        ? map.Children.ToDictionary(entry => ((YamlScalarNode)entry.Key).Value!, entry => ((YamlScalarNode)entry.Value).Value ?? "", StringComparer.Ordinal)
        : [];
}
