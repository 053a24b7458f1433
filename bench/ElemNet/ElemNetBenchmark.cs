using System.Globalization;

namespace AtomSets.Bench;

/// <summary>A training step of ElemNet-17 against the same network in eager PyTorch.</summary>
sealed class ElemNetBenchmark(int batch) : IBenchmark
{
    public string Name => string.Create(CultureInfo.InvariantCulture, $"elemnet-{batch}");

    public string About => string.Create(CultureInfo.InvariantCulture, $"ElemNet-17 training step, batch {batch}, one core; peer: eager PyTorch, the faster of its two Adams");

    public bool HasAvx2 => true;

    public Contest Prepare()
    {
        var side = new ElemNetSide(batch);
        var (usual, missing) = PeerProcess.Start("elemnet.py", side.ToJson("default"));
        var other = usual is null ? null : PeerProcess.Start("elemnet.py", side.ToJson("foreach")).Peer;
        var note = missing ?? Compare(side, usual!);
        side.Step();
        return new Contest(side, usual, other)
        {
            Unit = "ms",
            Figure = seconds => 1000 * seconds,
            Peers = usual is null ? [] : other is null ? [usual] : [usual, other],
            Note = string.Create(CultureInfo.InvariantCulture, $"formulas of {side.What}; {side.KernelName}; {note}"),
            Operations = side.Operations,
            Ours = side.Step,
        };
    }

    /// <summary>Differences of the predictions and of each gradient, relative to the largest element.</summary>
    static string Compare(ElemNetSide side, PeerProcess peer)
    {
        var theirs = peer.Check();
        var difference = Difference(side.Predict(), ElemNetSide.Decode(theirs["predictions"]!));
        var (worst, worstName) = (0.0, "");
        foreach (var (name, gradient) in side.ExportGradients())
        {
            var error = Difference(gradient, ElemNetSide.Decode(theirs["gradients"]![name]!));
            if (!(error <= worst)) (worst, worstName) = (error, name);
        }
        if (!(difference <= 1e-4 && worst <= 1e-3))
            throw new BenchException(string.Create(CultureInfo.InvariantCulture,
                $"ours and {peer.What} disagree: predictions by {difference:G2}, the gradient of {worstName} by {worst:G2} of its largest element"));
        return string.Create(CultureInfo.InvariantCulture, $"{peer.What}: predictions agree to {difference:G2}, gradients to {worst:G2}, relative");
    }

    /// <summary>Largest difference but for one element in a hundred, relative to the largest element.</summary>
    /// <remarks>
    /// Where a sum lies within rounding of 0, one side's ReLU lets it through and the other's does not. Among the seven million of a batch of
    /// 1024 there are a few, and the gradients of their units differ, whoever computes them.
    /// </remarks>
    static double Difference(float[] ours, float[] theirs)
    {
        if (ours.Length != theirs.Length) return double.NaN;
        double[] differences = [.. ours.Zip(theirs, (a, b) => Math.Abs((double)a - b)).Order()];
        var kept = differences[differences.Length - 1 - differences.Length / 100];
        return kept / Math.Max(theirs.Max(Math.Abs), 1e-30);
    }
}
