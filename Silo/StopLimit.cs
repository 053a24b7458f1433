using AtomSets.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AtomSets.Silo;

/// <summary>
/// Ends the process when its stop cannot come to an end: Orleans tries for minutes to write to a membership table that does not answer. Without the database no
/// checkpoint can be recorded and no lease given back either; the others notice by silence.
/// </summary>
sealed partial class StopLimit(Database database, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<StopLimit> logger) : IHostedService
{
    /// <summary>In all; the host itself gives up its services after a minute.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(75);

    /// <summary>Without a sign of the database.</summary>
    static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    /// <summary>For an answer of the database.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStopping.Register(() => _ = Task.Factory.StartNew(Watch, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // On a thread of its own: the pool's may all be busy with what does not end. It ends with the process.
    void Watch()
    {
        var (began, answered) = (time.GetTimestamp(), time.GetTimestamp());
        while (true)
        {
            if (database.AnswersAsync(Patience, CancellationToken.None).GetAwaiter().GetResult()) answered = time.GetTimestamp();
            var isSilent = time.GetElapsedTime(answered) >= Silence;
            if (isSilent || time.GetElapsedTime(began) >= Longest)
            {
                GivenUp(logger, isSilent ? "the database does not answer" : "its services did not end");
                Environment.Exit(0);
            }
            Thread.Sleep(Look);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The silo ends without a word to the others: {Reason}. Its trials go on elsewhere from their last checkpoints")]
    private static partial void GivenUp(ILogger logger, string reason);
}
