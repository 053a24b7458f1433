using AtomSets.Engine;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

public sealed class LocalEngineTests : IDisposable
{
    readonly EngineBench _bench = new();

    public void Dispose() => _bench.Dispose();

    static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(3)).Token;

    [Fact]
    public async Task Interrupted_engine_continues_bitwise()
    {
        var file = TinyStudy.File("s", epochs: 120);
        using var undisturbed = new EngineBench();
        await using (var engine = undisturbed.Engine())
        {
            await engine.SubmitAsync(file, Soon);
            await EndAsync(engine, "s");
        }
        // Interrupted again and again, in the middle of trials, with a checkpoint every epoch.
        var resumed = 0;
        for (var round = 0; round < 200; round++)
        {
            await using var engine = _bench.Engine(checkpointInterval: TimeSpan.Zero, owner: $"owner{round}");
            await engine.SubmitAsync(file, Soon);
            using var pause = new CancellationTokenSource(round < 8 ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromMinutes(3));
            try
            {
                await foreach (var _ in engine.WatchAsync("s", pause.Token)) { }
                break;
            }
            catch (OperationCanceledException)
            {
                resumed++;
            }
        }
        Assert.InRange(resumed, 1, 100);
        var expected = await NumbersAsync(undisturbed);
        var actual = await NumbersAsync(_bench);
        Assert.Equal(expected, actual);
        // Checkpoints go with the next one, the last with the result: what is left are weights and splits, as many as undisturbed.
        Assert.Equal(Files(undisturbed), Files(_bench));
    }

    static IEnumerable<string> Files(EngineBench bench) =>
        Directory.EnumerateFiles(bench.Artifacts.Root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(bench.Artifacts.Root, path)).Order();

    [Theory]
    [InlineData("batch_size: 8")]
    [InlineData("batch_size: 8, shards: 2")]
    public async Task Number_of_workers_changes_no_number(string batch)
    {
        var file = TinyStudy.File("s");
        file = file with { Text = file.Text.Replace("batch_size: 8", batch) };
        using var one = new EngineBench();
        foreach (var (bench, workers) in new[] { (one, 1), (_bench, 3) })
        {
            await using var engine = bench.Engine(workers);
            await engine.SubmitAsync(file, Soon);
            Assert.Equal(StudyStatus.Finished, (await EndAsync(engine, "s")).Status);
        }
        Assert.Equal(await NumbersAsync(one), await NumbersAsync(_bench));
    }

    [Fact]
    public async Task A_sharded_trial_takes_the_workers_that_are_free_and_gives_them_back()
    {
        var file = TinyStudy.File("s", epochs: 200);
        await using var engine = _bench.Engine(workers: 3);
        await engine.SubmitAsync(file with { Text = file.Text.Replace("batch_size: 8", "batch_size: 8, shards: 8") }, Soon);
        var most = 0;
        await foreach (var progress in engine.WatchAsync("s", Soon))
        {
            foreach (var helped in progress.Workers.Where(worker => worker.Activity.StartsWith("helps ", StringComparison.Ordinal)).GroupBy(worker => worker.Key))
                most = Math.Max(most, helped.Count());
        }
        Assert.InRange(most, 1, 2);
        var rows = (await engine.ShowAsync("s", Soon)).Nodes;
        Assert.All(rows, row => Assert.Equal(NodeStatus.Finished, row.Status));
    }

    [Fact]
    public async Task Epochs_are_stored_once_each_and_predictions_per_material()
    {
        await using var engine = _bench.Engine();
        await engine.SubmitAsync(TinyStudy.File("s"), Soon);
        await EndAsync(engine, "s");
        var rows = (await engine.ShowAsync("s", Soon)).Nodes;
        var parent = rows.Single(row => row.Node == "pretrain/cheap/s1").Key!.Value;
        Assert.Equal([1, 2, 3], (await _bench.Metrics.ReadAsync(parent, Soon)).Select(row => row.Epoch));

        var test = rows.Single(row => row.Node == "transfer/dear/full/cheap/n8/s1/test").Key!.Value;
        var predictions = await _bench.Ledger.PredictionsAsync(test, Soon);
        Assert.Equal(8, predictions.Select(p => p.MaterialId).Distinct().Count());
        var result = (EvaluationResult)(await _bench.Ledger.FindAsync([test], Soon))[test].Result!;
        Assert.Equal(predictions.Average(p => Math.Abs(p.Value - p.Truth)), result.Scores.Single(s => s.Metric == "mae").Value, 1e-12);
        Assert.Equal(4, Assert.Single(await _bench.Ledger.CountTestLooksAsync(Soon)).Looks);
    }

    [Fact]
    public async Task Transfer_starts_from_its_parents_weights()
    {
        // A learning rate so small that nothing moves: the transferred network is the parent, the one from scratch is not.
        var text = TinyStudy.File("s").Text.Replace("batch_size: 8", "batch_size: 8, learning_rate: 1e-12");
        await using var engine = _bench.Engine();
        await engine.SubmitAsync(new StudyFile(text.Replace("[scratch, full]", "[scratch, full+parent-scaler, \"freeze:embed\"]"), "s.yaml"), Soon);
        var end = await EndAsync(engine, "s");
        Assert.Equal((StudyStatus.Finished, null), (end.Status, end.Message));
        var rows = (await engine.ShowAsync("s", Soon)).Nodes;
        var records = await _bench.Ledger.FindAsync([.. rows.Where(r => r.Kind == "train").Select(r => r.Key!.Value)], Soon);
        TrainResult Of(string node) => (TrainResult)records[rows.Single(row => row.Node == node).Key!.Value].Result!;
        // The same network with the same scaling predicts the same, whatever the size of the target set.
        Assert.Equal(Of("transfer/dear/full+parent-scaler/cheap/n8/s1").Score.Value, Of("transfer/dear/full+parent-scaler/cheap/n16/s1").Score.Value, 1e-4);
        Assert.NotEqual(Of("transfer/dear/full+parent-scaler/cheap/n8/s1").Score.Value, Of("transfer/dear/scratch/net/n8/s1").Score.Value, 1e-4);
        Assert.Contains(" 0 drawn anew", Of("transfer/dear/freeze:embed/cheap/n8/s1").Info["transfer"].Replace("(", "").Replace(",", ""));
    }

    [Fact]
    public async Task Failed_parent_is_reported_with_its_reason_and_blocks_its_children()
    {
        // A rate that diverges at once.
        var text = TinyStudy.File("s").Text.Replace("model: net }", "model: net, training: { learning_rate: 10, clip: none, optimizer: adamw, weight_decay: 10, epochs: 400 } }");
        await using var engine = _bench.Engine();
        await engine.SubmitAsync(new StudyFile(text, "s.yaml"), Soon);
        var end = await EndAsync(engine, "s");
        Assert.Equal((StudyStatus.Failed, 1, 4), (end.Status, end.Failed, end.Blocked));
        var rows = (await engine.ShowAsync("s", Soon)).Nodes;
        Assert.Contains("lower learning_rate", rows.Single(row => row.Status == NodeStatus.Failed).Reason!);
        Assert.All(rows.Where(row => row.Status == NodeStatus.Blocked), row => Assert.Contains("/full/", row.Node));
        Assert.Equal(4, rows.Count(row => row.Status == NodeStatus.Finished)); // scratch goes on
    }

    [Fact]
    public async Task Workers_of_another_class_of_arithmetic_compute_nothing_of_a_study()
    {
        await using (var engine = _bench.Engine(numerics: NumericsClass.CudaFp32)) await engine.SubmitAsync(_bench.Resolve(TinyStudy.File("s").Text), Soon);
        await using var other = _bench.Engine(owner: "other", numerics: NumericsClass.TorchCpu);
        await other.ResumeAsync("s", Soon);
        Assert.Equal(StudyStatus.Failed, (await EndAsync(other, "s")).Status);
        var rows = (await other.ShowAsync("s", Soon)).Nodes;
        Assert.Contains("--device cpu", rows.First(row => row.Status == NodeStatus.Failed).Reason!);
        Assert.DoesNotContain(rows, row => row.Status == NodeStatus.Finished);
    }

    [Fact]
    public async Task Search_trains_every_draw_and_tests_only_the_winner()
    {
        var text = TinyStudy.File("s", sizes: "[16]").Text
            .Replace("batch_size: 8", "batch_size: 8, learning_rate: { choice: [0.0001, 0.01, 0.001] }") + "\nseeds: 2\nsearch: { sampler: grid }\n";
        await using var engine = _bench.Engine();
        await engine.SubmitAsync(new StudyFile(text, "s.yaml"), Soon);
        var end = await EndAsync(engine, "s");
        Assert.Equal((StudyStatus.Finished, null), (end.Status, end.Message));
        var rows = (await engine.ShowAsync("s", Soon)).Nodes;
        Assert.Equal(3 + 3 * 2 * 2, rows.Count(row => row.Kind == "train"));
        Assert.Equal(2 * 2, rows.Count(row => row.Kind == "evaluate"));
        Assert.Equal(3, rows.Count(row => row.Kind == "select"));
        foreach (var select in rows.Where(row => row.Kind == "select"))
        {
            var groups = rows.Where(row => row.Kind == "train" && row.Node.StartsWith(select.Node[..^"select".Length], StringComparison.Ordinal))
                .GroupBy(row => row.Group!);
            var records = await _bench.Ledger.FindAsync([.. groups.SelectMany(g => g).Select(row => row.Key!.Value)], Soon);
            var best = groups.MinBy(g => g.Average(row => ((TrainResult)records[row.Key!.Value].Result!).Score.Value))!;
            Assert.Equal(best.Key, select.Winner);
        }
    }

    static async Task<StudyProgress> EndAsync(LocalEngine engine, string study)
    {
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync(study, Soon)) last = progress;
        return last!;
    }

    /// <summary>Every number that a study's trials left: scores, weights, predictions.</summary>
    static async Task<SortedDictionary<string, string>> NumbersAsync(EngineBench bench)
    {
        var numbers = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in await bench.Log.NodesAsync("s", Soon))
        {
            if (row.Key is not { } key) continue;
            var result = (await bench.Ledger.FindAsync([key], Soon))[key].Result;
            var predictions = await bench.Ledger.PredictionsAsync(key, Soon);
            var epochs = await bench.Metrics.ReadAsync(key, Soon);
            numbers[row.Node] = result switch
            {
                TrainResult train => $"{train.Score.Value:R} {train.Epochs} {train.BestEpoch} {string.Join(' ', epochs.Select(e => $"{e.Epoch}:{e.TrainLoss:R}:{e.ValidationError:R}"))}",
                _ => string.Join(' ', predictions.Select(p => $"{p.MaterialId}:{p.Value:R}")),
            };
        }
        return numbers;
    }
}
