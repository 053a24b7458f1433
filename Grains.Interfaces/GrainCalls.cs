using Orleans.Runtime.Messaging;

namespace AtomSets.Grains.Interfaces;

/// <summary>Calls grains again while the cluster heals: a silo that died takes its activations with it, and the next call makes new ones.</summary>
public static class GrainCalls
{
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Whether the same call may succeed a little later.</summary>
    public static bool IsPassing(Exception error) =>
        error is OrleansMessageRejectionException or SiloUnavailableException or TimeoutException or ConnectionFailedException or GatewayTooBusyException or ClientNotAvailableException;

    /// <param name="call">Idempotent.</param>
    /// <param name="patience">How long failures that may pass are waited out.</param>
    public static async Task<T> RetryAsync<T>(Func<Task<T>> call, TimeSpan patience, TimeProvider time, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause < LongestPause ? pause * 2 : LongestPause)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                // A call to a silo that dies is answered only when its time is up: who gives up does not wait for that.
                return await call().WaitAsync(cancellation);
            }
            catch (Exception e) when (IsPassing(e) && time.GetElapsedTime(began) < patience)
            {
                await Task.Delay(pause, time, cancellation);
            }
        }
    }

    /// <inheritdoc cref="RetryAsync{T}"/>
    public static Task RetryAsync(Func<Task> call, TimeSpan patience, TimeProvider time, CancellationToken cancellation) => RetryAsync(
        async () =>
        {
            await call();
            return true;
        },
        patience, time, cancellation);
}
