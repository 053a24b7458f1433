using System.Globalization;
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
        // First: a home that cannot be written to must not leave a database behind.
        var artifacts = OpenArtifacts(locations.Home);
        var interval = CheckpointInterval();
        var database = await Database.OpenAsync(new DatabaseOptions(request.Database, say), cancellation);
        try
        {
            var data = new DataCache(new DataSetLoader(locations, DataSetRegistry.Shared), () => CpuKernels.Create()) { Preparing = say };
            var ledger = new PostgresTrialLedger(database);
            var trials = new TrialContext(ModelRegistry.Default, data, artifacts, ledger, new PostgresMetricSink(database)) { Time = time };
            if (interval is { } seconds) trials = trials with { CheckpointInterval = seconds };
            var options = new LocalEngineOptions();
            if (request.Workers is { } workers) options = options with { Workers = workers };
            var engine = new LocalEngine(new PostgresStudyLog(database), trials, options);
            return new Session(engine, ledger, artifacts, database, async () =>
            {
                data.Dispose();
                await database.DisposeAsync();
            });
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    ArtifactStore OpenArtifacts(string home)
    {
        try
        {
            return new ArtifactStore(Path.Combine(home, "artifacts"), time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{home} cannot be used as the program's folder: {e.Message.TrimEnd('.')}; set ATOMSETS_HOME to a folder that you may write to", e);
        }
    }

    /// <summary>What a crash may cost: the time between a running trial's checkpoints, where <c>ATOMSETS_CHECKPOINT_SECONDS</c> says it.</summary>
    static TimeSpan? CheckpointInterval()
    {
        if (Environment.GetEnvironmentVariable("ATOMSETS_CHECKPOINT_SECONDS") is not { Length: > 0 } text) return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 86_400
            ? TimeSpan.FromSeconds(seconds)
            : throw new InputException($"ATOMSETS_CHECKPOINT_SECONDS={text}: must be a number of seconds from 0 to 86400, such as 10");
    }
}
