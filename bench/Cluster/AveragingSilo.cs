using System.Diagnostics;
using System.Globalization;
using System.Net;
using AtomSets.Engine;
using AtomSets.Grains;
using AtomSets.Grains.Interfaces;
using AtomSets.Silo;
using AtomSets.Tensors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;

namespace AtomSets.Bench;

/// <summary>
/// A silo process that averages gradients with others, as a sharded trial does after each step: device grain, messages, exchange and kernels are the
/// product's. Answers the peers' protocol: <c>check</c> and <c>run N</c>, a line each.
/// </summary>
static class AveragingSilo
{
    public const string Verb = "averaging-silo";

    /// <param name="arguments">Rank, processes, numbers, first port.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        int[] numbers = Array.ConvertAll(arguments, text => int.Parse(text, CultureInfo.InvariantCulture));
        var (rank, processes, length, port) = (numbers[0], numbers[1], numbers[2], numbers[3]);
        var devices = new BenchDevices(HostOf(rank));
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IDeviceHost>(devices);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(port + rank, port + processes + rank, new IPEndPoint(IPAddress.Loopback, port), "bench", "bench");
            silo.Configure<SiloOptions>(options => options.SiloName = NameOf(rank));
            silo.Services.AddPlacementDirector<DevicePlacement, DevicePlacementDirector>();
        });
        using var host = builder.Build();
        await host.StartAsync();
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        var post = new GangPost(grains, TimeProvider.System, NullLogger<GangPost>.Instance);
        devices.Post = post;
        while (!await grains.GetGrain<IGpuWorkerGrain>(WorkerOf(rank)).AttachAsync(HostOf(rank))) await Task.Delay(20);
        MemberWire[] gang = [.. Enumerable.Range(0, processes).Select(member => new MemberWire(HostOf(member), [WorkerOf(member)]))];
        var link = post.Open(new OrderWire(Guid.Empty, 1, new RequestWire("", "", 0, 0), gang), rank);
        Console.WriteLine("""{"ready":"Orleans"}""");
        // A thread of its own, as a device has.
        await Task.Factory.StartNew(() => Serve(link, rank, processes, length), TaskCreationOptions.LongRunning);
        await host.StopAsync();
        return 0;
    }

    static void Serve(GangLink link, int rank, int processes, int length)
    {
        using var kernels = CpuKernels.Create();
        var layout = new ParameterLayout();
        layout.Add("w", 1, length, Initializer.Zeros);
        using var shard = new ParameterSet(kernels, layout);
        using var sum = new ParameterSet(kernels, layout);
        using var exchange = new GangExchange(
            link, new GangRoster([.. Enumerable.Range(0, processes)], [.. Enumerable.Repeat(1, processes)], rank), sum, processes, CancellationToken.None);
        kernels.Fill(shard.Gradients, rank + 1);
        double[] shares = [.. Enumerable.Repeat(1.0 / processes, processes)];
        long step = 0;
        while (Console.ReadLine() is { } line)
        {
            var count = line == "check" ? 1 : int.Parse(line.AsSpan(4), CultureInfo.InvariantCulture);
            var began = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++)
            {
                exchange.Begin(step++, shares);
                exchange.Add(rank, rank, shard);
                exchange.Complete(sum);
            }
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            var numbers = new float[layout.TotalLength];
            kernels.Download(sum.Gradients, numbers);
            var mean = (processes + 1) / 2.0;
            if (numbers.AsSpan(0, length).IndexOfAnyExcept((float)mean) >= 0) Console.WriteLine("""{"missing":"the averages are wrong"}""");
            else Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""{"seconds":{{seconds}}}"""));
        }
    }

    static string NameOf(int rank) => string.Create(CultureInfo.InvariantCulture, $"bench-{rank}");

    static string HostOf(int rank) => NameOf(rank) + "@1";

    static string WorkerOf(int rank) => HostOf(rank) + "/w1";

    /// <summary>The device of this silo, which takes messages and no orders.</summary>
    sealed class BenchDevices(string host) : IDeviceHost
    {
        public GangPost? Post { get; set; }

        public string Host => host;

        public bool Has(string worker) => worker.StartsWith(host, StringComparison.Ordinal);

        public bool Begin(OrderWire order) => false;

        public PieceAnswer Put(PieceWire piece) => Post?.Put(piece) ?? PieceAnswer.NotYet;

        public void Revoke(string worker, Guid pool, long ticket)
        {
            // Nothing runs by order.
        }
    }
}
