namespace AtomSets.Tensors.TorchSharp;

/// <summary>
/// What TorchSharp's own methods do with a number made for the call: nothing holds that object during the call, and when the collector comes
/// at that moment libtorch reads freed memory. Here every number is held.
/// </summary>
static class TorchExtensions
{
    /// <summary>x = x ⊙ x</summary>
    public static Torch Square(this Torch x) => x.mul_(x);

    /// <summary>x + y</summary>
    public static Torch Plus(this Torch x, Torch y) => x.add(y, Number.One);

    /// <summary>x + y</summary>
    public static Torch Plus(this Torch x, global::TorchSharp.Scalar y) => x.add(y, Number.One);

    /// <summary>x = x + y</summary>
    public static Torch PlusInPlace(this Torch x, Torch y) => x.add_(y, Number.One);

    /// <summary>x = x + y</summary>
    public static Torch PlusInPlace(this Torch x, global::TorchSharp.Scalar y) => x.add_(y, Number.One);

    /// <summary>ln(1 + eˣ), a temporary.</summary>
    public static Torch Softplus(this Torch x)
    {
        var y = torch.empty_like(x);
        Script.Into("softplus", x, y);
        return y;
    }

    /// <summary>[rows × columns] → [columns]. (A literal 0 would be taken for a number type.)</summary>
    public static Torch ColumnSums(this Torch x) => x.sum(dim: 0L, keepdim: false);
}
