namespace AtomSets.Bench;

/// <summary>Every row, in the table's order.</summary>
static class AllRows
{
    public static IReadOnlyList<IRow> Rows { get; } =
    [
        MegNetBenchmark.Step,
        MegNetBenchmark.PlainStep,
        MegNetBenchmark.Prediction,
        .. MegNetBenchmark.OnTorch,
        new CgcnnBenchmark(),
        new CgatBenchmark(merges: true),
        new CgatBenchmark(merges: false),
        new PeakShare(),
        new MegNetWorkersBenchmark(),
        new MegNetScaling(),
        new ElemNetBenchmark(32),
        new ElemNetBenchmark(256),
        new ElemNetBenchmark(1024),
        new ElemNetEpoch(1),
        new ElemNetEpoch(2),
        new NeighbourBenchmark(),
        new GraphBenchmark(),
        new FmaPeak(),
        new MemoryRate("memory-cache", 8),
        new MemoryRate("memory-ram", 512),
        .. EpochScaling.All,
        .. SchedulerBenchmark.All,
        .. SearchQuality.All,
        .. TableSearch.All,
        .. QueryBenchmark.All,
        .. WriteBenchmark.All,
        .. PageBenchmark.All,
#if ORLEANS
        .. ClusterRows.All,
#endif
        .. ClassicalBenchmark.All,
    ];
}
