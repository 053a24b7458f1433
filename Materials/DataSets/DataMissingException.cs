namespace AtomSets.Materials;

/// <summary>Data that are not on this machine, and may be on another.</summary>
public sealed class DataMissingException(string message, Exception? inner = null) : InputException(message, inner);
