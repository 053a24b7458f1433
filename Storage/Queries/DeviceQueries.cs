namespace AtomSets.Storage;

/// <summary>What one worker has computed: finished trials of one kind and family, each once.</summary>
/// <param name="Device">Device and instruction set, where recorded.</param>
/// <param name="First">End of its first trial.</param>
/// <param name="Last">End of its last trial.</param>
public sealed record DeviceCosts(string Worker, string? Machine, string? Device, string Kind, string? Family, long Trials, long Epochs, double CoreHours, DateTimeOffset First, DateTimeOffset Last);

/// <summary>Who has computed what.</summary>
public sealed class DeviceQueries(Database database)
{
    /// <summary>The workers, the last to finish a trial first.</summary>
    public Task<List<DeviceCosts>> ReadAsync(CancellationToken cancel) => database.RunAsync(c => c.ReadAsync(
        r => new DeviceCosts(r.GetString(0), r.Text(1), r.Text(2), r.GetString(3), r.Text(4), r.GetInt64(5), r.GetInt64(6), r.GetDouble(7), r.Time(8), r.Time(9)),
        "SELECT worker, machine, device, kind, family, trials::bigint, epochs::bigint, core_hours, first_at, last_at FROM cost_rows ORDER BY last_at DESC, worker, kind, family LIMIT 500", cancel), repeatable: true, cancel);
}
