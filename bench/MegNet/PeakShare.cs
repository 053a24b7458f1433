using System.Globalization;

namespace AtomSets.Bench;

/// <summary>How near a MEGNet training step comes to the machine's limit: its arithmetic against the same arithmetic at the measured peak.</summary>
sealed class PeakShare : IBenchmark
{
    public string Name => "peak-share";

    public string About => "arithmetic of a MEGNet training step (each product once), one core; peer: fused multiply-adds in registers";

    public bool HasAvx2 => true;

    public Contest Prepare()
    {
        var loop = FmaLoop.Widest() ?? throw new BenchException("the peak is measured with AVX2 and FMA, which this processor has not");
        var side = new MegNetSide(mergesEqualBonds: true);
        side.Step();
        var operations = side.Flops;
        var peak = new PeakRival(loop, operations);
        return new Contest(side)
        {
            Unit = "GFLOP/s",
            Figure = seconds => operations / seconds * 1e-9,
            Peer = peak,
            Note = string.Create(CultureInfo.InvariantCulture, $"{operations * 1e-9:F2} GFLOP a step, {side.Bonds} bonds; {side.KernelName}; peer: {peak.What}"),
            Ours = side.Step,
        };
    }
}
