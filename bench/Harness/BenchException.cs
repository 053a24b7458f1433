namespace AtomSets.Bench;

/// <summary>A benchmark could not be run; the message says why.</summary>
sealed class BenchException(string message, Exception? inner = null) : Exception(message, inner);
