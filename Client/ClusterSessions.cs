using AtomSets.Commands;
using AtomSets.Engine;
using AtomSets.Grains.Interfaces;
using AtomSets.Materials;
using AtomSets.Storage;

namespace AtomSets.Client;

/// <summary>Opens the database and a connection to the cluster that serves it.</summary>
/// <param name="say">Gets a line when something takes long.</param>
/// <param name="silos">Says what they do.</param>
/// <param name="time">The clock.</param>
sealed class ClusterSessions(Action<string> say, LocalSilos silos, TimeProvider time) : ISessionFactory
{
    public async Task<Session> OpenAsync(SessionRequest request, CancellationToken cancellation)
    {
        if (request.Workers is { } workers)
            throw new InputException($"--workers {workers}: a cluster's workers are its silos' (atomsets cluster up --workers {workers}); leave the option away");
        if (request.Device is { } device)
            throw new InputException($"--device {device}: a cluster computes where its silos do (atomsets cluster up --device {device}); leave the option away");
        var token = AccessToken.Read(Environment.GetEnvironmentVariable);
        var artifacts = MachineEnvironment.OpenArtifacts(DataLocations.FromEnvironment().Home, time);
        var database = await Database.OpenAsync(new DatabaseOptions(request.Database, say), cancellation);
        try
        {
            var connection = await ClusterConnection.OpenAsync(database, cancellation);
            var others = new PeerContent(
                async _ => new PeerList([.. (await connection.Grains.GetGrain<ISiloDeskGrain>(0).SilosAsync()).Select(card => card.Http).OfType<string>().Select(http => new Uri(http))], IsComplete: true),
                token?.Text, time)
            {
                Missed = say,
            };
            artifacts.Others = others;
            var ledger = new PostgresTrialLedger(database);
            var engine = new ClusterEngine(connection.Grains, new PostgresStudyLog(database), ledger, new PostgresMetricSink(database), time);
            return new Session(engine, ledger, artifacts, database, async () =>
            {
                others.Dispose();
                await connection.DisposeAsync();
                await database.DisposeAsync();
            })
            {
                GoesOn = true, Silos = cancel => silos.StatusAsync(connection, cancel),
            };
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }
}
