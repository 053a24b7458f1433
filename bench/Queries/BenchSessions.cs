using AtomSets.Commands;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Models;
using AtomSets.Storage;
using AtomSets.Tensors;

namespace AtomSets.Bench;

/// <summary>Sessions over one open database, as a program has them after its start.</summary>
sealed class BenchSessions(Database database, string home) : ISessionFactory
{
    public Task<Session> OpenAsync(SessionRequest request, CancellationToken cancellation)
    {
        var artifacts = new ArtifactStore(Path.Combine(home, "artifacts"), TimeProvider.System);
        var data = new DataCache(new DataSetLoader(DataLocations.FromEnvironment(), DataSetRegistry.Shared), () => CpuKernels.Create());
        var ledger = new PostgresTrialLedger(database);
        var engine = new LocalEngine(new PostgresStudyLog(database), new TrialContext(ModelRegistry.Default, data, artifacts, ledger, new PostgresMetricSink(database)), new LocalEngineOptions());
        return Task.FromResult(new Session(engine, ledger, artifacts, database, () =>
        {
            data.Dispose();
            return ValueTask.CompletedTask;
        }));
    }
}
