using System.Net;
using System.Text.Json;
using AtomSets.Dashboard;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Storage.Tests.Dashboard;

/// <summary>A database with two small real studies (one that transfers, one that searches and prunes), and the API that serves it.</summary>
public sealed class ServedStudies : IAsyncLifetime
{
    public const string Transfer = "tiny", Search = "pruned";

    const string Net = "{ kind: megnet, embedding: 4, hidden: 6, width: 4, readout: 3, blocks: 1, gaussian_centres: 6, cutoff_angstrom: 3.5, gaussian_stop_angstrom: 4 }";

    const string TransferFile = $$"""
        study: {{Transfer}}
        description: A <b>tiny</b> study & its transfer
        sources:
          cheap: { data: "ionic:60:1", target: lattice_energy_kapustinskii_ev_atom, where: { max_sites: 8 }, split: { validation: 8 }, model: net }
        targets:
          dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8, test: 8 }, sizes: [8, 16] }
        models:
          net: {{Net}}
        transfer: [scratch, full]
        seeds: 2
        training: { epochs: 4, patience: 4, batch_size: 8 }
        """;

    const string SearchFile = $$"""
        study: {{Search}}
        targets:
          dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8, test: 8 }, sizes: [16] }
        models:
          net: {{Net}}
        transfer: [scratch]
        search: { sampler: random, trials: 9, pruner: { rule: asha, min_epochs: 1, eta: 3 } }
        training: { epochs: 9, patience: 9, batch_size: 8, learning_rate: { log: [1e-5, 3e-2] } }
        """;

    readonly TestDatabase _database = new();
    readonly string _home = Directory.CreateTempSubdirectory("atomsets-served-").FullName;
    DashboardServer? _server;
    DataCache? _data;
    LocalEngine? _engine;

    public Database Database => _database.Database;

    public LocalEngine Engine => _engine!;

    public DashboardSources Sources { get; private set; } = null!;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false });

    public Uri Address => _server!.Address;

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        if (PostgresPresence.SkipReason is not null) return;
        var loader = new DataSetLoader(new DataLocations(null, _home), DataSetRegistry.Shared);
        _data = new DataCache(loader, () => CpuKernels.Create());
        var (artifacts, ledger) = (new ArtifactStore(Path.Combine(_home, "artifacts")), new PostgresTrialLedger(Database));
        var context = new TrialContext(ModelRegistry.Default, _data, artifacts, ledger, new PostgresMetricSink(Database)) { Kernels = () => CpuKernels.Create(), Numerics = NumericsClass.Cpu };
        _engine = new LocalEngine(new PostgresStudyLog(Database), context, new LocalEngineOptions { Workers = 2, Owner = "served", WatchInterval = TimeSpan.FromMilliseconds(20) });
        foreach (var (name, file) in new[] { (Transfer, TransferFile), (Search, SearchFile) })
        {
            await _engine.SubmitAsync(new StudyFile(file, $"{name}.yaml"), default);
            StudyProgress? last = null;
            await foreach (var progress in _engine.WatchAsync(name, default)) last = progress;
            Assert.Equal(StudyStatus.Finished, last!.Status);
        }
        Sources = new DashboardSources(_engine, ledger, Database, artifacts) { Time = TimeProvider.System, Data = loader };
        _server = await DashboardServer.StartAsync(Sources, new IPEndPoint(IPAddress.Loopback, 0), null, default);
        Http.BaseAddress = _server.Address;
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        if (_engine is not null) await _engine.DisposeAsync();
        _data?.Dispose();
        await _database.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    /// <summary>A good answer of the API.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await Http.GetAsync($"api/v1/{path}");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Status and text of any answer.</summary>
    public async Task<(HttpStatusCode Status, string Text)> SendAsync(HttpMethod method, string path, string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(Address, path));
        if (json is not null) request.Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        // As curl does: a body that is refused for its length is then not sent into a connection that ends.
        request.Headers.ExpectContinue = json?.Length > DashboardApi.MostBodyBytes / 2;
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await Http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
