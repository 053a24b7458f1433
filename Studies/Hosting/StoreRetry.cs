namespace AtomSets.Studies;

/// <summary>Asks a store again while it is away: a database restart must cost seconds, not trials. Only for idempotent calls.</summary>
public static class StoreRetry
{
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <param name="patience">How long the store may be away before its exception passes through.</param>
    /// <exception cref="StoreUnavailableException">The store stayed away.</exception>
    public static async Task<T> RunAsync<T>(Func<Task<T>> call, TimeProvider time, TimeSpan patience, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        var pause = TimeSpan.FromMilliseconds(250);
        while (true)
        {
            try
            {
                return await call();
            }
            catch (StoreUnavailableException) when (time.GetElapsedTime(began) < patience)
            {
                Telemetry.StoreRetried();
                await Task.Delay(pause, time, cancellation);
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            }
        }
    }
}
