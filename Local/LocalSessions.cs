using AtomSets.Commands;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Storage;
using AtomSets.Tensors;

namespace AtomSets.Local;

/// <summary>Composes one machine: PostgreSQL for every row, a folder for artifacts, and a worker per core.</summary>
/// <param name="say">Gets a line when something takes long.</param>
/// <param name="time">The clock.</param>
sealed class LocalSessions(Action<string> say, TimeProvider time) : ISessionFactory
{
    public async Task<Session> OpenAsync(SessionRequest request, CancellationToken cancellation)
    {
        var locations = DataLocations.FromEnvironment();
        var device = ComputeDevice.Of(request.Device);
        // First: a home that cannot be written to must not leave a database behind.
        var artifacts = MachineEnvironment.OpenArtifacts(locations.Home, time);
        var interval = MachineEnvironment.CheckpointInterval();
        var database = await Database.OpenAsync(new DatabaseOptions(request.Database, say), cancellation);
        try
        {
            var data = new DataCache(new DataSetLoader(locations, DataSetRegistry.Shared), () => CpuKernels.Create()) { Preparing = say };
            var ledger = new PostgresTrialLedger(database);
            var trials = new TrialContext(ModelRegistry.Default, data, artifacts, ledger, new PostgresMetricSink(database))
            {
                Time = time, Kernels = device.Kernels, Numerics = device.Numerics,
            };
            if (interval is { } seconds) trials = trials with { CheckpointInterval = seconds };
            var options = new LocalEngineOptions { WatchInterval = TimeSpan.FromMilliseconds(500) };
            if (device.IsShared) options = options with { Workers = 1 };
            if (request.Workers is { } workers) options = options with { Workers = workers };
            var engine = new LocalEngine(new PostgresStudyLog(database), trials, options);
            return new Session(engine, ledger, artifacts, database, async () =>
            {
                data.Dispose();
                await database.DisposeAsync();
            })
            {
                // The private server's data and the artifacts are of one home.
                OwnsArtifacts = string.IsNullOrWhiteSpace(request.Database) && DatabaseSetting.Read(Environment.GetEnvironmentVariable) is null,
            };
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }
}
