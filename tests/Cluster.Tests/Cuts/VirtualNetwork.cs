using System.Diagnostics;
using System.Globalization;

namespace AtomSets.Cluster.Tests;

/// <summary>
/// Hosts of this machine in network namespaces of their own, on a bridge; this machine itself has the bridge's address. Needs root and iproute2. All is removed
/// at the end.
/// </summary>
sealed class VirtualNetwork : IAsyncDisposable
{
    readonly string[] _hosts;

    VirtualNetwork(string[] hosts) => _hosts = hosts;

    /// <summary>Of this machine on the bridge.</summary>
    public const string HubAddress = "10.177.0.1";

    public const string Subnet = "10.177.0.0/24";

    const string Bridge = "atomsets-br";

    public static string AddressOf(int host) => string.Create(CultureInfo.InvariantCulture, $"10.177.0.{host + 2}");

    public static string NamespaceOf(int host) => string.Create(CultureInfo.InvariantCulture, $"atomsets-{host}");

    static string PortOf(int host) => string.Create(CultureInfo.InvariantCulture, $"atomsets-v{host}");

    public static async Task<VirtualNetwork> CreateAsync(int hosts)
    {
        var network = new VirtualNetwork([.. Enumerable.Range(0, hosts).Select(NamespaceOf)]);
        await network.DisposeAsync(); // what a killed test has left
        try
        {
            await IpAsync($"link add {Bridge} type bridge");
            await IpAsync($"addr add {HubAddress}/24 dev {Bridge}");
            await IpAsync($"link set {Bridge} up");
            for (var host = 0; host < hosts; host++)
            {
                await IpAsync($"netns add {NamespaceOf(host)}");
                await IpAsync($"link add {PortOf(host)} type veth peer name eth0 netns {NamespaceOf(host)}");
                await IpAsync($"link set {PortOf(host)} master {Bridge} up");
                await IpAsync($"-n {NamespaceOf(host)} addr add {AddressOf(host)}/24 dev eth0");
                await IpAsync($"-n {NamespaceOf(host)} link set eth0 up");
                await IpAsync($"-n {NamespaceOf(host)} link set lo up");
            }
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Between hosts nothing passes (true) or all does; each reaches this machine as before.</summary>
    public async Task CutBetweenAsync(bool cut)
    {
        for (var host = 0; host < _hosts.Length; host++) await RunAsync("bridge", $"link set dev {PortOf(host)} isolated {(cut ? "on" : "off")}");
    }

    /// <summary>A host reaches nobody (true) or everybody.</summary>
    public static Task CutOffAsync(int host, bool cut) => IpAsync($"link set {PortOf(host)} {(cut ? "down" : "up")}");

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts) await IpAsync($"netns del {host}", mustWork: false);
        await IpAsync($"link del {Bridge}", mustWork: false);
    }

    static Task IpAsync(string arguments, bool mustWork = true) => RunAsync("ip", arguments, mustWork);

    static async Task RunAsync(string program, string arguments, bool mustWork = true)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0 && mustWork) throw new InvalidOperationException($"`{program} {arguments}` gave {process.ExitCode}: {error} (network namespaces need root)");
    }
}
