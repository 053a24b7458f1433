using System.Security.Cryptography;
using System.Text;

namespace AtomSets.Materials;

/// <summary>Hashes of several parts as one.</summary>
static class DataSetHashes
{
    /// <summary>SHA-256 over the parts, one per line, lower-case hex.</summary>
    public static string Combine(params IEnumerable<string> parts) => OfText(string.Join('\n', parts));

    public static string OfText(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
