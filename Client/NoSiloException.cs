using AtomSets.Materials;

namespace AtomSets.Client;

/// <summary>No silo serves the database.</summary>
sealed class NoSiloException(string message, Exception inner) : InputException(message, inner);
