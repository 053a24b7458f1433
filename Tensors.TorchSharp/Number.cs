using System.Collections.Concurrent;

namespace AtomSets.Tensors.TorchSharp;

/// <summary>Numbers as libtorch takes them: a native object each, held here for good: the collector must not take one while libtorch reads it. Only for those that come again and again.</summary>
static class Number
{
    static readonly ConcurrentDictionary<double, global::TorchSharp.Scalar> Known = new();

    public static global::TorchSharp.Scalar One { get; } = Of(1);

    /// <summary>As a whole number, which leaves whole numbers whole.</summary>
    public static global::TorchSharp.Scalar WholeZero { get; } = 0L;

    /// <summary>One that is not to be disposed.</summary>
    public static global::TorchSharp.Scalar Of(double value)
    {
        if (Known.TryGetValue(value, out var known)) return known;
        return Known.GetOrAdd(value, static value => value);
    }

    /// <summary>One that differs at every step, to be disposed after the call.</summary>
    public static global::TorchSharp.Scalar Once(double value) => value;
}
