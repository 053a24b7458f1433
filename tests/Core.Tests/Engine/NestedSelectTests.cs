using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Pretrain, select, transfer, select, evaluate: source and target are both searched, and a choice stands between and above them.</summary>
public sealed class NestedSelectTests : IDisposable
{
    const string Text = """
        study: s
        sources:
          cheap:
            data: "ionic:60:1"
            target: lattice_energy_kapustinskii_ev_atom
            where: { max_sites: 8 }
            split: { validation: 8 }
            model: net
            sizes: [16, 24]
            parents: best
        targets:
          dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8, test: 8 }, sizes: [16] }
        models:
          net: { kind: megnet, embedding: 4, hidden: 6, width: { choice: [3, 4] }, readout: 3, blocks: 1, gaussian_centres: 6, cutoff_angstrom: 3.5, gaussian_stop_angstrom: 4 }
          sets: { kind: atomsets, phi: [4], rho: [4], alpha: { choice: [1, 2] } }
        transfer: [scratch, full, { mode: "features:V1", name: sets, model: sets }]
        seeds: 2
        search: { sampler: grid }
        training: { epochs: 3, batch_size: 8, learning_rate: { choice: [0.001, 0.01] } }
        """;

    readonly EngineBench _bench = new(), _other = new();

    public void Dispose()
    {
        _bench.Dispose();
        _other.Dispose();
    }

    static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(3)).Token;

    [Fact]
    public async Task Each_choice_is_by_validation_and_hands_its_winner_on()
    {
        var rows = await RunAsync(_bench, workers: 3);
        Assert.All(rows, row => Assert.Equal(NodeStatus.Finished, row.Status));
        // 2 sizes × (2 widths × 2 rates); scratch 2 × 2, full 2, sets 2 × 2 configurations of two replicates; one evaluation of each mode's best, by replicate.
        Assert.Equal((8 + ((4 + 2 + 4) * 2), 6), (rows.Count(row => row.Kind == "train"), rows.Count(row => row.Kind == "evaluate")));
        var scores = (await _bench.Ledger.FindAsync([.. rows.Where(row => row.Kind == "train").Select(row => row.Key!.Value)], Soon))
            .ToDictionary(pair => pair.Key, pair => ((TrainResult)pair.Value.Result!).Score.Value);
        double Mean(string group) => rows.Where(row => row.Kind == "train" && row.Group == group).Average(row => scores[row.Key!.Value]);

        var parent = rows.Single(row => row.Node == "pretrain/cheap/best").Winner!;
        Assert.Equal(rows.Where(row => row.Kind == "train" && row.Labels["role"] == "pretrain").Select(row => row.Group!).Distinct().MinBy(Mean), parent);
        var parentKey = rows.Single(row => row.Group == parent).Key!.Value;
        foreach (var mode in new[] { "full", "sets" })
        {
            var draws = rows.Where(row => row.Kind == "train" && row.Labels.GetValueOrDefault("mode") == mode).ToArray();
            foreach (var draw in draws) Assert.Contains(parentKey.Hex, (await _bench.Ledger.SpecAsync(draw.Key!.Value, Soon))!.Json, StringComparison.Ordinal);
            var select = rows.Single(row => row.Kind == "select" && row.Labels.GetValueOrDefault("mode") == mode);
            Assert.Equal(draws.Select(row => row.Group!).Distinct().MinBy(Mean), select.Winner);
            var tested = rows.Where(row => row.Kind == "evaluate" && row.Labels["mode"] == mode).OrderBy(row => row.Replicate).ToArray();
            var winners = rows.Where(row => row.Kind == "train" && row.Group == select.Winner).OrderBy(row => row.Replicate).ToArray();
            for (var i = 0; i < 2; i++) Assert.Contains(winners[i].Key!.Value.Hex, (await _bench.Ledger.SpecAsync(tested[i].Key!.Value, Soon))!.Json, StringComparison.Ordinal);
        }
        // The same plan and the same choices for one worker.
        var alone = await RunAsync(_other, workers: 1);
        Assert.Equal(rows.Select(row => (row.Node, row.Key, row.Winner)).Order(), alone.Select(row => (row.Node, row.Key, row.Winner)).Order());
    }

    static async Task<NodeRow[]> RunAsync(EngineBench bench, int workers)
    {
        await using var engine = bench.Engine(workers);
        await engine.SubmitAsync(new StudyFile(Text, "s.yaml"), Soon);
        await foreach (var _ in engine.WatchAsync("s", Soon)) { }
        return [.. (await engine.ShowAsync("s", Soon)).Nodes];
    }
}
