using System.Collections.Concurrent;
using System.Globalization;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

/// <summary>Random schedules, seed by seed; <c>ATOMSETS_SCHEDULES=10000</c> asks for more of them than a run of all tests has time for.</summary>
public sealed class RandomScheduleTests
{
    static readonly int Schedules = int.Parse(Environment.GetEnvironmentVariable("ATOMSETS_SCHEDULES") ?? "300", CultureInfo.InvariantCulture);

    /// <summary>
    /// Workers join, die, go silent and come back, report late, twice and under old tickets; studies submit, withdraw and share trials. Whatever the
    /// order: no trial is lost, none is finished twice, none runs in two places with both results counted.
    /// </summary>
    [Fact]
    public void Pool_loses_no_trial_and_finishes_none_twice() => Try(seed => new RandomSchedule(seed).Run());

    /// <summary>Besides, whole studies end as they do when nothing disturbs them, and one sequence of events gives one decision log.</summary>
    [Fact]
    public void Studies_lose_no_trial_and_end_as_undisturbed() => Try(seed => new RandomWorld(seed).Run());

    static void Try(Action<ulong> schedule)
    {
        var faults = new ConcurrentDictionary<int, Exception>();
        Parallel.For(0, Schedules, (seed, loop) =>
        {
            try
            {
                schedule((ulong)seed);
            }
            catch (Exception e)
            {
                faults[seed] = e;
                loop.Break(); // earlier seeds still run: the first to fail is named
            }
        });
        if (!faults.IsEmpty) Assert.Fail($"seed {faults.Keys.Min()}: {faults[faults.Keys.Min()]}");
    }
}
