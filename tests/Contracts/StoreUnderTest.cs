using System.Text.Json.Nodes;
using AtomSets.Studies;

namespace AtomSets.Contracts;

/// <summary>An empty store for one test.</summary>
public abstract class StoreUnderTest : IAsyncDisposable
{
    public abstract IStudyLog Log { get; }

    public abstract ITrialLedger Ledger { get; }

    public abstract IMetricSink Metrics { get; }

    /// <summary>Lets this much time pass for leases; a negative time sets the store's clock back.</summary>
    public abstract Task AdvanceAsync(TimeSpan time);

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Specs and results for tests of stores.</summary>
public static class Samples
{
    public static CancellationToken None => CancellationToken.None;

    public static TimeSpan Minute { get; } = TimeSpan.FromMinutes(1);

    public static TrialSpec Train(string name) => TrialSpec.From(new JsonObject { ["kind"] = "train", ["name"] = name });

    public static TrialSpec Evaluate(string name) => TrialSpec.From(new JsonObject { ["kind"] = "evaluate", ["name"] = name });

    public static TrainResult Trained(double error, string? weights = null) => new(new ValidationScore("mae", error, "eV/atom"))
    {
        Epochs = 7,
        BestEpoch = 5,
        Stop = StopReason.Cap,
        Seconds = 1.25,
        Parameters = 168_001,
        Weights = weights,
        Metrics = System.Collections.Immutable.ImmutableSortedDictionary<string, double>.Empty.Add("rmse", error * 1.5),
        Info = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty.Add("device", "cpu"),
    };

    public static EvaluationResult Evaluated(double error, string dataSet = "phonons", string rows = "abc") =>
        new([new TestScore("mae", error, "1/cm")], [new TestLook(dataSet, "last_peak", rows, 253)]) { Seconds = 0.5 };

    public static async Task<TrialLease> ClaimedAsync(ITrialLedger ledger, TrialSpec spec, string owner = "host/1")
    {
        var claim = await ledger.ClaimAsync(spec, owner, Minute, None);
        return claim is TrialClaim.Claimed claimed ? claimed.Lease : throw new InvalidOperationException($"Not claimed but {claim}.");
    }

    public static async Task<TrialRecord> RecordAsync(ITrialLedger ledger, TrialKey key) => (await ledger.FindAsync([key], None))[key];
}
