using System.Globalization;
using System.Text.Json.Nodes;

namespace AtomSets.Bench;

/// <summary>A training epoch of CGCNN (3 convolutions, 12 neighbours within 8 Å, batches of 256) against the same network in eager PyTorch, written as its authors do.</summary>
sealed class CgcnnBenchmark : IBenchmark
{
    public string Name => "cgcnn-epoch";

    public string About => "CGCNN training epoch, 1,000 crystals, one core; peer: eager PyTorch as the authors write it";

    public bool HasAvx2 => true;

    public Contest Prepare()
    {
        var side = new CgcnnSide(CgcnnSide.Crystals);
        var (peer, missing) = PeerProcess.Start("cgcnn.py", side.ToJson());
        var note = missing ?? Compare(side, peer!);
        var (atoms, edges, distinct, lengths) = side.Count();
        return new Contest(side, peer)
        {
            Unit = "ms",
            Figure = seconds => 1000 * seconds,
            Peer = peer,
            Operations = side.FlopsOfEpoch(),
            Note = string.Create(CultureInfo.InvariantCulture,
                $"{side.What}: {atoms} atoms, {edges} edges of which ours computes {distinct}, of {lengths} lengths; {side.KernelName}; {note}"),
            Ours = side.Epoch,
        };
    }

    /// <summary>Largest difference of the first batch's predictions, and of each gradient relative to its largest element.</summary>
    static string Compare(CgcnnSide side, PeerProcess peer)
    {
        var theirs = peer.Check();
        var (predictions, gradients) = side.Check();
        var difference = predictions.Select((value, i) => Math.Abs(value - theirs["predictions"]![i]!.GetValue<double>())).Max();
        var (worst, worstName) = (0.0, "");
        foreach (var (name, gradient) in gradients)
        {
            var peers = Numbers(theirs, name);
            // Batch norm takes every shift away: the gradient of the bias before it is zero but for rounding, which its weight's gradient measures.
            var scale = (name.EndsWith("fc_full.bias", StringComparison.Ordinal) ? Numbers(theirs, name.Replace(".bias", ".weight", StringComparison.Ordinal)) : peers).Max(Math.Abs);
            var error = gradient.Select((value, i) => Math.Abs(value - peers[i])).Max() / scale;
            if (!(error <= worst)) (worst, worstName) = (error, name);
        }
        if (!(difference <= 1e-4 && worst <= 1e-4))
            throw new BenchException(string.Create(CultureInfo.InvariantCulture,
                $"ours and {peer.What} disagree: predictions by {difference:G2}, the gradient of {worstName} by {worst:G2} of its largest element"));
        return string.Create(CultureInfo.InvariantCulture, $"{peer.What}: predictions agree to {difference:G2}, gradients to {worst:G2} relative");
    }

    static double[] Numbers(JsonNode theirs, string name) => [.. theirs["gradients"]![name]!.AsArray().Select(value => value!.GetValue<double>())];
}
