namespace AtomSets.Grains.Interfaces;

/// <summary>What silos and clients must agree on.</summary>
public static class ClusterNames
{
    /// <summary>Outlives upgrades; the cluster's own name lies in its database.</summary>
    public const string Service = "atomsets";

    /// <summary>Provider name of the membership table's database.</summary>
    public const string Database = "Npgsql";
}
