using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using AtomSets.Engine;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>Who gets what from a silo over HTTP.</summary>
[Collection(SiloProcessCollection.Name)]
public sealed class SiloWebTests : IAsyncLifetime
{
    const string Token = "Token-of-this-test-0123456789";

    readonly Machine _machine = new();
    readonly string _home = Directory.CreateTempSubdirectory("atomsets-web-").FullName;
    string _artifact = "", _database = "";

    public async Task InitializeAsync()
    {
        if (new PostgresFactAttribute().Skip is not null) return;
        _artifact = new ArtifactStore(Path.Combine(_home, "artifacts")).Put("weights"u8);
        _database = await _machine.ShareDatabaseAsync();
    }

    public async Task DisposeAsync()
    {
        await _machine.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [PostgresFact]
    public async Task With_a_token_only_who_knows_it_gets_content_and_nobody_by_a_path()
    {
        var tokenFile = Path.Combine(_home, "token");
        await File.WriteAllTextAsync(tokenFile, Token + "\n");
        using var silo = LooseSilo.Start("guarded", _home, _database, new Dictionary<string, string> { [AccessToken.FileVariable] = tokenFile });
        await silo.ServesAsync(_machine);
        var place = $"http://127.0.0.1:{silo.HttpPort}";

        Assert.Equal((HttpStatusCode.OK, "ok"), await GetAsync($"{place}/healthz", null));
        Assert.Equal((HttpStatusCode.OK, "ok"), await GetAsync($"{place}/readyz", null));
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync($"{place}/artifacts/{_artifact}", null)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync($"{place}/artifacts/{_artifact}", Token[1..])).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync($"{place}/whatever", null)).Status);
        Assert.Equal((HttpStatusCode.OK, "weights"), await GetAsync($"{place}/artifacts/{_artifact}", Token));
        string[] elsewhere = ["artifacts/%2e%2e%2ftoken", "token.txt", $"artifacts/{_artifact.ToUpperInvariant()}", $"artifacts/{_artifact}/", $"artifacts/{new string('0', 64)}", $"sets/{_artifact}", "sets/"];
        foreach (var path in elsewhere) Assert.Equal(HttpStatusCode.NotFound, (await GetAsync($"{place}/{path}", Token)).Status);

        // What is neither content nor API shows the pages, where they were built; a file of the machine never.
        foreach (var path in new[] { "artifacts/../token", "token" }) Assert.DoesNotContain(Token, (await GetAsync($"{place}/{path}", Token)).Text, StringComparison.Ordinal);

        Assert.Contains("\"studies\":[", (await GetAsync($"{place}/api/v1/studies", Token)).Text, StringComparison.Ordinal);
        Assert.Contains("\"cluster\":true", (await GetAsync($"{place}/api/v1/info", Token)).Text, StringComparison.Ordinal);
        Assert.Contains("\"silo\":\"guarded\"", (await GetAsync($"{place}/api/v1/workers", Token)).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync($"{place}/api/v1/studies", null)).Status);

        var logs = await _machine.RunAsync(Machine.Client, "cluster", "logs", "guarded", "--lines", "2000");
        Assert.NotEqual("", logs);
        Assert.DoesNotContain(Token, logs + silo.Log, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Without_a_token_other_machines_get_a_word_about_its_health_and_nothing_else()
    {
        if (OwnAddress() is not { } address) return; // a machine without a network
        using var silo = LooseSilo.Start("open", _home, _database, null, "--address", $"{address}");
        await silo.ServesAsync(_machine);
        var place = $"http://{address}:{silo.HttpPort}";
        Assert.Equal((HttpStatusCode.OK, "ok"), await GetAsync($"{place}/healthz", null));
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync($"{place}/artifacts/{_artifact}", null)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync($"{place}/artifacts/{_artifact}", Token)).Status);
    }

    [PostgresFact]
    public async Task On_one_machine_no_token_is_needed()
    {
        using var silo = LooseSilo.Start("local", _home, _database);
        await silo.ServesAsync(_machine);
        Assert.Equal((HttpStatusCode.OK, "weights"), await GetAsync($"http://127.0.0.1:{silo.HttpPort}/artifacts/{_artifact}", null));
        // A page of another site comes under a name of its own, though it leads here.
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        http.DefaultRequestHeaders.Host = "evil.example";
        using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{silo.HttpPort}/artifacts/{_artifact}"));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [PostgresFact]
    public async Task A_clients_pages_show_the_silos_of_the_database_that_they_are_of()
    {
        using var silo = LooseSilo.Start("far", _home, _database);
        await silo.ServesAsync(_machine);
        // Where it runs is no database, nor any silo; the torn record of one is passed over.
        var elsewhere = Directory.CreateDirectory(Path.Combine(_home, "elsewhere")).FullName;
        Directory.CreateDirectory(Path.Combine(elsewhere, "cluster"));
        await File.WriteAllTextAsync(Path.Combine(elsewhere, "cluster", "torn.json"), "{\"Name\":\"torn\",");
        using var pages = Process.Start(Machine.Program(Machine.Client, elsewhere, "ui", "--port", "0", "--db", _database))!;
        try
        {
            var address = await pages.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(2));
            Assert.Contains("\"silos\":[{\"silo\":\"far\",\"state\":\"serving\",\"workers\":1,", (await GetAsync($"{address}api/v1/workers", null)).Text, StringComparison.Ordinal);
        }
        finally
        {
            pages.Kill();
        }
    }

    [PostgresFact]
    public async Task A_name_is_no_address_for_a_silo()
    {
        using var silo = LooseSilo.Start("named", _home, _database, null, "--address", "localhost");
        Assert.Equal(2, (await silo.EndAsync()).Code);
        Assert.Equal("atomsets-silo: --address localhost: must be an IP address of this machine, such as 10.0.0.5", silo.Log.Trim());
    }

    static async Task<(HttpStatusCode Status, string Text)> GetAsync(string address, string? token)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        if (token is not null) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.GetAsync(new Uri(address, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    static IPAddress? OwnAddress() => NetworkInterface.GetAllNetworkInterfaces().Where(card => card.OperationalStatus == OperationalStatus.Up)
        .SelectMany(card => card.GetIPProperties().UnicastAddresses).Select(entry => entry.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
}
