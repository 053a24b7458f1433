using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Engine;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>A search that pauses real trainings at rungs and goes on with some of them.</summary>
public sealed class PrunedSearchTests : IDisposable
{
    const string Pruned = "search: { sampler: tpe, trials: 14, lookahead: 4, pruner: { rule: asha, min_epochs: 2, eta: 3 } }";
    const string Searched = "learning_rate: { log: [1e-4, 3e-2] }, optimizer: { choice: [adam, adamw] }, weight_decay: { float: [0.001, 0.1], when: { optimizer: adamw } }";

    readonly EngineBench _bench = new();

    public void Dispose() => _bench.Dispose();

    static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(3)).Token;

    static StudyFile File(string name, string settings, string search) => new(
        $$"""
        study: {{name}}
        targets:
          dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8, test: 8 }, sizes: [16] }
        models:
          net: { kind: megnet, embedding: 4, hidden: 6, width: 4, readout: 3, blocks: 1, gaussian_centres: 6, cutoff_angstrom: 3.5, gaussian_stop_angstrom: 4 }
        transfer: [scratch]
        seeds: 2
        training: { epochs: 12, patience: 12, batch_size: 8, {{settings}} }
        {{search}}
        """, $"{name}.yaml");

    [Fact]
    public async Task Finalists_have_the_numbers_of_a_training_that_never_paused_and_workers_change_nothing()
    {
        using var other = new EngineBench();
        var winners = new List<string>();
        var keys = new List<string[]>();
        foreach (var (bench, workers) in new[] { (other, 1), (_bench, 3) })
        {
            await using var engine = bench.Engine(workers);
            await engine.SubmitAsync(File("s", Searched, Pruned), Soon);
            Assert.Equal(StudyStatus.Finished, await EndAsync(engine));
            var rows = (await engine.ShowAsync("s", Soon)).Nodes;
            winners.Add(rows.Single(row => row.Kind == "select").Winner!);
            keys.Add([.. rows.Where(row => row.Key is not null).Select(row => row.Key!.Value.Hex).Order(StringComparer.Ordinal)]);
        }
        Assert.Equal(winners[0], winners[1]);
        Assert.Equal(keys[0], keys[1]);

        await using var again = _bench.Engine(2);
        var nodes = (await again.ShowAsync("s", Soon)).Nodes;
        var train = nodes.Where(row => row.Kind == "train").ToArray();
        Assert.Equal(28, train.Count(row => row.Labels.GetValueOrDefault("rung") == "2"));
        Assert.InRange(train.Count(row => row.Labels.GetValueOrDefault("rung") == "6"), 4, 14);
        var best = train.Single(row => row.Node == winners[0] + "/0");
        var result = await ResultAsync(best.Key!.Value);
        Assert.Equal((12, StopReason.Cap), (result.Epochs, result.Stop));
        Assert.Equal([7, 8, 9, 10, 11, 12], (await _bench.Metrics.ReadAsync(best.Key.Value, Soon)).Select(row => row.Epoch));

        // The winner's settings by themselves, trained in one go.
        var settings = JsonNode.Parse((await _bench.Ledger.SpecAsync(best.Key.Value, Soon))!.Json)!["training"]!;
        var optimizer = settings["optimizer"]!.GetValue<string>();
        Assert.Equal(optimizer == "adamw", settings.AsObject().ContainsKey("weight_decay"));
        var plain = string.Create(CultureInfo.InvariantCulture, $"learning_rate: {settings["learning_rate"]!.GetValue<double>():R}, optimizer: {optimizer}")
            + (optimizer == "adamw" ? string.Create(CultureInfo.InvariantCulture, $", weight_decay: {settings["weight_decay"]!.GetValue<double>():R}") : "");
        await again.SubmitAsync(File("plain", plain, ""), Soon);
        await EndAsync(again, "plain");
        var whole = await ResultAsync((await again.ShowAsync("plain", Soon)).Nodes.Single(row => row.Node.EndsWith("/s1", StringComparison.Ordinal)).Key!.Value);
        Assert.Equal(whole.Score, result.Score);
        Assert.Equal(whole.Weights, result.Weights);
    }

    [Fact]
    public async Task What_a_pause_keeps_stays_until_its_draw_has_gone_on()
    {
        await using var engine = _bench.Engine(2, checkpointInterval: TimeSpan.Zero);
        await engine.SubmitAsync(File("s", Searched, Pruned), Soon);
        await EndAsync(engine);
        var runs = (await engine.ShowAsync("s", Soon)).Nodes.Where(row => row.Kind == "train" && row.Key is not null).ToLookup(row => row.Node.Split('@')[0]);
        var (left, gone) = (0, 0);
        foreach (var rungs in runs)
        {
            foreach (var row in rungs.Where(row => row.Labels.ContainsKey("rung")))
            {
                var result = await ResultAsync(row.Key!.Value);
                Assert.Null(result.Weights);
                // Where the draw went on, the rung before has no further use.
                var isLast = row == rungs.MaxBy(one => one.Labels.TryGetValue("rung", out var epoch) ? int.Parse(epoch, CultureInfo.InvariantCulture) : int.MaxValue);
                Assert.Equal(isLast, _bench.Artifacts.Contains(result.Checkpoint!));
                if (isLast) left++;
                else gone++;
            }
        }
        Assert.True(left > 0 && gone > 0);
    }

    [Fact]
    public async Task A_lost_checkpoint_costs_time_and_changes_no_number()
    {
        await using var engine = _bench.Engine(2);
        await engine.SubmitAsync(File("s", Searched, Pruned), Soon);
        await EndAsync(engine);
        var first = (await engine.ShowAsync("s", Soon)).Nodes.Where(row => row.Kind == "train" && row.Key is not null).ToArray();
        var last = first.First(row => !row.Labels.ContainsKey("rung"));
        var expected = await ResultAsync(last.Key!.Value);

        // The same trial again, in a store that knows its rungs but no longer has their checkpoints.
        using var other = new EngineBench();
        foreach (var row in first.Where(row => row.Labels.ContainsKey("rung")))
        {
            var claim = (TrialClaim.Claimed)await other.Ledger.ClaimAsync((await _bench.Ledger.SpecAsync(row.Key!.Value, Soon))!, "test", TimeSpan.FromMinutes(1), Soon);
            await other.Ledger.FinishAsync(claim.Lease, await ResultAsync(row.Key.Value), [], Soon);
        }
        await using var without = other.Engine(2);
        await without.SubmitAsync(File("s", Searched, Pruned), Soon);
        await EndAsync(without);
        var found = (TrainResult)(await other.Ledger.FindAsync([last.Key.Value], Soon))[last.Key.Value].Result!;
        Assert.Equal((expected.Score, expected.Weights), (found.Score, found.Weights));
    }

    async Task<TrainResult> ResultAsync(TrialKey key) => (TrainResult)(await _bench.Ledger.FindAsync([key], Soon))[key].Result!;

    static async Task<StudyStatus> EndAsync(LocalEngine engine, string study = "s")
    {
        var status = StudyStatus.Running;
        await foreach (var seen in engine.WatchAsync(study, Soon)) status = seen.Status;
        return status;
    }
}
