using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AtomSets.Materials;

/// <summary>What is wanted of a data set: targets, rows, structures or not. Part of the identity of everything computed from it.</summary>
public sealed record DataSetQuery
{
    public static DataSetQuery All { get; } = new();

    /// <summary>Columns that must hold a finite number; rows that do not are refused, with a reason.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>Most atoms per cell; larger cells are left out (not refused).</summary>
    public int? MaxSites { get; init; }

    public IReadOnlyList<RowCondition> Where { get; init; } = [];

    /// <summary>Takes another set's value for the same formula off the first of <see cref="Targets"/>, before <see cref="Filter"/>. Null: nothing is.</summary>
    public DeltaReference? Delta { get; init; }

    /// <summary>Filters and merges rows by the first of <see cref="Targets"/> and by formula; a limit then counts what it leaves. Null: nothing is.</summary>
    public RowFilter? Filter { get; init; }

    /// <summary>At most this many rows, drawn by <see cref="LimitSeed"/> and id: the same rows whatever else the file holds.</summary>
    public int? Limit { get; init; }

    public ulong LimitSeed { get; init; }

    /// <summary>True: rows with a shared or partly vacant site are refused, for models that take one element for each site.</summary>
    public bool OrderedOnly { get; init; }

    /// <summary>False: structures are neither read nor checked (for models of compositions).</summary>
    public bool Structures { get; init; } = true;

    /// <summary>One line per setting, equal for equal queries.</summary>
    public string Canonical
    {
        get
        {
            var text = new StringBuilder();
            foreach (var target in Targets.Order(StringComparer.Ordinal)) text.Append("target ").Append(target).Append('\n');
            if (MaxSites is { } sites) text.Append(CultureInfo.InvariantCulture, $"max_sites {sites}\n");
            foreach (var condition in Where.Select(condition => condition.Canonical).Order(StringComparer.Ordinal)) text.Append(condition).Append('\n');
            if (Delta is { } delta) text.Append(delta.Canonical);
            if (Filter is { } filter) text.Append(filter.Canonical);
            if (Limit is { } limit) text.Append(CultureInfo.InvariantCulture, $"limit {limit} seed {LimitSeed}\n");
            if (OrderedOnly) text.Append("ordered\n");
            if (!Structures) text.Append("no structures\n");
            return text.ToString();
        }
    }

    /// <summary>SHA-256 of <see cref="Canonical"/>, lower-case hex.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical)));
}
