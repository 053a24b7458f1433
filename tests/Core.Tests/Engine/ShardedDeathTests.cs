using AtomSets.Engine;
using AtomSets.Models;
using AtomSets.Studies;
using AtomSets.Tensors;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

/// <summary>Workers of a sharded training go while it runs: it goes on from its checkpoint on those that remain, with the same numbers.</summary>
public sealed class ShardedDeathTests : IDisposable
{
    readonly EngineBench _bench = new(), _undisturbed = new();

    public void Dispose()
    {
        _bench.Dispose();
        _undisturbed.Dispose();
    }

    static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(3)).Token;

    static StudyFile File => new("""
        study: s
        targets:
          dear: { data: "ionic:60:2", target: lattice_energy_ev_atom, where: { max_sites: 8 }, split: { validation: 8, test: 8 } }
        models:
          net: { kind: megnet, embedding: 4, hidden: 6, width: 4, readout: 3, blocks: 1, gaussian_centres: 6, cutoff_angstrom: 3.5, gaussian_stop_angstrom: 4 }
        transfer: [scratch]
        training: { epochs: 1000, patience: 1000, batch_size: 8, shards: 3 }
        """, "s.yaml");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Helpers_and_then_the_leader_go_and_the_numbers_stay(bool isLeaderFirst)
    {
        await RunAsync(_undisturbed);
        var resolved = _bench.Resolver.Resolve(File.Text, File.Origin);
        var context = new TrialContext(ModelRegistry.Default, _bench.Data, _bench.Artifacts, _bench.Ledger, _bench.Metrics) { CheckpointInterval = TimeSpan.Zero };
        await new StudyControl(_bench.Log, TimeProvider.System).SubmitAsync(resolved, Soon);
        TrialRunner[] runners = [.. Enumerable.Range(0, 3).Select(i => new TrialRunner(context, $"w{i}"))];
        await using (var pool = new PoolDriver(_bench.Ledger, TimeProvider.System, new PoolDriverOptions
        {
            Owner = "here", MaxGang = 3, ShardsOf = TrialContent.ShardsOf, WakeAfter = TimeSpan.FromMilliseconds(20),
        }))
        {
            for (var i = 0; i < 3; i++) pool.Join($"w{i}", runners[i]);
            var driver = new StudyDriver("s", _bench.Log, _bench.Ledger, pool, TimeProvider.System);
            pool.Listen("s", driver);
            var study = driver.RunAsync(Soon);
            var key = resolved.Nodes.OfType<TrainNode>().Select(node => driver.State?.KeyOf(node.Id)).SingleOrDefault() ?? await KeyAsync();
            Assert.Equal(3, await AtAsync(1, key, pool));
            var leader = (await _bench.Ledger.FindAsync([key], Soon))[key].Owner.Split('/')[1];
            var helper = Enumerable.Range(0, 3).Select(i => $"w{i}").First(worker => worker != leader);
            await pool.LeaveAsync(isLeaderFirst ? leader : helper);
            Assert.Equal(2, await AtAsync(2, key, pool));
            leader = (await _bench.Ledger.FindAsync([key], Soon))[key].Owner.Split('/')[1];
            await pool.LeaveAsync(leader);
            Assert.Equal(1, await AtAsync(3, key, pool));
            Assert.Equal(StudyStatus.Finished, await study);
            Assert.Equal((3L, TrialStatus.Finished), ((await _bench.Ledger.FindAsync([key], Soon))[key].Epoch, (await _bench.Ledger.FindAsync([key], Soon))[key].Status));
        }
        foreach (var runner in runners) runner.Dispose();
        await MustBeEqualAsync();
    }

    [Fact]
    public async Task A_helper_that_breaks_fails_the_attempt_and_the_next_one_has_the_same_numbers()
    {
        await RunAsync(_undisturbed);
        var made = 0;
        await RunAsync(_bench, () => Interlocked.Increment(ref made) == 2 ? throw new IOException("the device is gone") : CpuKernels.Create());
        Assert.Contains(await _bench.Log.DecisionsAsync("s", Soon), line => line.Decision.Text.Contains("the device is gone", StringComparison.Ordinal));
        await MustBeEqualAsync();
    }

    static async Task RunAsync(EngineBench bench, Func<IKernels>? kernels = null)
    {
        await using var engine = bench.Engine(workers: 3, kernels: kernels);
        await engine.SubmitAsync(File, Soon);
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync("s", Soon)) last = progress;
        Assert.Equal(StudyStatus.Finished, last!.Status);
    }

    async Task<TrialKey> KeyAsync() => (await _bench.Log.NodesAsync("s", Soon)).Single(row => row.Kind == "train").Key!.Value;

    /// <summary>Waits until an attempt of the trial has come some epochs further than it was when first seen.</summary>
    /// <param name="attempt">1 for the first; what an earlier one has done before it heard of its end does not count.</param>
    /// <returns>How many workers it runs on.</returns>
    async Task<int> AtAsync(long attempt, TrialKey key, PoolDriver pool)
    {
        var (soon, first) = (Soon, int.MaxValue);
        while (true)
        {
            var row = (await _bench.Ledger.FindAsync([key], soon)).GetValueOrDefault(key);
            if (row is { Status: TrialStatus.Claimed, Checkpoint.Epochs: var epochs } && row.Epoch == attempt)
            {
                first = Math.Min(first, epochs);
                if (epochs >= first + 20) return pool.State.WorkerCount - pool.State.FreeCount;
            }
            await Task.Delay(1, soon);
        }
    }

    async Task MustBeEqualAsync()
    {
        foreach (var row in await _undisturbed.Log.NodesAsync("s", Soon))
        {
            if (row.Key is not { } key) continue;
            var (expected, found) = ((await _undisturbed.Ledger.FindAsync([key], Soon))[key].Result, (await _bench.Ledger.FindAsync([key], Soon))[key].Result);
            if (expected is TrainResult whole && found is TrainResult broken) Assert.Equal((whole.Score, whole.Weights, whole.BestEpoch), (broken.Score, broken.Weights, broken.BestEpoch));
            Assert.Equal(await _undisturbed.Ledger.PredictionsAsync(key, Soon), await _bench.Ledger.PredictionsAsync(key, Soon));
            Assert.Equal(
                (await _undisturbed.Metrics.ReadAsync(key, Soon)).Select(epoch => (epoch.Epoch, epoch.TrainLoss, epoch.ValidationError)),
                (await _bench.Metrics.ReadAsync(key, Soon)).Select(epoch => (epoch.Epoch, epoch.TrainLoss, epoch.ValidationError)));
        }
    }
}
