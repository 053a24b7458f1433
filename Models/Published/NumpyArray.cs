namespace AtomSets.Models.Published;

/// <summary>A dense array read from a NumPy file.</summary>
/// <param name="Shape">Extents; an empty shape is a single number.</param>
/// <param name="Values">Row-major values, converted to float32 (float64 and integers are rounded).</param>
public sealed record NumpyArray(IReadOnlyList<int> Shape, float[] Values)
{
    /// <summary>Shape as text, such as <c>95×16</c>.</summary>
    public string ShapeText => Shape.Count == 0 ? "scalar" : string.Join('×', Shape);
}
