using AtomSets.Core.Tests.Engine;
using AtomSets.Core.Tests.Tensors;
using AtomSets.Engine;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Torch.Tests;

/// <summary>A study on TorchSharp's workers: numbers of its own class, near those of the CPU engine, and the same bits after interruptions.</summary>
public sealed class TorchStudyTests
{
    static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(5)).Token;

    [Fact]
    public async Task It_ends_near_the_CPU_engine_and_says_what_computed_it()
    {
        var file = TinyStudy.File("s");
        using var onCpu = new EngineBench();
        await using (var engine = onCpu.Engine())
        {
            await engine.SubmitAsync(file, Soon);
            await EndAsync(engine, Soon);
        }
        using var onTorch = new EngineBench();
        await RunAsync(onTorch, file, interruptions: 0);
        var (expected, got) = (await ResultsAsync(onCpu), await ResultsAsync(onTorch));
        Assert.Equal(expected.Keys, got.Keys);
        foreach (var (node, result) in got)
        {
            Assert.Equal(expected[node].Score.Value, result.Score.Value, 1e-3 * Math.Abs(expected[node].Score.Value));
            Assert.Equal("torch-cpu", result.Info["numerics"]);
            Assert.Equal("torch-cpu", result.Info["device"]);
            Assert.Equal("cpu", expected[node].Info["numerics"]);
        }
    }

    [Fact]
    public async Task Interrupted_again_and_again_it_ends_with_the_same_bits()
    {
        var file = TinyStudy.File("s", epochs: 20);
        file = file with { Text = file.Text.Replace("batch_size: 8", "batch_size: 8, shards: 2") };
        using EngineBench undisturbed = new(), disturbed = new();
        await RunAsync(undisturbed, file, interruptions: 0);
        Assert.InRange(await RunAsync(disturbed, file, interruptions: 6), 1, 6);
        var (expected, got) = (await ResultsAsync(undisturbed), await ResultsAsync(disturbed));
        Assert.Equal(expected.Keys, got.Keys);
        Assert.All(expected, entry => Assert.Equal((entry.Value.Score.Value, entry.Value.BestEpoch), (got[entry.Key].Score.Value, got[entry.Key].BestEpoch)));
    }

    /// <summary>Runs to the end, stopping some times on the way; returns how often it was stopped.</summary>
    static async Task<int> RunAsync(EngineBench bench, StudyFile file, int interruptions)
    {
        var stopped = 0;
        while (true)
        {
            await using var engine = bench.Engine(checkpointInterval: TimeSpan.Zero, owner: $"owner{stopped}", kernels: KernelsUnderTest.Create,
                numerics: KernelsUnderTest.Device == "cpu" ? NumericsClass.TorchCpu : NumericsClass.CudaFp32);
            await engine.SubmitAsync(file, Soon);
            using var pause = new CancellationTokenSource(stopped < interruptions ? TimeSpan.FromMilliseconds(300) : TimeSpan.FromMinutes(5));
            try
            {
                await EndAsync(engine, pause.Token);
                return stopped;
            }
            catch (OperationCanceledException)
            {
                stopped++;
            }
        }
    }

    static async Task EndAsync(LocalEngine engine, CancellationToken cancellation)
    {
        StudyProgress? last = null;
        await foreach (var progress in engine.WatchAsync("s", cancellation)) last = progress;
        Assert.Equal((StudyStatus.Finished, null), (last!.Status, last.Message));
    }

    static async Task<SortedDictionary<string, TrainResult>> ResultsAsync(EngineBench bench)
    {
        var results = new SortedDictionary<string, TrainResult>(StringComparer.Ordinal);
        foreach (var row in await bench.Log.NodesAsync("s", Soon))
        {
            if (row.Kind == "train" && row.Key is { } key) results[row.Node] = (TrainResult)(await bench.Ledger.FindAsync([key], Soon))[key].Result!;
        }
        return results;
    }
}
