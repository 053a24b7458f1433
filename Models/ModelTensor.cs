namespace AtomSets.Models;

/// <summary>One parameter on the host: [Rows × Columns], row-major.</summary>
public sealed record ModelTensor(int Rows, int Columns, float[] Values);
