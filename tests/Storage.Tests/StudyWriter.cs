using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Studies;

namespace AtomSets.Storage.Tests;

/// <summary>Takes studies through their life by the ports, commit by commit, as a host does.</summary>
sealed class StudyWriter(Database database)
{
    static readonly CancellationToken None = CancellationToken.None;

    readonly PostgresStudyLog log = new(database);
    readonly PostgresTrialLedger ledger = new(database);
    readonly PostgresMetricSink metrics = new(database);
    readonly Dictionary<string, long> sequences = new(StringComparer.Ordinal);

    /// <summary>A training run that will be, and what comes of it: an error, or a failure (null); with a test error an evaluation follows, with three materials.</summary>
    public sealed record Run(string Group, int Replicate, string Mode, int Size, int Seed, double? Validation, double? Test)
    {
        public string Model { get; init; } = "net";

        public string Family { get; init; } = "megnet";

        public string Target { get; init; } = "dear";

        public string Property { get; init; } = "peak";

        public string Unit { get; init; } = "1/cm";

        public string? Fold { get; init; }

        public string? Width { get; init; }

        public int? Rung { get; init; }

        public double Rate { get; init; } = 0.001;

        public double Seconds { get; init; } = 10;

        public string Worker { get; init; } = "vm:1:x/w1";

        public string Node => string.Create(CultureInfo.InvariantCulture, $"{Group}/{Replicate}{(Rung is null ? "" : $"@{Rung}")}");

        /// <summary>Test errors of the materials a, b, c: their mean is <see cref="Test"/>.</summary>
        public double[] Residuals => [-0.5 * Test!.Value, 1.5 * Test.Value, Test.Value];

        public ImmutableSortedDictionary<string, string> Labels
        {
            get
            {
                var labels = ImmutableSortedDictionary<string, string>.Empty.Add("role", "transfer").Add("data", "phonons").Add("property", Property).Add("unit", Unit)
                    .Add("rows", Size.ToString(CultureInfo.InvariantCulture)).Add("target", Target).Add("mode", Mode).Add("model", Model);
                if (Mode != "scratch") labels = labels.Add("source", "mp").Add("source_rows", "4000");
                if (Fold is not null) labels = labels.Add("fold", Fold);
                if (Width is not null) labels = labels.Add("width", Width);
                if (Rung is { } rung) labels = labels.Add("rung", rung.ToString(CultureInfo.InvariantCulture));
                return labels;
            }
        }

        public TrialSpec Spec => TrialSpec.From(new JsonObject
        {
            ["kind"] = "train",
            ["seed"] = Seed,
            ["model"] = new JsonObject { ["kind"] = Family, ["width"] = Width },
            ["data"] = new JsonObject { ["set"] = "phonons", ["target"] = Property, ["rows"] = Size, ["fold"] = Fold },
            ["transfer"] = new JsonObject { ["mode"] = Mode },
            ["training"] = new JsonObject { ["learning_rate"] = Rate },
            ["rung"] = Rung,
        });
    }

    public async Task CreateAsync(string study, params IReadOnlyList<Run> runs)
    {
        await log.CreateAsync(study, Commit(1, [.. runs.SelectMany(run => Rows(run, NodeStatus.Waiting, null, null))], []), None);
        sequences[study] = 1;
    }

    /// <summary>Requests every run, trains it (unless another study has), says so, evaluates it, says so.</summary>
    public async Task FinishAsync(string study, params IReadOnlyList<Run> runs)
    {
        foreach (var run in runs)
        {
            await AppendAsync(study, Rows(run, NodeStatus.Requested, run.Spec.Key, null).Take(1), []);
            await TrainAsync(run);
            var ended = run.Validation is null ? NodeStatus.Failed : NodeStatus.Finished;
            await AppendAsync(study, Rows(run, ended, run.Spec.Key, null).Take(1), []);
            if (run.Validation is null || run.Test is null) continue;
            var key = await EvaluateAsync(run);
            await AppendAsync(study, Rows(run, NodeStatus.Finished, run.Spec.Key, key).Skip(1), []);
        }
    }

    public Task RemoveAsync(string study, params IReadOnlyList<Run> runs) =>
        AppendAsync(study, [], [.. runs.SelectMany(run => Rows(run, NodeStatus.Waiting, null, null)).Select(row => row.Node)]);

    public Task<bool> DeleteAsync(string study) => log.DeleteAsync(study, None);

    public Task AppendAsync(string study, IEnumerable<NodeRow> rows, ImmutableArray<string> removed) => log.AppendAsync(study, Commit(++sequences[study], [.. rows], removed), None);

    async Task TrainAsync(Run run)
    {
        if (await ledger.ClaimAsync(run.Spec, run.Worker, TimeSpan.FromMinutes(1), None) is not TrialClaim.Claimed claim) return;
        if (run.Validation is not { } error)
        {
            await ledger.FailAsync(claim.Lease, "diverged", transient: false, None);
            return;
        }
        await metrics.AppendAsync(claim.Lease, [new(1, 2, 2 * error, 1e-3, run.Seconds / 2, 10), new(2, 1, error, 1e-3, run.Seconds / 2, 10)], None);
        var stop = run.Rung is null ? StopReason.Plateau : StopReason.Paused;
        await ledger.FinishAsync(claim.Lease, new TrainResult(new ValidationScore("mae", error, run.Unit)) { Epochs = 2, BestEpoch = 2, Stop = stop, Seconds = run.Seconds }, [], None);
    }

    async Task<TrialKey> EvaluateAsync(Run run)
    {
        var spec = TrialSpec.From(new JsonObject { ["kind"] = "evaluate", ["trial"] = run.Spec.Key.Hex });
        if (await ledger.ClaimAsync(spec, run.Worker, TimeSpan.FromMinutes(1), None) is not TrialClaim.Claimed look) return spec.Key;
        var result = new EvaluationResult([new TestScore("mae", run.Test!.Value, run.Unit)], [new TestLook("phonons", run.Property, "fold0", 3)]) { Seconds = 1 };
        await ledger.FinishAsync(look.Lease, result, [.. run.Residuals.Select((residual, i) => new TrialPrediction(RowSet.Test, "abc"[i].ToString(), run.Property, 100 + i + residual, 100 + i))], None);
        return spec.Key;
    }

    /// <summary>The run's row and, where it will be evaluated, the evaluation's.</summary>
    static IEnumerable<NodeRow> Rows(Run run, NodeStatus status, TrialKey? key, TrialKey? test)
    {
        yield return new NodeRow(run.Node, "train", run.Group, run.Replicate, status, key, null, status == NodeStatus.Failed ? "diverged" : null, run.Labels);
        if (run.Test is null) yield break;
        yield return new NodeRow(run.Node + "/test", "evaluate", null, run.Replicate, test is null ? NodeStatus.Waiting : NodeStatus.Finished, test, null, null, run.Labels);
    }

    static StudyCommit Commit(long sequence, ImmutableArray<NodeRow> rows, ImmutableArray<string> removed) =>
        new(sequence, [new CancelRequested()], [], rows, removed, new StudyHeader(StudyStatus.Running, "hash", 0, "", rows.Length, 0, 0, 0));
}
