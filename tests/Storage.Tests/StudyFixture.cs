using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AtomSets.Studies;

namespace AtomSets.Storage.Tests;

/// <summary>Writes studies with results through the ports, as a host does.</summary>
sealed class StudyFixture(Database database)
{
    static readonly CancellationToken None = CancellationToken.None;

    readonly PostgresStudyLog log = new(database);
    readonly PostgresTrialLedger ledger = new(database);
    readonly PostgresMetricSink metrics = new(database);

    /// <summary>One training run and, when given, the test error of its evaluation with predictions for the materials m1 and m2.</summary>
    public sealed record Run(string Node, string Mode, int Size, int Seed, double? Validation, double? Test = null, StopReason Stop = StopReason.Plateau, string? Failure = null)
    {
        public string Unit { get; init; } = "1/cm";

        public string Target { get; init; } = "peak";

        /// <summary>Further labels, such as what a search drew.</summary>
        public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    }

    public async Task AddAsync(string study, params Run[] runs)
    {
        var rows = ImmutableArray.CreateBuilder<NodeRow>();
        foreach (var run in runs) await AddAsync(rows, run);
        var header = new StudyHeader(StudyStatus.Running, "hash", 0, "", rows.Count, 0, 0, 0);
        await log.CreateAsync(study, new StudyCommit(1, [new CancelRequested()], [], rows.ToImmutable(), [], header), None);
    }

    async Task AddAsync(ImmutableArray<NodeRow>.Builder rows, Run run)
    {
        var labels = ImmutableSortedDictionary<string, string>.Empty.Add("mode", run.Mode).Add("target", run.Target).Add("model", "megnet");
        labels = labels.Add("rows", run.Size.ToString()).Add("seed", run.Seed.ToString()).Add("data", "phonons").Add("property", "last_peak")
            .Add("role", run.Mode == "pretrain" ? "pretrain" : "transfer");
        if (run.Mode == "full") labels = labels.Add("source", "mp").Add("source_rows", "4000");
        labels = labels.SetItems(run.Labels);
        var spec = TrialSpec.From(new JsonObject { ["kind"] = "train", ["mode"] = run.Mode, ["size"] = run.Size, ["seed"] = run.Seed, ["target"] = run.Target });
        var status = run.Failure is not null ? NodeStatus.Failed : run.Validation is null ? NodeStatus.Requested : NodeStatus.Finished;
        rows.Add(new NodeRow(run.Node, "train", $"{run.Mode}/{run.Size}", run.Seed, status, spec.Key, null, run.Failure, labels));
        if (run.Validation is { } validation && await ledger.ClaimAsync(spec, "w", TimeSpan.FromMinutes(1), None) is TrialClaim.Claimed claim)
        {
            await metrics.AppendAsync(claim.Lease, [new(1, 2, validation * 2, 1e-3, 0.5, 10), new(2, 1, validation, 1e-3, 0.5, 10)], None);
            var result = new TrainResult(new ValidationScore("mae", validation, run.Unit)) { Epochs = 2, BestEpoch = 2, Stop = run.Stop, Seconds = 10, Weights = "w" + run.Node };
            await ledger.FinishAsync(claim.Lease, result, [], None);
        }
        if (run.Test is not { } test) return;
        var evaluation = TrialSpec.From(new JsonObject { ["kind"] = "evaluate", ["trial"] = spec.Key.Hex });
        rows.Add(new NodeRow(run.Node + "/test", "evaluate", null, null, NodeStatus.Finished, evaluation.Key, null, null, labels));
        if (await ledger.ClaimAsync(evaluation, "w", TimeSpan.FromMinutes(1), None) is not TrialClaim.Claimed look) return;
        await ledger.FinishAsync(look.Lease, new EvaluationResult([new TestScore("mae", test, run.Unit)], [new TestLook("phonons", run.Target, "fold0", 2)]),
            [new(RowSet.Test, "m1", run.Target, 10 + test, 10), new(RowSet.Test, "m2", run.Target, 20 - 3 * test, 20), new(RowSet.Validation, "m3", run.Target, 99, 0)], None);
    }
}
