using AtomSets.Storage;

namespace AtomSets.Dashboard;

/// <summary>Workers and devices: what they do now, and what they have done.</summary>
sealed class WorkerBoard(StudyCatalog studies, StudyWatches watches, DeviceQueries devices, Func<CancellationToken, Task<IReadOnlyList<SiloLine>>> silos)
{
    /// <summary>A large study whose log has yet to be read is left out until it is.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    public IEnumerable<ApiRoute> Routes => [ApiRoute.Get("/workers", "Workers with what they do now, devices with what they have done, silos of a cluster.", request => ReadAsync(request.Cancellation))];

    public async Task<WorkersAnswer> ReadAsync(CancellationToken cancellation)
    {
        var workers = new List<WorkerAnswer>();
        foreach (var study in await studies.RunningAsync(cancellation))
            if (await watches.SoonAsync(study, s_patience, cancellation) is { } progress) workers.AddRange(progress.Workers.Select(worker => WorkerAnswer.Of(worker, study.Name)));
        // A trial that several studies wait for is computed once.
        return new WorkersAnswer([.. workers.DistinctBy(worker => (worker.Owner, worker.Worker, worker.Trial))], await devices.ReadAsync(cancellation), await silos(cancellation));
    }
}

sealed record WorkersAnswer(IReadOnlyList<WorkerAnswer> Workers, IReadOnlyList<DeviceCosts> Devices, IReadOnlyList<SiloLine> Silos);
