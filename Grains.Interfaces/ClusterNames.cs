namespace AtomSets.Grains.Interfaces;

/// <summary>What silos and clients must agree on.</summary>
public static class ClusterNames
{
    /// <summary>A database has one cluster: its membership table lies there.</summary>
    public const string Cluster = "atomsets";

    /// <summary>As <see cref="Cluster"/>; outlives upgrades.</summary>
    public const string Service = "atomsets";

    /// <summary>Provider name of the membership table's database.</summary>
    public const string Database = "Npgsql";
}
