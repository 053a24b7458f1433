namespace AtomSets.Materials;

/// <summary>Two sets that share materials. <see cref="Forbidden"/>: never source and target of each other, in either direction.</summary>
public sealed record SetOverlap(string Source, string Target, bool Forbidden, string About);
