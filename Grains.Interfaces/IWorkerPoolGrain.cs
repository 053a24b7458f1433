namespace AtomSets.Grains.Interfaces;

/// <summary>Hosts the pool machine over the workers of all silos. One activation, key 0; its state is made anew from workers and studies.</summary>
[Alias("atomsets.IWorkerPool")]
public interface IWorkerPoolGrain : IGrainWithIntegerKey
{
    /// <summary>Every silo's sign of life, each second. Its idle workers join.</summary>
    [Alias("beat")]
    Task<BeatAnswerWire> BeatAsync(BeatWire beat);

    /// <summary>A silo's workers take no more trials; returns when what they ran has stopped.</summary>
    [Alias("leave"), ResponseTimeout("00:02:00")]
    Task LeaveAsync(string host);

    /// <returns>Which activation took them. When it is another later, studies submit again.</returns>
    [Alias("submit")]
    Task<Guid> SubmitAsync(string study, RequestWire[] trials);

    [Alias("prioritize")]
    Task PrioritizeAsync(string study, int priority);

    [Alias("withdraw")]
    Task WithdrawAsync(string study, string[] keys);

    /// <param name="request">The same when the call is repeated: it then has the same answer.</param>
    /// <returns>Those that no worker has begun; the study no longer waits for them.</returns>
    [Alias("withdraw-waiting")]
    Task<string[]> WithdrawWaitingAsync(string study, string[] keys, Guid request);

    /// <summary>Returns when none of the study's own trials runs any more.</summary>
    [Alias("withdraw-all"), ResponseTimeout("00:05:00")]
    Task WithdrawAllAsync(string study);

    [Alias("report")]
    Task ReportAsync(ReportWire report);

    [Alias("which")]
    Task<Guid> WhichAsync();

    [Alias("silos")]
    Task<SiloWire[]> SilosAsync();
}
