using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Bench;

/// <summary>
/// What the tables that answers are read from cost when results are written: the same writes with the triggers that keep these tables (ours) and
/// without (beside it), in turns on one new database.
/// </summary>
sealed class WriteBenchmark(int nodes) : IRow
{
    const int Trials = 200;
    const int Materials = 250;

    static readonly CancellationToken None = CancellationToken.None;

    public static IEnumerable<IRow> All { get; } = [new WriteBenchmark(0), new WriteBenchmark(10_000)];

    public string Name => nodes == 0 ? "results-trial" : string.Create(CultureInfo.InvariantCulture, $"results-plan-{nodes}");

    public string Group => "results-write";

    public string About => nodes == 0 ? $"a trial and its evaluation of {Materials} rows, from request to result in the database; beside it without derived results"
        : string.Create(CultureInfo.InvariantCulture, $"the first commit of a study of {nodes} nodes; beside it without derived results");

    public int Cores => 2;

    public bool IsUsual => false;

    public IReadOnlyList<Measurement> Measure(int runs) => MeasureAsync(runs).GetAwaiter().GetResult();

    async Task<IReadOnlyList<Measurement>> MeasureAsync(int runs)
    {
        using var home = new TemporaryFolder();
        var place = ServerPlace.OfHome(home.Path);
        try
        {
            await using var database = await Database.OpenAsync(new DatabaseOptions { Place = place });
            var (ours, without) = (new double[runs], new double[runs]);
            await WriteAsync(database, "warm");
            for (var run = 0; run < runs; run++)
            {
                foreach (var with in run % 2 == 0 ? (bool[])[true, false] : [false, true])
                {
                    await using (var connection = await database.Source.OpenConnectionAsync())
                    {
                        var word = with ? "ENABLE" : "DISABLE";
                        await DatabaseLoader.ExecuteAsync(connection, $"ALTER TABLE study_nodes {word} TRIGGER USER; ALTER TABLE trials {word} TRIGGER USER");
                    }
                    (with ? ours : without)[run] = await WriteAsync(database, string.Create(CultureInfo.InvariantCulture, $"{(with ? "with" : "without")}-{run}"));
                }
            }
            var ratios = without.Zip(ours, (plain, derived) => plain / derived).ToArray();
            var ratio = Measurement.Quantile(ratios, 0.5);
            return [new(Name, 1e3 * Measurement.Quantile(ours, 0.5), 1e3 * Measurement.Quantile(without, 0.5), "ms", ratio, (Measurement.Quantile(ratios, 0.75) - Measurement.Quantile(ratios, 0.25)) / ratio, null, runs,
                nodes == 0 ? $"each a mean over {Trials} trials, five commits each; the peer is the same without the triggers" : "the peer is the same without the triggers")];
        }
        finally
        {
            await PrivateServer.DeleteAsync(place);
        }
    }

    async Task<double> WriteAsync(Database database, string study)
    {
        var log = new PostgresStudyLog(database);
        var began = Stopwatch.GetTimestamp();
        if (nodes > 0)
        {
            await log.CreateAsync(study, Commit(1, [.. Enumerable.Range(0, nodes / 2).SelectMany(i => Rows(study, i, NodeStatus.Waiting, null))]), None);
            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
        await log.CreateAsync(study, Commit(1, [.. Enumerable.Range(0, Trials).SelectMany(i => Rows(study, i, NodeStatus.Waiting, null))]), None);
        var (ledger, sequence) = (new PostgresTrialLedger(database), 2L);
        began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Trials; i++)
        {
            var train = TrialSpec.From(new JsonObject { ["kind"] = "train", ["seed"] = i, ["study"] = study, ["model"] = new JsonObject { ["kind"] = "megnet" } });
            var test = TrialSpec.From(new JsonObject { ["kind"] = "evaluate", ["trial"] = train.Key.Hex });
            await log.AppendAsync(study, Commit(sequence++, [Rows(study, i, NodeStatus.Requested, train.Key)[0]]), None);
            await FinishAsync(ledger, train, new TrainResult(new ValidationScore("mae", 1 + i, "eV")) { Epochs = 100, Seconds = 10 }, []);
            await log.AppendAsync(study, Commit(sequence++, [Rows(study, i, NodeStatus.Finished, train.Key)[0], Rows(study, i, NodeStatus.Requested, test.Key)[1]]), None);
            await FinishAsync(ledger, test, new EvaluationResult([new TestScore("mae", 1 + i, "eV")], [new TestLook("set", "gap", "rows", Materials)]) { Seconds = 1 },
                [.. Enumerable.Range(0, Materials).Select(row => new TrialPrediction(RowSet.Test, string.Create(CultureInfo.InvariantCulture, $"material-{row}"), "gap", row + 0.5, row))]);
            await log.AppendAsync(study, Commit(sequence++, [Rows(study, i, NodeStatus.Finished, test.Key)[1]]), None);
        }
        return Stopwatch.GetElapsedTime(began).TotalSeconds / Trials;
    }

    static async Task FinishAsync(PostgresTrialLedger ledger, TrialSpec spec, TrialResult result, IReadOnlyList<TrialPrediction> predictions)
    {
        if (await ledger.ClaimAsync(spec, "vm:1:x/w1", TimeSpan.FromMinutes(1), None) is TrialClaim.Claimed claim) await ledger.FinishAsync(claim.Lease, result, predictions, None);
    }

    // Ten replicates of two ways of transfer at five sizes.
    static NodeRow[] Rows(string study, int i, NodeStatus status, TrialKey? key)
    {
        var (mode, size) = (i / 10 % 2 == 0 ? "scratch" : "full", 50 << (i / 20 % 5));
        var group = string.Create(CultureInfo.InvariantCulture, $"transfer/{study}/{mode}/n{size}/{i / 100}");
        var labels = ImmutableSortedDictionary<string, string>.Empty.Add("role", "transfer").Add("data", "set").Add("property", "gap").Add("unit", "eV").Add("target", "dear").Add("mode", mode).Add("model", "net")
            .Add("rows", size.ToString(CultureInfo.InvariantCulture)).Add("seed", (i % 10).ToString(CultureInfo.InvariantCulture));
        var node = string.Create(CultureInfo.InvariantCulture, $"{group}/s{i % 10}-{i}");
        return [new(node, "train", group, i % 10, status, key, null, null, labels), new(node + "/test", "evaluate", null, i % 10, status, key, null, null, labels)];
    }

    static StudyCommit Commit(long sequence, ImmutableArray<NodeRow> rows) =>
        new(sequence, [new CancelRequested()], [], rows, [], new StudyHeader(StudyStatus.Running, "hash", 0, "", rows.Length, 0, 0, 0));
}
