namespace AtomSets.Grains.Interfaces;

/// <summary>Hosts the pool machine over the workers of all silos. One activation, key 0; its state is made anew from workers and studies.</summary>
/// <remarks>
/// A call that is lost with a dying silo is noticed when its time is up: the times are short, and every call is repeated.
/// </remarks>
[Alias("atomsets.IWorkerPool")]
public interface IWorkerPoolGrain : IGrainWithIntegerKey
{
    /// <summary>Every silo's sign of life, each second. Its idle workers join.</summary>
    [Alias("beat"), ResponseTimeout("00:00:03")]
    Task<BeatAnswerWire> BeatAsync(BeatWire beat);

    /// <summary>A silo's workers take no more trials, and what they run is revoked; its end is reported as any other. Returns at once.</summary>
    [Alias("leave"), ResponseTimeout("00:00:03")]
    Task LeaveAsync(string host);

    /// <param name="host">Which host of the study asks. The last one to submit counts: what another withdraws is left alone.</param>
    /// <returns>Which activation took them. When it is another later, studies submit again.</returns>
    [Alias("submit"), ResponseTimeout("00:00:15")]
    Task<Guid> SubmitAsync(string study, Guid host, RequestWire[] trials);

    [Alias("prioritize"), ResponseTimeout("00:00:05")]
    Task PrioritizeAsync(string study, int priority);

    [Alias("withdraw"), ResponseTimeout("00:00:05")]
    Task WithdrawAsync(string study, Guid host, string[] keys);

    /// <param name="request">The same when the call is repeated: it then has the same answer.</param>
    /// <returns>Those that no worker has begun; the study no longer waits for them.</returns>
    [Alias("withdraw-waiting"), ResponseTimeout("00:00:05")]
    Task<string[]> WithdrawWaitingAsync(string study, Guid host, string[] keys, Guid request);

    /// <summary>Returns when none of the study's own trials runs any more.</summary>
    [Alias("withdraw-all"), ResponseTimeout("00:00:30")]
    Task WithdrawAllAsync(string study, Guid host);

    [Alias("report"), ResponseTimeout("00:00:03")]
    Task ReportAsync(ReportWire report);

    [Alias("which"), ResponseTimeout("00:00:03")]
    Task<PoolWire> WhichAsync(string study);

    [Alias("silos"), ResponseTimeout("00:00:05")]
    Task<SiloWire[]> SilosAsync();
}
