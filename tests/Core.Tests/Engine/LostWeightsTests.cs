using AtomSets.Engine;
using AtomSets.Models;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Files that vanish under a database that stays: whoever needs lost weights has them trained anew.</summary>
public sealed class LostWeightsTests : IDisposable
{
    readonly EngineBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Transfer_whose_parents_files_are_gone_trains_them_again_and_has_the_same_results()
    {
        using var undisturbed = new EngineBench();
        var wanted = await ErrorsAsync(undisturbed, TinyStudy.File("lost", "[8, 16]"));

        await ErrorsAsync(_bench, TinyStudy.File("lost", "[8]"));
        foreach (var folder in Directory.GetDirectories(_bench.Artifacts.Root)) Directory.Delete(folder, recursive: true);
        var found = await ErrorsAsync(_bench, TinyStudy.File("lost", "[8, 16]"));

        Assert.Equal(wanted, found);
        await using var engine = _bench.Engine();
        var parent = (await engine.ShowAsync("lost", CancellationToken.None)).Nodes.First(node => node.Node.StartsWith("pretrain", StringComparison.Ordinal)).Key!.Value;
        var record = (await _bench.Ledger.FindAsync([parent], CancellationToken.None))[parent];
        Assert.Equal((TrialStatus.Finished, 2L), (record.Status, record.Epoch));
        Assert.True(_bench.Artifacts.Contains(((TrainResult)record.Result!).Weights!));
    }

    [Fact]
    public async Task Where_another_place_may_have_what_is_lost_the_trial_goes_back_before_anything_is_trained_again()
    {
        await ErrorsAsync(_bench, TinyStudy.File("lost", "[8]"));
        await using var engine = _bench.Engine();
        var nodes = (await engine.ShowAsync("lost", CancellationToken.None)).Nodes;
        var (parent, child) = (KeyOf("pretrain"), KeyOf("transfer/dear/full"));
        var trained = (TrainResult)(await _bench.Ledger.FindAsync([parent], CancellationToken.None))[parent].Result!;
        File.Delete(_bench.Artifacts.PathOf(trained.Weights!));

        using var runner = new TrialRunner(new TrialContext(ModelRegistry.Default, _bench.Data, _bench.Artifacts, _bench.Ledger, _bench.Metrics), "w");
        var job = new TrialJob((await _bench.Ledger.SpecAsync(child, CancellationToken.None))!, new TrialLease(child, 1), null, 0, "child") { MayGiveBack = true };
        var failure = await Assert.ThrowsAsync<TrialFailedException>(() => runner.RunAsync(job, CancellationToken.None));
        Assert.True(failure.IsLack);
        Assert.Contains(trained.Weights!, failure.Message, StringComparison.Ordinal);
        Assert.False(_bench.Artifacts.Contains(trained.Weights!));

        TrialKey KeyOf(string start) => nodes.First(node => node.Node.StartsWith(start, StringComparison.Ordinal) && node.Kind == "train").Key!.Value;
    }

    static async Task<Dictionary<string, double>> ErrorsAsync(EngineBench bench, StudyFile file)
    {
        await using var engine = bench.Engine();
        await engine.SubmitAsync(file, CancellationToken.None);
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync("lost", CancellationToken.None)) last = progress;
        Assert.Equal(StudyStatus.Finished, last!.Status);
        var errors = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var node in (await engine.ShowAsync("lost", CancellationToken.None)).Nodes)
        {
            if (node.Key is { } key && (await bench.Ledger.FindAsync([key], CancellationToken.None))[key].Result is EvaluationResult evaluated) errors.Add(node.Node, evaluated.Scores[0].Value);
        }
        return errors;
    }
}
