using System.Globalization;
using System.Text.Json.Nodes;

namespace AtomSets.Bench;

/// <summary>The MEGNet step on two workers with averaged gradients against the fastest way that PyTorch has on the same two cores.</summary>
sealed class MegNetWorkersBenchmark : IBenchmark
{
    const int Workers = 2;

    public string Name => "megnet-step-2w";

    public string About => "MEGNet training step, 64 crystals, two workers on two cores; peer: the best of PyTorch with 1 thread, 2 threads, 2 DDP processes";

    public int Cores => Workers;

    public Contest Prepare()
    {
        using var side = new MegNetSide(mergesEqualBonds: true);
        var ours = new MegNetTeam(side, Workers);
        var gradients = ours.ExportGradients();
        var rounding = MegNetAgreement.Distance(gradients, side.ExportGradients());
        if (!(rounding <= 1e-5)) throw new BenchException(string.Create(CultureInfo.InvariantCulture, $"averaged gradients differ from one worker's by {rounding:G2}"));
        var input = side.ToJson("step");
        input["shares"] = Shares(side);
        var (predictions, peers, notes) = (side.Predict(), new List<PeerProcess>(), new List<string>());
        foreach (var (script, threads) in ((string, int)[])[("megnet.py", 1), ("megnet.py", Workers), ("megnet_ddp.py", 1)])
        {
            input["threads"] = threads;
            var (peer, missing) = PeerProcess.Start(script, input, threads);
            notes.Add(missing ?? MegNetAgreement.Check(predictions, gradients, peer!));
            if (peer is not null) peers.Add(peer);
        }
        var averaging = ours.AveragingShare(steps: 50);
        return new Contest([ours, .. peers])
        {
            Unit = "ms",
            Figure = seconds => 1000 * seconds,
            Peers = peers,
            Operations = side.Flops,
            Note = string.Create(CultureInfo.InvariantCulture,
                $"{side.What}; {side.KernelName}, averaged gradients equal one worker's to {rounding:G2}, averaging is {averaging:P1} of a step; {string.Join("; ", notes.Distinct(StringComparer.Ordinal))}"),
            Ours = ours.Step,
        };
    }

    /// <summary>Crystals of each of the peer's processes: equally many, as its average of means wants, and about equally many bonds.</summary>
    static JsonArray Shares(MegNetSide side)
    {
        var heaviestFirst = Enumerable.Range(0, side.Graphs.Count).OrderByDescending(i => side.Graphs.SizeOf(i).Edges).ToArray();
        // Dealt 0 1 1 0.
        return new JsonArray([.. Enumerable.Range(0, Workers).Select(worker =>
            BenchCrystals.Numbers<int>([.. heaviestFirst.Where((_, place) => (place + 1) / 2 % 2 == worker).Order()]))]);
    }
}
