using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>
/// A density over a whole space, estimated from observed draws: a mixture with one component at each of them, the product of a kernel per dimension, and a
/// flat prior that counts as one more observation. A dimension that an observation does not have (it depends on another) has the prior's kernel there.
/// </summary>
sealed class ParzenDensity
{
    readonly ImmutableArray<SearchDimension> _space;
    readonly KernelRow[] _kernels;
    readonly double[] _logWeights, _weights;

    /// <param name="observed">Oldest first; the last 25 count fully, earlier ones less.</param>
    public ParzenDensity(ImmutableArray<SearchDimension> space, IReadOnlyList<ImmutableSortedDictionary<string, ParameterValue>> observed)
    {
        _space = space;
        _kernels = [.. space.Select(dimension => KernelRow.Of(dimension, [.. observed.Select(values => values.GetValueOrDefault(dimension.Name))], space.Length))];
        _weights = Weights(observed.Count);
        _logWeights = Array.ConvertAll(_weights, Math.Log);
    }

    public ImmutableSortedDictionary<string, ParameterValue> Sample(KeyedDraws random)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, ParameterValue>(StringComparer.Ordinal);
        var component = Pick(_weights, random.Uniform());
        for (var d = 0; d < _space.Length; d++)
        {
            if (_space[d].IsDrawn(values)) values.Add(_space[d].Name, _kernels[d].Sample(component, random));
        }
        return values.ToImmutable();
    }

    public double LogOf(ImmutableSortedDictionary<string, ParameterValue> values)
    {
        var logs = (double[])_logWeights.Clone();
        for (var d = 0; d < _space.Length; d++)
        {
            if (!values.TryGetValue(_space[d].Name, out var value)) continue;
            for (var i = 0; i < logs.Length; i++) logs[i] += _kernels[d].LogOf(i, value);
        }
        var largest = logs.Max();
        return largest + Math.Log(logs.Sum(log => Math.Exp(log - largest)));
    }

    /// <summary>Normalised weights of the observations, oldest first, then of the prior.</summary>
    static double[] Weights(int observations)
    {
        const int full = 25;
        var weights = new double[observations + 1];
        weights[observations] = 1;
        var ramp = Math.Max(0, observations - full);
        for (var i = 0; i < observations; i++)
        {
            weights[i] = i >= ramp ? 1 : ramp == 1 ? 1.0 / observations : (1.0 / observations) + (i * (1 - (1.0 / observations)) / (ramp - 1));
        }
        var sum = weights.Sum();
        for (var i = 0; i < weights.Length; i++) weights[i] /= sum;
        return weights;
    }

    internal static int Pick(double[] shares, double uniform)
    {
        for (var i = 0; i < shares.Length - 1; i++)
        {
            uniform -= shares[i];
            if (uniform < 0) return i;
        }
        return shares.Length - 1;
    }
}
