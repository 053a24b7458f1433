using AtomSets.Core.Tests.Engine;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Cluster.Tests;

/// <summary>Where a study runs changes nothing of what it finds.</summary>
public sealed class SameNumbersTests
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Two_silos_find_what_one_machine_finds_to_the_last_bit_and_decide_the_same()
    {
        var file = TinyStudy.Searched("same", "[8, 16]");
        using var here = new EngineBench();
        await using (var engine = here.Engine()) await RunAsync(engine, file);
        using var there = new EngineBench();
        await using (var cluster = await ClusterBench.StartAsync(there)) await RunAsync(cluster.Engine, file);

        Assert.Equal(await FindingsAsync(here), await FindingsAsync(there));
        Assert.Equal(await DecisionsAsync(here), await DecisionsAsync(there));
    }

    [Fact]
    public async Task A_silo_that_leaves_hands_its_trials_over_and_the_numbers_stay()
    {
        var file = TinyStudy.File("moved", epochs: 40);
        using var here = new EngineBench();
        await using (var engine = here.Engine()) await RunAsync(engine, file);
        using var there = new EngineBench();
        await using (var cluster = await ClusterBench.StartAsync(there, workers: 1))
        {
            await cluster.Engine.SubmitAsync(file, CancellationToken.None);
            await foreach (var progress in cluster.Engine.WatchAsync("moved", CancellationToken.None))
            {
                if (progress.Running > 0) break;
            }
            await cluster.Cluster.StopSiloAsync(cluster.Cluster.Silos[1]);
            await EndAsync(cluster.Engine, "moved");
        }
        Assert.Equal(await FindingsAsync(here), await FindingsAsync(there));
    }

    internal static async Task RunAsync(IStudyEngine engine, StudyFile file)
    {
        var submitted = await engine.SubmitAsync(file, CancellationToken.None);
        await EndAsync(engine, submitted.Name);
    }

    internal static async Task EndAsync(IStudyEngine engine, string study)
    {
        using var patience = new CancellationTokenSource(Patience);
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync(study, patience.Token)) last = progress;
        Assert.Equal(StudyStatus.Finished, last?.Status);
    }

    /// <summary>Result, weights, predictions and learning curve of every trial; no times and no machine.</summary>
    internal static async Task<List<string>> FindingsAsync(EngineBench bench)
    {
        var study = (await bench.Log.ListAsync(CancellationToken.None)).Single().Name;
        var keys = (await bench.Log.NodesAsync(study, CancellationToken.None)).Select(row => row.Key).OfType<TrialKey>().Distinct().Order().ToArray();
        var records = await bench.Ledger.FindAsync(keys, CancellationToken.None);
        var lines = new List<string>();
        foreach (var key in keys)
        {
            lines.Add(records[key].Result switch
            {
                TrainResult train => $"{key} {train.Score} {train.Epochs} {train.BestEpoch} {train.Stop} {train.Parameters} {train.Weights} {string.Join(' ', train.Metrics)}",
                EvaluationResult test => $"{key} {string.Join(' ', test.Scores)} {string.Join(' ', test.Looks)}",
                var other => $"{key} {other}",
            });
            lines.AddRange((await bench.Ledger.PredictionsAsync(key, CancellationToken.None)).Select(prediction => $"{key} {prediction}"));
            lines.AddRange((await bench.Metrics.ReadAsync(key, CancellationToken.None)).Select(row => $"{key} {row.Epoch} {row.TrainLoss:R} {row.ValidationError:R} {row.LearningRate:R}"));
        }
        return lines;
    }

    /// <summary>Trials end in one order here and in another there; what is decided and why must not depend on it.</summary>
    internal static async Task<List<string>> DecisionsAsync(EngineBench bench)
    {
        var study = (await bench.Log.ListAsync(CancellationToken.None)).Single().Name;
        return [.. (await bench.Log.DecisionsAsync(study, CancellationToken.None)).Select(stored => $"{stored.Decision.Node}: {stored.Decision.Text}").Order(StringComparer.Ordinal)];
    }
}
