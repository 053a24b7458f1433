using AtomSets.Contracts;
using AtomSets.Studies;

namespace AtomSets.Core.Tests.Studies;

/// <summary>A clock that moves when told.</summary>
sealed class ManualTime : TimeProvider
{
    DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    TimeSpan _set;

    public override DateTimeOffset GetUtcNow() => _now + _set;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now.Ticks;

    public void Advance(TimeSpan time) => _now += time;

    /// <summary>The machine's date is set; no time passes.</summary>
    public void Jump(TimeSpan time) => _set += time;
}

sealed class InMemoryStore : StoreUnderTest
{
    readonly ManualTime _time = new();

    public InMemoryStore()
    {
        Log = new InMemoryStudyLog(_time);
        var ledger = new InMemoryTrialLedger(_time);
        Ledger = ledger;
        Metrics = new InMemoryMetricSink(ledger);
    }

    public override IStudyLog Log { get; }

    public override ITrialLedger Ledger { get; }

    public override IMetricSink Metrics { get; }

    public override Task AdvanceAsync(TimeSpan time)
    {
        if (time < TimeSpan.Zero) _time.Jump(time);
        else _time.Advance(time);
        return Task.CompletedTask;
    }
}

public sealed class InMemoryStudyLogTests : StudyLogContract
{
    protected override Task<StoreUnderTest> OpenAsync() => Task.FromResult<StoreUnderTest>(new InMemoryStore());
}

public sealed class InMemoryTrialLedgerTests : TrialLedgerContract
{
    protected override Task<StoreUnderTest> OpenAsync() => Task.FromResult<StoreUnderTest>(new InMemoryStore());
}

public sealed class InMemoryMetricSinkTests : MetricSinkContract
{
    protected override Task<StoreUnderTest> OpenAsync() => Task.FromResult<StoreUnderTest>(new InMemoryStore());
}

public sealed class InMemoryStudyHostTests : StudyHostContract
{
    protected override Task<StoreUnderTest> OpenAsync() => Task.FromResult<StoreUnderTest>(new InMemoryStore());
}
