using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using AtomSets.Studies;
using Xunit;
using Xunit.Abstractions;

namespace AtomSets.Core.Tests.Studies;

public sealed class StudyFollowerTests(ITestOutputHelper output)
{
    static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Counts_workers_leader_rate_and_time_left_are_those_of_the_run()
    {
        // 20 trials of 10 s, two workers.
        var run = new WatchedRun(Alike(20), 2, (spec, _) => new(10, 1 - (0.01 * spec["number"]!.GetValue<int>())));
        var follower = run.Follow();
        var start = await follower.ReadAsync([], null, None);
        Assert.Equal((StudyStatus.Running, 20, 0, 0, 20, (TimeSpan?)null), (start.Status, start.Trials, start.Finished, start.Running, start.Waiting, start.Remaining));
        Assert.Null(start.Best);
        Assert.Null(start.TrainingsPerHour);

        await run.RunAsync(10);
        var half = await follower.ReadAsync([], null, None);
        Assert.Equal((20, 10, 2, 8, 0, 0, 0), (half.Trials, half.Finished, half.Running, half.Waiting, half.WaitingForParents, half.Failed, half.Reused));
        Assert.Equal(["w1", "w2"], half.Workers.Select(worker => worker.Worker).Order());
        Assert.All(half.Workers, worker => Assert.Equal(("host:1:1", "preparing", true), (worker.Owner![..8], worker.Activity, worker.IsAlive)));
        // All are replicates of one configuration: the mean of the ten that have ended.
        Assert.Equal(0.955, half.Best!.Value.Value, 1e-9);
        Assert.Equal((10, 20), (half.Leaders.Single().Replicates, half.Leaders.Single().Of));
        Assert.Equal(TimeSpan.FromSeconds(50), half.Elapsed);
        // Ten more trials on two workers are 50 s; a greedy schedule of them is at most half a trial longer.
        Assert.InRange(half.Remaining!.Value.TotalSeconds, 50, 55);
        Assert.InRange(half.RemainingBounds!.Value.Low.TotalSeconds, 40, 50);
        Assert.InRange(half.RemainingBounds.Value.High.TotalSeconds, 50, 65);
        // Nine ends after the first one, in 40 s.
        Assert.Equal(9 / (40 / 3600.0), half.TrainingsPerHour!.Value, 1e-6);

        run.Time.Advance(TimeSpan.FromSeconds(5));
        var later = await follower.ReadAsync([], null, None);
        Assert.Equal(-5, (later.Remaining - half.Remaining)!.Value.TotalSeconds, 1e-6);
        Assert.Equal(9 / (45 / 3600.0), later.TrainingsPerHour!.Value, 1e-6);

        await run.RunAsync();
        var end = await follower.ReadAsync([], null, None);
        Assert.Equal((StudyStatus.Finished, 20, 0, 0), (end.Status, end.Finished, end.Running, end.Waiting));
        Assert.Null(end.Remaining);
        Assert.Empty(end.Workers);
        // Whoever comes late sees the same.
        var late = await run.Follow().ReadAsync([], null, None);
        Assert.Equal((end.Trials, end.Finished, end.Best, end.Leaders[0]), (late.Trials, late.Finished, late.Best, late.Leaders[0]));
    }

    [Fact]
    public async Task Epochs_of_other_processes_come_from_their_stored_rows()
    {
        var run = new WatchedRun(Alike(3), 1, (_, _) => new(100, 1));
        await run.RunAsync(0);
        var lease = (await run.Ledger.ClaimedAsync(None)).Select(claim => new TrialLease(claim.Key, 1)).Single();
        await run.Metrics.AppendAsync(lease, [new EpochRow(6, 0.1, 0.2, 1e-3, 0.5, 800), new EpochRow(7, 0.1, 0.15, 1e-3, 0.5, 900)], None);
        run.Time.Advance(TimeSpan.FromSeconds(3.5));
        var progress = await run.Follow().ReadAsync([], null, None);
        var worker = Assert.Single(progress.Workers);
        Assert.Equal(("training", 7, 50, 0.15, "eV", 900.0), (worker.Activity, worker.Epoch, worker.MaxEpochs, worker.Error, worker.Unit, worker.SamplesPerSecond));
        Assert.Equal(TimeSpan.FromSeconds(21.5), worker.Remaining);
        // No trial has ended: the pace of the running one, 25 s to its cap, is all that is known.
        Assert.InRange(progress.Remaining!.Value.TotalSeconds, 60, 90);
    }

    [Fact]
    public async Task Silence_begins_when_no_lease_runs_any_more()
    {
        var run = new WatchedRun(Alike(3), 1, (_, _) => new(100, 1));
        await run.RunAsync(1);
        var (owner, dead) = ("host:1:1/w1", false);
        var follower = new StudyFollower("s", run.Log, run.Ledger, run.Metrics, run.Time, new StudyFollowerOptions { IsDead = _ => dead });
        Assert.Null((await follower.ReadAsync([], null, None)).Silence);
        run.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Null((await follower.ReadAsync([], null, None)).Silence); // its lease runs
        dead = true;
        run.Time.Advance(TimeSpan.FromSeconds(7));
        var gone = await follower.ReadAsync([], null, None);
        Assert.Equal((TimeSpan.FromSeconds(7), 0), (gone.Silence, gone.Running));
        Assert.False(Assert.Single(gone.Workers).IsAlive);
        // On another machine nobody knows that it died: the lease tells.
        (dead, _) = (false, await run.Ledger.ExpireAsync(owner, None));
        run.Time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(40, (await run.Follow().ReadAsync([], null, None)).Silence!.Value.TotalSeconds);
        // Someone takes over.
        await run.Ledger.ClaimAsync(run.State.Requests()[0].Spec, "other:2:2/w1", TimeSpan.FromMinutes(1), None);
        run.Time.Advance(TimeSpan.FromSeconds(2));
        var taken = await follower.ReadAsync([], null, None);
        Assert.Null(taken.Silence);
        Assert.Equal("other:2:2/w1", Assert.Single(taken.Workers).Owner);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public async Task A_clock_that_is_set_makes_no_living_study_silent(int hours)
    {
        var run = new WatchedRun(Alike(3), 1, (_, _) => new(100, 1));
        await run.RunAsync(1);
        var follower = run.Follow();
        Assert.Null((await follower.ReadAsync([], null, None)).Silence);
        // The lease of another process has ended; a moment ago it ran.
        await run.Ledger.ExpireAsync("host:1:1/w1", None);
        run.Time.Jump(TimeSpan.FromHours(hours));
        run.Time.Advance(TimeSpan.FromSeconds(4));
        var soon = await follower.ReadAsync([], null, None);
        Assert.Null(soon.Silence);
        Assert.True(soon.Workers.All(worker => worker.Age >= TimeSpan.Zero));
        run.Time.Advance(TimeSpan.FromSeconds(60));
        if (hours > 0) Assert.Equal(TimeSpan.FromSeconds(64), (await follower.ReadAsync([], null, None)).Silence);
    }

    [Fact]
    public async Task Own_workers_come_first_and_idle_ones_count_for_the_time_left()
    {
        var run = new WatchedRun(Alike(9), 1, (_, _) => new(10, 1));
        await run.RunAsync(1);
        var follower = run.Follow();
        var key = run.State.Requests()[^1].Key;
        WorkerProgress[] own = [new("w1", "training", key, "n", 3, 50, 0.5, "eV", 1000, TimeSpan.FromSeconds(9)), new("w2", "idle", null, null, 0, 0, null, null, null, null)];
        var progress = await follower.ReadAsync(own, "hello", None);
        Assert.Equal([null, "host:1:1/w1"], progress.Workers.Select(worker => worker.Owner));
        Assert.Equal((2, "hello"), (progress.Running, progress.Message));
        Assert.InRange(progress.Remaining!.Value.TotalSeconds, 40, 45); // eight trials on two
    }

    [Fact]
    public async Task A_deleted_study_is_said_to_be_gone_and_a_new_one_of_its_name_is_followed()
    {
        var run = await new WatchedRun(Alike(2), 1, (_, _) => new(10, 1)).RunAsync();
        var follower = run.Follow();
        Assert.Equal(2, (await follower.ReadAsync([], null, None)).Finished);
        await run.Log.DeleteAsync("s", None);
        await Assert.ThrowsAsync<StudyNotFoundException>(() => follower.ReadAsync([], null, None));
        run.Time.Advance(TimeSpan.FromSeconds(1));
        await new StudyControl(run.Log, run.Time).SubmitAsync(Alike(5), None);
        var again = await follower.ReadAsync([], null, None);
        Assert.Equal((5, 0), (again.Trials, again.Finished));
    }

    [Theory]
    [InlineData("ladder")]
    [InlineData("asha")]
    public async Task An_ended_study_is_told_without_its_log_as_it_was_told_with_it(string shape)
    {
        var random = new KeyedStream(5, shape);
        ulong draws = 0;
        var run = await new WatchedRun(Shape(shape), 3, (_, _) => new(10, random.Below(++draws, 20) == 0 ? double.NaN : random.Uniform(++draws))).RunAsync();
        var replayed = await run.Follow().ReadAsync([], "hello", None);
        Assert.NotNull(await run.Log.LoadEndingAsync("s", None));
        // The log is not read: it would be missed.
        var told = await new StudyFollower("s", Closed.Around(run.Log), run.Ledger, run.Metrics, run.Time).ReadAsync([], "hello", None);
        Assert.Equal(Described(replayed), Described(told));
        Assert.NotEmpty(told.Leaders);
        // What is written later makes it an old one.
        await new StudyControl(run.Log, run.Time).PrioritizeAsync("s", 7, None);
        await Assert.ThrowsAsync<InvalidOperationException>(() => new StudyFollower("s", Closed.Around(run.Log), run.Ledger, run.Metrics, run.Time).ReadAsync([], null, None));

        static string Described(StudyProgress progress) => JsonSerializer.Serialize(progress with { TrainingsPerHour = null, Recent = [] }, new JsonSerializerOptions { IncludeFields = true });
    }

    /// <summary>A log whose events and snapshots must not be read.</summary>
    internal class Closed : DispatchProxy
    {
        IStudyLog _log = null!;

        public static IStudyLog Around(IStudyLog log)
        {
            var proxy = Create<IStudyLog, Closed>();
            ((Closed)(object)proxy)._log = log;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name is nameof(IStudyLog.FindAsync) or nameof(IStudyLog.LoadEndingAsync)
            ? targetMethod.Invoke(_log, args) : throw new InvalidOperationException($"{targetMethod.Name} was called");
    }

    public static TheoryData<string, int> Shapes() => new() { { "alike", 4 }, { "ladder", 4 }, { "search", 4 }, { "asha", 8 }, { "ladder", 16 } };

    /// <summary>Trials of uneven length: the truth should lie within the bounds four times out of five.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Bounds_of_the_time_left_hold_the_truth_most_of_the_time(string shape, int workers)
    {
        var (inside, all, errors) = (0, 0, new List<double>());
        for (var seed = 0UL; seed < 20; seed++)
        {
            var random = new KeyedStream(seed, shape);
            ulong draws = 0;
            // By rows and epochs, with a spread of a third that nobody can foresee.
            var run = new WatchedRun(Shape(shape), workers, (spec, _) => spec["kind"]!.GetValue<string>() == "evaluate"
                ? new(0.05, 0)
                : new((0.2 + (spec["rows"]!.GetValue<double>() * Epochs(spec) / 1000)) * Math.Exp(0.33 * random.Normal(++draws)), Score(spec, ref draws, random)));
            var follower = run.Follow();
            var said = new List<(double At, StudyProgress Progress)>();
            while (run.State.Status == StudyStatus.Running)
            {
                await run.RunAsync(5);
                said.Add((run.Now, await follower.ReadAsync([], null, None)));
            }
            foreach (var (at, progress) in said.Where(item => item.At > 0.1 * run.Now && item.At < 0.9 * run.Now))
            {
                Assert.NotNull(progress.Remaining);
                var truth = run.Now - at;
                all++;
                errors.Add(Math.Abs(progress.Remaining.Value.TotalSeconds - truth) / truth);
                if (progress.RemainingBounds!.Value.Low.TotalSeconds <= truth && truth <= progress.RemainingBounds.Value.High.TotalSeconds) inside++;
            }
        }
        errors.Sort();
        output.WriteLine($"{shape} on {workers} workers: {100.0 * inside / all:F0} % of {all} within the bounds, median error {100 * errors[errors.Count / 2]:F0} %");
        Assert.InRange((double)inside / all, 0.6, 1);
        Assert.InRange(errors[errors.Count / 2], 0, 0.35);
    }

    static double Score(JsonObject spec, ref ulong draws, KeyedStream random) => (spec["x"]?.GetValue<double>() ?? 0) + random.Uniform(++draws);

    static double Epochs(JsonObject spec)
    {
        var until = spec["rung"]?["until"]?.GetValue<int>() ?? spec["epochs"]!.GetValue<int>();
        return until - (spec["rung"]?["from"] is null ? 0 : until / 3.0); // rungs are a factor of three apart
    }

    static ResolvedStudy Shape(string shape) => shape switch
    {
        "alike" => Alike(60),
        "ladder" => Ladder(),
        _ => new()
        {
            Name = "s", Seed = 5,
            Nodes =
            [
                new SearchNode("search", "tpe", 60, [new FloatDimension("x", 0, 1)], [new SpecTemplate("""{"kind":"train","rows":200,"epochs":27,"x":{"$draw":"x"}}""")])
                {
                    Pruning = shape == "asha" ? new Pruning(PruningRule.Asha, [1, 3, 9]) : null,
                },
                new SelectNode("best", ["search"]),
            ],
        },
    };

    /// <summary>A parent, then transfers of four sizes and three modes with three seeds, each evaluated.</summary>
    static ResolvedStudy Ladder() => new()
    {
        Name = "s", Seed = 5,
        Nodes =
        [
            Train("pre", 0, 3000, null),
            .. new[] { 50, 100, 200, 400 }.SelectMany(rows => new[] { "scratch", "full", "head" }.SelectMany(mode => Enumerable.Range(0, 3).SelectMany(seed => new PlanNode[]
            {
                Train($"{mode}/n{rows}", seed, rows, mode == "scratch" ? null : "pre/0"),
                new EvaluateNode($"{mode}/n{rows}/{seed}/test", seed, new SpecTemplate(new JsonObject { ["kind"] = "evaluate", ["of"] = SpecTemplate.Parent($"{mode}/n{rows}/{seed}") })),
            }))),
        ],
    };

    static TrainNode Train(string group, int replicate, int rows, string? parent) => new($"{group}/{replicate}", group, replicate, new SpecTemplate(new JsonObject
    {
        ["kind"] = "train", ["rows"] = rows, ["epochs"] = 100, ["group"] = group, ["seed"] = replicate, ["parent"] = parent is null ? null : SpecTemplate.Parent(parent),
    }));

    static ResolvedStudy Alike(int trials) => new()
    {
        Name = "s", Seed = 5,
        Nodes = [.. Enumerable.Range(0, trials).Select(i => new TrainNode($"n/{i}", "n", i, new SpecTemplate($$"""{"kind":"train","rows":20,"epochs":50,"number":{{i}}}"""))
        {
            Labels = ImmutableSortedDictionary<string, string>.Empty.Add("unit", "eV"),
        })],
    };
}
