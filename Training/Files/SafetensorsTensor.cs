namespace AtomSets.Training;

/// <summary>One entry of a safetensors header.</summary>
/// <param name="Name">Unique name.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Dimensions, slowest first; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">Byte after the last.</param>
public sealed record SafetensorsTensor(string Name, SafetensorsType Type, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Number of elements.</summary>
    public long Length => (End - Begin) / Type.Size();
}
