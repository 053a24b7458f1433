namespace AtomSets.Studies;

/// <summary>A density over one dimension, estimated from observed values and a flat prior that counts as one more observation.</summary>
abstract class ParzenDensity
{
    /// <param name="observed">Oldest first; the last 25 count fully, earlier ones less.</param>
    public static ParzenDensity Of(SearchDimension dimension, IReadOnlyList<ParameterValue> observed) => dimension switch
    {
        ChoiceDimension choice => new ChoiceDensity(choice, observed),
        _ => new NumberDensity(dimension, observed),
    };

    public abstract ParameterValue Sample(KeyedDraws random);

    public abstract double LogOf(ParameterValue value);

    /// <summary>Normalised weights of the observations, oldest first, then of the prior.</summary>
    protected static double[] Weights(int observations)
    {
        const int full = 25;
        var weights = new double[observations + 1];
        weights[observations] = 1;
        var ramp = Math.Max(0, observations - full);
        for (var i = 0; i < observations; i++)
        {
            weights[i] = i >= ramp || ramp == 0 ? 1 : ramp == 1 ? 1.0 / observations : (1.0 / observations) + (i * (1 - (1.0 / observations)) / (ramp - 1));
        }
        var sum = weights.Sum();
        for (var i = 0; i < weights.Length; i++) weights[i] /= sum;
        return weights;
    }

    protected static int Pick(double[] shares, double uniform)
    {
        for (var i = 0; i < shares.Length - 1; i++)
        {
            uniform -= shares[i];
            if (uniform < 0) return i;
        }
        return shares.Length - 1;
    }

    /// <summary>A choice: every observation adds to its value, softened by the prior.</summary>
    sealed class ChoiceDensity : ParzenDensity
    {
        readonly ChoiceDimension _dimension;
        readonly double[] _shares;

        public ChoiceDensity(ChoiceDimension dimension, IReadOnlyList<ParameterValue> observed)
        {
            _dimension = dimension;
            var count = dimension.Values.Length;
            _shares = new double[count];
            var weights = Weights(observed.Count);
            var soft = 1.0 / weights.Length;
            for (var i = 0; i < observed.Count; i++)
            {
                var all = 1 + (count * soft);
                for (var c = 0; c < count; c++) _shares[c] += weights[i] * soft / all;
                var at = dimension.Values.IndexOf(observed[i]);
                if (at >= 0) _shares[at] += weights[i] / all;
            }
            for (var c = 0; c < count; c++) _shares[c] += weights[^1] / count;
        }

        public override ParameterValue Sample(KeyedDraws random) => _dimension.Values[Pick(_shares, random.Uniform())];

        public override double LogOf(ParameterValue value) => Math.Log(_shares[_dimension.Values.IndexOf(value)]);
    }
}
