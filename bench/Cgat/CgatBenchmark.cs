using System.Globalization;

namespace AtomSets.Bench;

/// <summary>A training step of the small CGAT (64 crystals of at most 20 atoms, 12 neighbours) against the same network in eager PyTorch.</summary>
sealed class CgatBenchmark(bool merges) : IBenchmark
{
    public string Name => merges ? "cgat-step" : "cgat-step-plain";

    public string About => merges
        ? "training step of the small CGAT, 64 crystals, one core; peer: eager PyTorch, the faster of its two Adams"
        : "the same, computing every atom and edge as the peer does: kernels alone";

    public bool HasAvx2 => merges;

    public Contest Prepare()
    {
        var side = new CgatSide(merges);
        var (usual, missing) = PeerProcess.Start("cgat.py", side.ToJson("default"));
        var other = usual is null ? null : PeerProcess.Start("cgat.py", side.ToJson("foreach")).Peer;
        var note = missing ?? Compare(side, usual!);
        var all = side.ToJson("default")["indices"]!;
        side.Step();
        var (atoms, edges) = side.Computed;
        return new Contest(side, usual, other)
        {
            Unit = "ms",
            Figure = seconds => 1000 * seconds,
            Peers = usual is null ? [] : other is null ? [usual] : [usual, other],
            Operations = side.Flops,
            Note = string.Create(CultureInfo.InvariantCulture,
                $"{side.What}: {all["numbers"]!.AsArray().Count} atoms with {all["ranks"]!.AsArray().Count} edges, of which ours computes {atoms} with {edges}; {side.Parameters} parameters; {side.KernelName}; {note}"),
            Ours = side.Step,
        };
    }

    /// <summary>Largest difference of the predictions, and of each gradient its length over the gradient's.</summary>
    /// <remarks>By length, since a hidden number within rounding of 0 has the slope of the one side here and of the other there: such a one moves a column of its weight's gradient.</remarks>
    static string Compare(CgatSide side, PeerProcess peer)
    {
        var theirs = peer.Check();
        var expected = CgatSide.Decode(theirs["predictions"]!);
        var difference = side.Predict().Select((value, i) => Math.Abs(value - expected[i])).Max();
        var (worst, worstName) = (0.0, "");
        foreach (var (name, gradient) in side.ExportGradients())
        {
            var peers = CgatSide.Decode(theirs["gradients"]![name]!);
            // A shift of all scores of a softmax changes nothing: the gradient of the last bias before it is zero but for rounding.
            if (name.EndsWith("attention.1.bias", StringComparison.Ordinal) || name.EndsWith("gate.1.bias", StringComparison.Ordinal)) continue;
            var error = Math.Sqrt(gradient.Select((value, i) => Math.Pow(value - peers[i], 2)).Sum() / Math.Max(1e-30, peers.Sum(value => value * value)));
            if (!(error <= worst)) (worst, worstName) = (error, name);
        }
        if (!(difference <= 1e-5 && worst <= 3e-3))
            throw new BenchException(string.Create(CultureInfo.InvariantCulture,
                $"ours and {peer.What} disagree: predictions by {difference:G2}, the gradient of {worstName} by {worst:G2} of its length"));
        return string.Create(CultureInfo.InvariantCulture, $"{peer.What}: predictions agree to {difference:G2}, gradients to {worst:G2} relative");
    }
}
