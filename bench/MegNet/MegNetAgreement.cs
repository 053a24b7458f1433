using System.Globalization;

namespace AtomSets.Bench;

/// <summary>Both sides compute the same numbers, or there is nothing to compare.</summary>
static class MegNetAgreement
{
    /// <summary>Largest difference of a prediction, and of the whole gradient relative to its length.</summary>
    const double Tolerance = 1e-4;

    /// <summary>Largest difference within one parameter's gradient, relative to its largest element: some are sums of large terms that nearly cancel.</summary>
    const double ElementTolerance = 1e-3;

    /// <param name="predictions">Ours, in the crystals' order.</param>
    /// <param name="gradients">Ours, by parameter name.</param>
    /// <param name="peer">Is asked for its own.</param>
    /// <returns>How well they agree.</returns>
    /// <exception cref="BenchException">They do not.</exception>
    public static string Check(IReadOnlyList<float> predictions, IReadOnlyDictionary<string, float[]> gradients, PeerProcess peer)
    {
        var theirs = peer.Check();
        var difference = predictions.Select((value, i) => Math.Abs(value - theirs["predictions"]![i]!.GetValue<double>())).Max();
        var peers = gradients.Keys.ToDictionary(name => name, name => theirs["gradients"]![name]!.AsArray().Select(value => value!.GetValue<float>()).ToArray());
        var distance = Distance(gradients, peers);
        var (worstName, worst) = gradients.Select(entry => (entry.Key, Difference(entry.Value, peers[entry.Key]))).MaxBy(entry => entry.Item2);
        if (!(difference <= Tolerance && distance <= Tolerance && worst <= ElementTolerance))
            throw new BenchException(string.Create(CultureInfo.InvariantCulture,
                $"ours and {peer.What} disagree: predictions by {difference:G2}, the gradient by {distance:G2} of its length, that of {worstName} by {worst:G2} of its largest element"));
        return string.Create(CultureInfo.InvariantCulture, $"{peer.What}: predictions agree to {difference:G2}, the gradient to {distance:G2}, each of its tensors to {worst:G2}");
    }

    /// <summary>Length of the difference of two gradients over the second's length.</summary>
    public static double Distance(IReadOnlyDictionary<string, float[]> gradients, IReadOnlyDictionary<string, float[]> others)
    {
        double differences = 0, squares = 0;
        foreach (var (name, other) in others)
        {
            var gradient = gradients[name];
            for (var i = 0; i < other.Length; i++)
            {
                differences += Math.Pow((double)gradient[i] - other[i], 2);
                squares += (double)other[i] * other[i];
            }
        }
        return Math.Sqrt(differences / squares);
    }

    static double Difference(float[] gradient, float[] other)
    {
        var scale = other.Max(Math.Abs);
        return scale == 0 ? 0 : gradient.Zip(other, (a, b) => Math.Abs(a - b)).Max() / scale;
    }
}
