using AtomSets.Tensors;

namespace AtomSets.Models.MegNet;

/// <summary>Keeps the inner values of one forward pass, by the names of <see cref="FeatureLevel"/>. They live as long as the tape's step.</summary>
/// <param name="wanted">The one value that is needed, after which the pass stops; null for all.</param>
sealed class MegNetTrace(string? wanted = null)
{
    readonly Dictionary<string, Tensor> _values = new(StringComparer.Ordinal);

    public Tensor this[string name] => _values[name];

    /// <summary>Whether what is wanted is there, so that the rest of the pass would be idle work.</summary>
    public bool IsComplete => wanted is not null && _values.ContainsKey(wanted);

    /// <summary>Whether a value that costs something is to be recorded.</summary>
    public bool Wants(string name) => wanted is null || wanted == name;

    public void Record(string name, Tensor value) => _values[name] = value;
}
