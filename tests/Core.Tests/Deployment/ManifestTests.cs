using System.Text.RegularExpressions;
using AtomSets.Core.Tests.Docs;
using Xunit;
using YamlDotNet.RepresentationModel;
using static AtomSets.Core.Tests.Deployment.Manifest;

namespace AtomSets.Core.Tests.Deployment;

/// <summary>The manifests render, their parts find each other, and what they tell the silo is what the silo understands.</summary>
public sealed partial class ManifestTests
{
    static readonly Lazy<Manifest> Cpu = new(() => Render(Folder("overlays/cpu"))), Gpu = new(() => Render(Folder("overlays/gpu"))), Study = new(() => Render(Folder("study")));

    static string SiloSource => Source("Silo/Program.cs");

    [KubectlFact]
    public void Selectors_choose_the_pods_that_they_mean()
    {
        foreach (var manifest in new[] { Cpu.Value, Gpu.Value })
        {
            foreach (var set in manifest.Of("StatefulSet"))
            {
                Assert.True(Chooses(Map(set, "spec", "selector", "matchLabels"), At(set, "spec", "template")!));
                Assert.NotNull(manifest.One("Service", Value(set, "spec", "serviceName")!));
            }
            foreach (var service in manifest.Of("Service")) Assert.Single(manifest.Pods, pod => Chooses(Map(service, "spec", "selector"), pod.Pod));
            foreach (var budget in manifest.Of("PodDisruptionBudget")) Assert.Single(manifest.Pods, pod => Chooses(Map(budget, "spec", "selector", "matchLabels"), pod.Pod));
            var policies = manifest.Of("NetworkPolicy").ToArray();
            Assert.Equal(2, policies.Length);
            foreach (var policy in policies) Assert.Single(manifest.Pods, pod => Chooses(Map(policy, "spec", "podSelector", "matchLabels"), pod.Pod));
            var everyone = manifest.Pods.Concat(Study.Value.Pods).ToArray();
            foreach (var from in policies.SelectMany(policy => Items(policy, "spec", "ingress")).SelectMany(rule => Items(rule, "from")))
                Assert.Contains(everyone, pod => Chooses(Map(from, "podSelector", "matchLabels"), pod.Pod));
        }
    }

    [KubectlFact]
    public void Whoever_reads_the_databases_address_is_let_through_to_the_server()
    {
        foreach (var (pod, _) in Cpu.Value.Containers.Concat(Study.Value.Containers).Where(c => Environment(c.Container).Any(e => e.Name == "ATOMSETS_DB_FILE")))
            Assert.Equal("client", Map(pod, "metadata", "labels")["atomsets/database"]);
    }

    [KubectlFact]
    public void Ports_are_the_silos_own_and_have_names_that_services_policies_and_probes_use()
    {
        foreach (var manifest in new[] { Cpu.Value, Gpu.Value })
        {
            var silo = Container(manifest.One("StatefulSet", "atomsets-silo"));
            var ports = Items(silo, "ports").ToDictionary(port => Value(port, "name")!, port => Value(port, "containerPort")!, StringComparer.Ordinal);
            var options = Options(silo);
            Assert.Equal((ports["silo"], ports["gateway"], ports["health"]), (options["--port"], options["--gateway-port"], options["--http-port"]));
            Assert.Equal((Default("--port"), Default("--gateway-port")), (ports["silo"], ports["gateway"]));
            foreach (var service in manifest.Of("Service"))
            {
                var pod = manifest.Pods.Single(pod => Chooses(Map(service, "spec", "selector"), pod.Pod)).Pod;
                foreach (var port in Items(service, "spec", "ports")) Assert.Equal(Value(port, "port"), NamedPort(pod, Value(port, "targetPort")!));
            }
            foreach (var policy in manifest.Of("NetworkPolicy"))
            {
                var pod = manifest.Pods.Single(pod => Chooses(Map(policy, "spec", "podSelector", "matchLabels"), pod.Pod)).Pod;
                foreach (var port in Items(policy, "spec", "ingress").SelectMany(rule => Items(rule, "ports"))) Assert.NotNull(NamedPort(pod, Value(port, "port")!));
            }
            foreach (var kind in new[] { "startupProbe", "livenessProbe", "readinessProbe" })
            {
                Assert.Contains(Value(silo, kind, "httpGet", "port")!, ports.Keys);
                Assert.Contains($"case \"{Value(silo, kind, "httpGet", "path")}\":", Source("Silo/Web/SiloWeb.cs"), StringComparison.Ordinal);
            }
        }
    }

    [KubectlFact]
    public void The_silo_understands_its_options_and_the_programs_read_the_variables()
    {
        var code = string.Join('\n', new[] { "Silo", "Client", "Storage", "Materials", "Engine", "Commands" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(GuidePages.Root, folder), "*.cs", SearchOption.AllDirectories)).Where(path => !path.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText));
        foreach (var manifest in new[] { Cpu.Value, Gpu.Value, Study.Value })
        {
            foreach (var set in manifest.Of("StatefulSet").Where(set => Value(set, "metadata", "name") == "atomsets-silo"))
                foreach (var option in Options(Container(set)).Keys) Assert.Contains($"(\"{option}\"", SiloSource, StringComparison.Ordinal);
            var given = manifest.Containers.SelectMany(c => Environment(c.Container)).Select(e => e.Name).Concat(manifest.Of("ConfigMap").SelectMany(map => Map(map, "data").Keys));
            foreach (var name in given.Where(name => name.StartsWith("ATOMSETS_", StringComparison.Ordinal))) Assert.Contains($"\"{name}\"", code, StringComparison.Ordinal);
        }
    }

    [KubectlFact]
    public void Devices_are_asked_for_where_they_are_used()
    {
        var (cpu, gpu) = (Container(Cpu.Value.One("StatefulSet", "atomsets-silo")), Container(Gpu.Value.One("StatefulSet", "atomsets-silo")));
        Assert.DoesNotContain("nvidia.com/gpu", Map(cpu, "resources", "limits").Keys);
        Assert.DoesNotContain("--device", Options(cpu).Keys);
        Assert.Equal(("1", "1"), (Map(gpu, "resources", "limits")["nvidia.com/gpu"], Map(gpu, "resources", "requests")["nvidia.com/gpu"]));
        Assert.Equal(("cuda:0", "1"), (Options(gpu)["--device"], Options(gpu)["--workers"]));
        foreach (var (_, container) in Cpu.Value.Containers.Concat(Gpu.Value.Containers).Concat(Study.Value.Containers))
        {
            Assert.Superset(new HashSet<string> { "cpu", "memory" }, Map(container, "resources", "requests").Keys.ToHashSet(StringComparer.Ordinal));
            Assert.Contains("memory", Map(container, "resources", "limits").Keys);
        }
    }

    [KubectlFact]
    public void Secrets_are_named_never_contained()
    {
        foreach (var manifest in new[] { Cpu.Value, Gpu.Value, Study.Value })
        {
            Assert.Empty(manifest.Of("Secret"));
            Assert.DoesNotMatch(AddressWithPassword(), manifest.Text);
            foreach (var (name, value) in manifest.Containers.SelectMany(c => Environment(c.Container)))
                if (name.Contains("PASSWORD", StringComparison.Ordinal) || name.StartsWith("ATOMSETS_DB", StringComparison.Ordinal))
                    Assert.True(name.EndsWith("_FILE", StringComparison.Ordinal) && value.StartsWith("/run/secrets/", StringComparison.Ordinal), name);
        }
    }

    [KubectlFact]
    public void Claims_maps_and_accounts_exist_and_nothing_runs_as_root()
    {
        foreach (var manifest in new[] { Cpu.Value, Gpu.Value, Study.Value })
        {
            // The study uses what the overlay has made.
            var known = manifest.Objects.Concat(Cpu.Value.Objects).Select(o => (Value(o, "kind")!, Value(o, "metadata", "name")!)).ToHashSet();
            foreach (var (owner, pod) in manifest.Pods)
            {
                var volumes = Items(pod, "spec", "volumes").ToArray();
                foreach (var volume in volumes)
                {
                    if (Value(volume, "persistentVolumeClaim", "claimName") is { } claim) Assert.Contains(("PersistentVolumeClaim", claim), known);
                    if (Value(volume, "configMap", "name") is { } map) Assert.Contains(("ConfigMap", map), known);
                }
                var names = volumes.Concat(Items(owner, "spec", "volumeClaimTemplates").Select(claim => At(claim, "metadata")!)).Select(volume => Value(volume, "name")!).ToHashSet(StringComparer.Ordinal);
                foreach (var mount in Items(pod, "spec", "containers").SelectMany(container => Items(container, "volumeMounts"))) Assert.Contains(Value(mount, "name")!, names);
                foreach (var container in Items(pod, "spec", "containers"))
                    foreach (var source in Items(container, "envFrom")) Assert.Contains(("ConfigMap", Value(source, "configMapRef", "name")!), known);
                if (Value(pod, "spec", "serviceAccountName") is { } account) Assert.Contains(("ServiceAccount", account), known);
                Assert.Equal("true", Value(pod, "spec", "securityContext", "runAsNonRoot"));
                Assert.Equal("false", Value(pod, "spec", "automountServiceAccountToken"));
            }
        }
    }

    static bool Chooses(Dictionary<string, string> selector, YamlNode pod)
    {
        var labels = Map(pod, "metadata", "labels");
        return selector.Count > 0 && selector.All(label => labels.GetValueOrDefault(label.Key) == label.Value);
    }

    static YamlNode Container(YamlNode owner) => Items(owner, "spec", "template", "spec", "containers").Single();

    static string? NamedPort(YamlNode pod, string name) =>
        Items(pod, "spec", "containers").SelectMany(container => Items(container, "ports")).Where(port => Value(port, "name") == name).Select(port => Value(port, "containerPort")).Single();

    static Dictionary<string, string> Options(YamlNode container) => Items(container, "args").Select(arg => ((YamlScalarNode)arg).Value!.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    static IEnumerable<(string Name, string Value)> Environment(YamlNode container) => Items(container, "env").Select(entry => (Value(entry, "name")!, Value(entry, "value") ?? ""));

    static string Default(string option) => Regex.Match(SiloSource, $"\\(\"{option}\"\\).*=> ([0-9]+)", RegexOptions.None, TimeSpan.FromSeconds(1)).Groups[1].Value;

    static string Source(string path) => File.ReadAllText(Path.Combine(GuidePages.Root, path));

    static string Folder(string path) => Path.Combine(GuidePages.Root, "k8s", path);

    [GeneratedRegex("://[^/\\s\"@]*:[^/\\s\"@$%]+@", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AddressWithPassword();
}
