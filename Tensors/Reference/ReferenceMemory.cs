namespace AtomSets.Tensors;

/// <summary>A float64 array.</summary>
sealed class ReferenceMemory(long length) : DeviceMemory(length)
{
    public double[] Data { get; } = new double[length];

    public override void Dispose()
    {
        // managed memory
    }
}
