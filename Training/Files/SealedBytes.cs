using System.Security.Cryptography;
using System.Text;

namespace AtomSets.Training;

/// <summary>A checksum inside the file that it protects: SHA-256 of all bytes with the checksum's own 64 digits taken as zeros.</summary>
static class SealedBytes
{
    /// <summary>What to write where the checksum will stand; its 64 zeros must occur once.</summary>
    public static readonly string Placeholder = "sha256:" + new string('0', 64);

    /// <summary>Replaces the placeholder by the checksum.</summary>
    public static void Seal(byte[] bytes)
    {
        var at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Placeholder));
        if (at < 0) throw new ArgumentException("there is no placeholder to seal", nameof(bytes));
        Encoding.ASCII.GetBytes("sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes))).CopyTo(bytes, at);
    }

    /// <summary>Whether the bytes are what was sealed.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> bytes, string seal)
    {
        if (seal.Length != Placeholder.Length) return false;
        var at = bytes.IndexOf(Encoding.UTF8.GetBytes(seal));
        if (at < 0) return false;
        var copy = bytes.ToArray();
        Encoding.ASCII.GetBytes(Placeholder).CopyTo(copy, at);
        return seal == "sha256:" + Convert.ToHexStringLower(SHA256.HashData(copy));
    }
}
