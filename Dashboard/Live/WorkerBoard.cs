using AtomSets.Storage;

namespace AtomSets.Dashboard;

/// <summary>Workers and devices: what they do now, and what they have done.</summary>
sealed class WorkerBoard(StudyCatalog studies, StudyWatches watches, DeviceQueries devices, Func<CancellationToken, Task<IReadOnlyList<SiloLine>>> silos)
{
    public IEnumerable<ApiRoute> Routes => [ApiRoute.Get("/workers", "Workers with what they do now, devices with what they have done, silos of a cluster.", request => ReadAsync(request.Cancellation))];

    public async Task<WorkersAnswer> ReadAsync(CancellationToken cancellation)
    {
        var workers = new List<WorkerAnswer>();
        foreach (var study in await studies.RunningAsync(cancellation))
            workers.AddRange((await watches.NowAsync(study, cancellation)).Workers.Select(worker => WorkerAnswer.Of(worker, study.Name)));
        // A trial that several studies wait for is computed once.
        return new WorkersAnswer([.. workers.DistinctBy(worker => (worker.Owner, worker.Worker, worker.Trial))], await devices.ReadAsync(cancellation), await silos(cancellation));
    }
}

sealed record WorkersAnswer(IReadOnlyList<WorkerAnswer> Workers, IReadOnlyList<DeviceCosts> Devices, IReadOnlyList<SiloLine> Silos);
