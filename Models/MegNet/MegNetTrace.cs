using AtomSets.Tensors;

namespace AtomSets.Models.MegNet;

/// <summary>Keeps the inner values of one forward pass, by the names of <see cref="FeatureLevel"/>. They live as long as the tape's step.</summary>
sealed class MegNetTrace
{
    readonly Dictionary<string, Tensor> _values = new(StringComparer.Ordinal);

    public Tensor this[string name] => _values[name];

    public void Record(string name, Tensor value) => _values[name] = value;
}
