using System.Collections.Concurrent;

namespace AtomSets.Tensors.TorchSharp;

/// <summary>Numbers as libtorch takes them: a native object each, so those that come again and again are kept (the first <see cref="Most"/>; later ones are left to the collector).</summary>
static class Number
{
    const int Most = 1024;
    static readonly ConcurrentDictionary<double, global::TorchSharp.Scalar> Known = new();

    public static global::TorchSharp.Scalar One { get; } = Of(1);

    /// <summary>One that is not to be disposed.</summary>
    public static global::TorchSharp.Scalar Of(double value)
    {
        if (Known.TryGetValue(value, out var known)) return known;
        global::TorchSharp.Scalar made = value;
        return Known.Count < Most ? Known.GetOrAdd(value, made) : made;
    }

    /// <summary>One that differs at every step, to be disposed.</summary>
    public static global::TorchSharp.Scalar Once(double value) => value;
}
