using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace AtomSets.Core.Tests.Deployment;

/// <summary>Needs kubectl, to render manifests; no cluster.</summary>
sealed class KubectlFactAttribute : FactAttribute
{
    static readonly Lazy<string?> Problem = new(Probe);

    public KubectlFactAttribute() => Skip = Problem.Value;

    static string? Probe()
    {
        try
        {
            using var kubectl = Process.Start(new ProcessStartInfo("kubectl", ["version", "--client", "-o", "json"]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            var text = kubectl.StandardOutput.ReadToEnd();
            kubectl.WaitForExit();
            return JsonDocument.Parse(text).RootElement.TryGetProperty("kustomizeVersion", out _) ? null : "kubectl is older than 1.24, whose kustomize has no components; the manifests were not rendered";
        }
        catch (Exception e) when (e is Win32Exception or JsonException)
        {
            return "kubectl is missing (Debian: kubernetes-client); the manifests were not rendered";
        }
    }
}
