using MathNet.Numerics;

namespace AtomSets.Studies;

/// <summary>
/// Numbers: normal densities cut off at the bounds, as wide as 0.1·n^(−1/(d + 4)) of the range for n observations in d dimensions (the exponent of Scott's
/// rule), but not narrower than a hundredth of it; the prior's is as wide as the range. Logarithmic ranges are treated in the logarithm, whole numbers as cells, of
/// which a kernel reaches its neighbours: it is at least half a cell wide.
/// </summary>
sealed class NumberKernels : KernelRow
{
    readonly SearchDimension _dimension;
    readonly bool _log;
    readonly double _low, _high, _cell;
    readonly double[] _centres, _widths, _logMasses;

    public NumberKernels(SearchDimension dimension, IReadOnlyList<ParameterValue?> observed, int dimensions)
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
                (_low, _high) = (d.Low - _cell, d.Low + ((d.High - d.Low) / d.Step * d.Step) + _cell);
                break;
            default:
                throw new InvalidOperationException($"no numbers: {dimension.GetType().Name}");
        }
        var (range, count) = (_high - _low, observed.Count);
        var width = Math.Max(0.1 * Math.Pow(Math.Max(1, count), -1.0 / (dimensions + 4)), 0.01) * range;
        width = Math.Max(width, _cell);
        _centres = new double[count + 1];
        _widths = new double[count + 1];
        for (var i = 0; i <= count; i++)
            (_centres[i], _widths[i]) = i < count && observed[i] is { } value ? (Inner(value), width) : ((_low + _high) / 2, range);
        _logMasses = [.. Enumerable.Range(0, count + 1).Select(i => range > 0 ? Math.Log(Mass(i, _low, _high)) : 0)];
    }

    public override ParameterValue Sample(int component, KeyedDraws random)
    {
        if (_high <= _low) return Outer(_low);
        while (true)
        {
            // The centre lies within the bounds and no width exceeds the range: at least a third is accepted.
            var x = _centres[component] + (_widths[component] * random.Normal());
            if (x >= _low && x < _high) return Outer(x);
        }
    }

    public override double LogOf(int component, ParameterValue value)
    {
        if (_high <= _low) return 0;
        var x = Inner(value);
        if (_cell > 0) return Math.Log(Math.Max(1e-300, Mass(component, x - _cell, x + _cell))) - _logMasses[component];
        var z = (x - _centres[component]) / _widths[component];
        return (-0.5 * z * z) - Math.Log(_widths[component] * Math.Sqrt(2 * Math.PI)) - _logMasses[component];
    }

    double Mass(int component, double from, double to) =>
        Below((to - _centres[component]) / _widths[component]) - Below((from - _centres[component]) / _widths[component]);

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
