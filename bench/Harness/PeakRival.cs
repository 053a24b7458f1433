namespace AtomSets.Bench;

/// <summary>The same number of floating-point operations as a contest's iteration, done at the measured peak of one core.</summary>
/// <param name="loop">How the peak is measured.</param>
/// <param name="operations">Of one iteration.</param>
sealed class PeakRival(FmaLoop loop, double operations) : IRival
{
    public string What => $"fused multiply-adds in registers, {loop.Lanes} lanes";

    public double Run(int count)
    {
        var turns = Math.Max(1, (int)Math.Round(operations * count / loop.Operations));
        return Measurement.Time(loop.Run, turns) * (operations * count) / (turns * loop.Operations);
    }
}
