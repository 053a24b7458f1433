using MathNet.Numerics;

namespace AtomSets.Studies;

/// <summary>
/// Numbers: a mixture of normal densities cut off at the bounds, one at each observation, as wide as the gap to its farther neighbour (but not narrower than a
/// hundredth of the range), and one as wide as the range in its middle. Logarithmic ranges are treated in the logarithm, whole numbers as cells.
/// </summary>
sealed class NumberDensity : ParzenDensity
{
    readonly SearchDimension _dimension;
    readonly bool _log;
    readonly double _low, _high, _cell;
    readonly double[] _centres, _widths, _weights;

    public NumberDensity(SearchDimension dimension, IReadOnlyList<ParameterValue> observed)
    {
        _dimension = dimension;
        switch (dimension)
        {
            case FloatDimension d:
                _log = d.Log;
                (_low, _high) = d.Log ? (Math.Log(d.Low), Math.Log(d.High)) : (d.Low, d.High);
                break;
            case IntDimension d:
                _cell = d.Step / 2.0;
                (_low, _high) = (d.Low - _cell, d.Low + (((d.High - d.Low) / d.Step) * d.Step) + _cell);
                break;
            default:
                throw new InvalidOperationException($"no numbers: {dimension.GetType().Name}");
        }
        _centres = [.. observed.Select(Inner), (_low + _high) / 2];
        _weights = Weights(observed.Count);
        _widths = Widths();
    }

    public override ParameterValue Sample(KeyedDraws random)
    {
        if (_high <= _low) return Outer(_low);
        var component = Pick(_weights, random.Uniform());
        while (true)
        {
            // The centre lies within the bounds and no width exceeds the range: at least a third is accepted.
            var x = _centres[component] + (_widths[component] * random.Normal());
            if (x >= _low && x < _high) return Outer(x);
        }
    }

    public override double LogOf(ParameterValue value)
    {
        if (_high <= _low) return 0;
        var x = Inner(value);
        var density = 0.0;
        for (var i = 0; i < _centres.Length; i++)
        {
            var (centre, width) = (_centres[i], _widths[i]);
            var inside = Below((_high - centre) / width) - Below((_low - centre) / width);
            var z = (x - centre) / width;
            var share = _cell > 0
                ? Below((x + _cell - centre) / width) - Below((x - _cell - centre) / width)
                : Math.Exp(-0.5 * z * z) / (width * Math.Sqrt(2 * Math.PI));
            density += _weights[i] * share / inside;
        }
        return Math.Log(Math.Max(density, 1e-300));
    }

    double[] Widths()
    {
        var range = _high - _low;
        var order = Enumerable.Range(0, _centres.Length).OrderBy(i => _centres[i]).ToArray();
        var widths = new double[order.Length];
        var least = range / Math.Min(100, 1 + order.Length);
        for (var k = 0; k < order.Length; k++)
        {
            // The outermost have one neighbour: the bounds are no observations.
            var left = k > 0 ? _centres[order[k]] - _centres[order[k - 1]] : 0;
            var right = k < order.Length - 1 ? _centres[order[k + 1]] - _centres[order[k]] : 0;
            widths[order[k]] = Math.Clamp(Math.Max(left, right), least, range);
        }
        widths[^1] = range; // the prior
        return widths;
    }

    double Inner(ParameterValue value) => value switch
    {
        ParameterValue.Real real => _log ? Math.Log(real.Value) : real.Value,
        ParameterValue.Whole whole => whole.Value,
        _ => throw new InvalidOperationException($"'{value}' is no number"),
    };

    ParameterValue Outer(double x) => _dimension switch
    {
        IntDimension d => new ParameterValue.Whole(d.Low + (d.Step * (long)Math.Clamp(Math.Round((x - d.Low) / d.Step), 0, (d.High - d.Low) / d.Step))),
        FloatDimension d => new ParameterValue.Real(Math.Clamp(_log ? Math.Exp(x) : x, d.Low, d.High)),
        _ => throw new InvalidOperationException(),
    };

    static double Below(double z) => 0.5 * SpecialFunctions.Erfc(-z / Math.Sqrt(2));
}
