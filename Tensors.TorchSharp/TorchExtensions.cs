namespace AtomSets.Tensors.TorchSharp;

static class TorchExtensions
{
    /// <summary>x = x ⊙ x</summary>
    public static Torch Square(this Torch x) => x.mul_(x);

    /// <summary>[rows × columns] → [columns]. (A literal 0 would be taken for a number type.)</summary>
    public static Torch ColumnSums(this Torch x) => x.sum(dim: 0L, keepdim: false);
}
