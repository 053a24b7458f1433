using AtomSets.Materials;

namespace AtomSets.Training;

/// <summary>A file that is no valid safetensors file, or lacks what the reader needs.</summary>
public sealed class SafetensorsException : InputException
{
    public SafetensorsException(string message) : base(message) { }

    public SafetensorsException(string message, Exception inner) : base(message, inner) { }
}
