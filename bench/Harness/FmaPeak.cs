namespace AtomSets.Bench;

/// <summary>The arithmetic that one core can do at most.</summary>
sealed class FmaPeak : IBenchmark
{
    public string Name => "fma-peak";

    public string About => "float32 fused multiply-adds of one core, in registers; no peer";

    public bool HasAvx2 => true;

    public Contest Prepare()
    {
        var loop = FmaLoop.Widest() ?? throw new BenchException("fma-peak needs a processor with AVX2 and FMA");
        return new Contest
        {
            Unit = "GFLOP/s",
            Figure = seconds => loop.Operations / seconds * 1e-9,
            Note = $"{loop.Lanes} lanes, 12 independent sums; no peer",
            Ours = loop.Run,
        };
    }
}
