using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>Clusters of two databases on one machine come up at once and have nothing to do with each other.</summary>
[Collection(SiloProcessCollection.Name)]
public sealed class TwoClustersTests
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [PostgresFact]
    public async Task Two_clusters_that_start_at_once_take_ports_of_their_own_and_run_their_own_trials()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "examples/quick.yaml");
        await using var one = new Machine();
        await using var other = new Machine();
        Machine[] machines = [one, other];
        await Task.WhenAll(machines.Select(machine => machine.RunAsync(Machine.Client, "cluster", "up", "--silos", "1", "--workers", "1")));
        await Task.WhenAll(machines.Select(machine => machine.RunAsync(Machine.Client, "study", "run", file)));
        var processes = new List<int>();
        foreach (var machine in machines)
        {
            var silo = JsonDocument.Parse(await machine.RunAsync(Machine.Client, "cluster", "status", "--format", "json")).RootElement.EnumerateArray().Single();
            processes.Add((int)silo.GetProperty("process").GetDouble());
            var owners = await machine.SqlAsync("SELECT DISTINCT owner FROM trials");
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $":{processes[^1]}:"), Assert.Single(owners), StringComparison.Ordinal);
        }
        Assert.NotEqual(processes[0], processes[1]);
    }

    [PostgresFact]
    public async Task A_silo_whose_port_is_taken_ends_with_a_code_of_its_own_and_says_which()
    {
        await using var machine = new Machine();
        var database = await machine.ShareDatabaseAsync();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        foreach (var option in new[] { "--port", "--gateway-port", "--http-port" })
        {
            string[] free = [.. new[] { "--port", "--gateway-port" }.Where(name => name != option).SelectMany(name => (string[])[name, LooseSilo.FreePort().ToString(CultureInfo.InvariantCulture)])];
            var start = Machine.Program(Path.Combine(AppContext.BaseDirectory, "atomsets-silo"), machine.Home, [option, port, .. free]);
            start.Environment["ATOMSETS_DB"] = database;
            using var silo = Process.Start(start)!;
            var (output, error) = (silo.StandardOutput.ReadToEndAsync(), silo.StandardError.ReadToEndAsync());
            await silo.WaitForExitAsync().WaitAsync(Limit);
            Assert.True(silo.ExitCode == 3, $"{option}: {silo.ExitCode}\n{await output}{await error}");
            Assert.Contains($"{option} {port}", await error, StringComparison.Ordinal);
        }
    }
}
