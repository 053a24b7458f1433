namespace AtomSets.Engine;

/// <summary>A file that one machine offers to others.</summary>
/// <param name="Place">As <see cref="Materials.DataSetFile.Place"/>.</param>
/// <param name="Hash">SHA-256 of its bytes, lower-case hex.</param>
/// <param name="Bytes">Its length.</param>
public sealed record SharedFile(string Place, string Hash, long Bytes);
