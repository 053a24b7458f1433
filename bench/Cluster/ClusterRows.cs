namespace AtomSets.Bench;

/// <summary>The rows that need the Orleans packages. All are measured by name alone.</summary>
static class ClusterRows
{
    public const string Group = "cluster";

    public static IReadOnlyList<IRow> All { get; } =
    [
        new AveragingRow("averaging-megnet", "MEGNet", 167_761, 2),
        new AveragingRow("averaging-megnet-4", "MEGNet", 167_761, 4),
        new AveragingRow("averaging-elemnet", "ElemNet", 4_613_505, 2),
        new AveragingRow("averaging-elemnet-4", "ElemNet", 4_613_505, 4),
        new TrialsRow(),
        new ShardsRow(smallOnly: false),
        new ShardsRow(smallOnly: true),
    ];
}
