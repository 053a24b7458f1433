using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace AtomSets.Storage;

/// <summary>One numbered script, <c>0001_name.sql</c>. A released script never changes: its checksum is kept in every database.</summary>
sealed record Migration(int Version, string Name, string Sql)
{
    /// <summary>SHA-256 over the text with plain line ends, so that a checkout's line-end setting does not matter.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>The scripts of this program, by version.</summary>
    public static IReadOnlyList<Migration> All { get; } = Load();

    static List<Migration> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var all = assembly.GetManifestResourceNames().Where(n => char.IsAsciiDigit(n[0]) && n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
            return new Migration(int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), name[5..^4], reader.ReadToEnd());
        }).ToList();
        for (var i = 0; i < all.Count; i++)
            if (all[i].Version != i + 1) throw new InvalidOperationException($"schema script {all[i].Name} is number {all[i].Version}, expected {i + 1}");
        return all;
    }
}
