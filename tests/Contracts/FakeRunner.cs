using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AtomSets.Studies;

namespace AtomSets.Contracts;

/// <summary>Computes at once: the score is a number in the spec, and how often each trial ran is counted.</summary>
public sealed class FakeRunner : ITrialRunner
{
    readonly ConcurrentDictionary<string, int> _runs = new(StringComparer.Ordinal);

    /// <summary>Runs by the spec's member <c>name</c>.</summary>
    public IReadOnlyDictionary<string, int> Runs => _runs;

    /// <summary>Called before a trial's result; may wait or throw.</summary>
    public Func<string, CancellationToken, Task>? Before { get; set; }

    public async Task<TrialOutcome> RunAsync(TrialJob job, CancellationToken cancellation)
    {
        using var spec = job.Spec.Open();
        var name = spec.RootElement.GetProperty("name").GetString()!;
        _runs.AddOrUpdate(name, 1, (_, runs) => runs + 1);
        if (Before is not null) await Before(name, cancellation);
        if (job.Spec.Kind == TrialKind.Evaluate)
            return new TrialOutcome(Samples.Evaluated(1), [new TrialPrediction(RowSet.Test, "m-1", "t", 1, 2)]);
        return new TrialOutcome(Samples.Trained(spec.RootElement.GetProperty("error").GetDouble()), []);
    }
}

/// <summary>Small plans.</summary>
public static class Plans
{
    public static TrainNode Train(string group, int replicate, double error, params string[] parents)
    {
        var id = $"{group}/{replicate}";
        return new TrainNode(id, group, replicate, Template("train", id, error, parents))
        {
            Labels = ImmutableSortedDictionary<string, string>.Empty.Add("group", group),
        };
    }

    public static SelectNode Select(string id, params string[] candidates) => new(id, [.. candidates]);

    public static EvaluateNode Evaluate(string id, string of, int replicate = 0) => new(id, replicate, Template("evaluate", id, 0, [of]));

    public static ResolvedStudy Study(string name, params IEnumerable<PlanNode> nodes) => new() { Name = name, Seed = 1, Nodes = [.. nodes] };

    /// <summary>Two pre-trainings of three replicates, the better feeds two transfers, each evaluated: 6 + 6 + 6 trials and a selection.</summary>
    public static ResolvedStudy Ladder(string name, string tag = "") => Study(
        name,
        [
            .. Enumerable.Range(0, 3).Select(r => Train($"pre{tag}/slow", r, 0.30 + (0.01 * r))),
            .. Enumerable.Range(0, 3).Select(r => Train($"pre{tag}/fast", r, 0.20 + (0.01 * r))),
            Select($"best{tag}", $"pre{tag}/slow", $"pre{tag}/fast"),
            .. Enumerable.Range(0, 3).SelectMany(r => new PlanNode[]
            {
                Train($"full{tag}", r, 0.1, $"best{tag}"), Evaluate($"test{tag}/full/{r}", $"full{tag}/{r}"),
                Train($"head{tag}", r, 0.15, $"best{tag}"), Evaluate($"test{tag}/head/{r}", $"head{tag}/{r}"),
            }),
        ]);

    static SpecTemplate Template(string kind, string name, double error, string[] parents) => new(new JsonObject
    {
        ["kind"] = kind,
        ["name"] = name,
        ["error"] = error,
        ["parents"] = new JsonArray([.. parents.Select(parent => SpecTemplate.Parent(parent))]),
    });
}

/// <summary>A process: a pool with workers, and drivers for studies.</summary>
public sealed class FakeHost : IAsyncDisposable
{
    readonly StoreUnderTest _store;

    public FakeHost(StoreUnderTest store, string owner, int workers = 3, FakeRunner? runner = null)
    {
        _store = store;
        Runner = runner ?? new FakeRunner();
        Pool = new PoolDriver(store.Ledger, TimeProvider.System, new PoolDriverOptions { Owner = owner, WakeAfter = TimeSpan.FromMilliseconds(20) });
        for (var i = 0; i < workers; i++) Pool.Join($"w{i}", Runner);
    }

    public FakeRunner Runner { get; }

    public PoolDriver Pool { get; }

    public StudyDriver Driver(string study)
    {
        var options = new StudyDriverOptions { LookAfter = TimeSpan.FromMilliseconds(20), SnapshotEvery = 5 };
        var driver = new StudyDriver(study, _store.Log, _store.Ledger, Pool, TimeProvider.System, options);
        Pool.Listen(study, driver);
        return driver;
    }

    public async Task<StudyStatus> RunAsync(string study, CancellationToken cancellation = default) =>
        await Driver(study).RunAsync(cancellation).WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None);

    public ValueTask DisposeAsync() => Pool.DisposeAsync();
}
