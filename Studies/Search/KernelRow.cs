namespace AtomSets.Studies;

/// <summary>The kernels of one dimension: one at each observation, and the prior's last.</summary>
abstract class KernelRow
{
    /// <param name="observed">Null where an observation does not have the dimension.</param>
    /// <param name="dimensions">Of the whole space: the more there are, the wider the kernels.</param>
    public static KernelRow Of(SearchDimension dimension, IReadOnlyList<ParameterValue?> observed, int dimensions) => dimension switch
    {
        ChoiceDimension choice => new ChoiceKernels(choice, observed),
        _ => new NumberKernels(dimension, observed, dimensions),
    };

    public abstract ParameterValue Sample(int component, KeyedDraws random);

    public abstract double LogOf(int component, ParameterValue value);
}

/// <summary>A choice: the observed value, softened by the prior.</summary>
sealed class ChoiceKernels : KernelRow
{
    readonly ChoiceDimension _dimension;
    readonly double[][] _shares;

    public ChoiceKernels(ChoiceDimension dimension, IReadOnlyList<ParameterValue?> observed)
    {
        _dimension = dimension;
        var count = dimension.Values.Length;
        var soft = 1.0 / (observed.Count + 1);
        _shares = new double[observed.Count + 1][];
        for (var i = 0; i <= observed.Count; i++)
        {
            var at = i < observed.Count && observed[i] is { } value ? dimension.Values.IndexOf(value) : -1;
            _shares[i] = new double[count];
            for (var c = 0; c < count; c++) _shares[i][c] = at < 0 ? 1.0 / count : (soft + (c == at ? 1 : 0)) / (1 + (count * soft));
        }
    }

    public override ParameterValue Sample(int component, KeyedDraws random) => _dimension.Values[ParzenDensity.Pick(_shares[component], random.Uniform())];

    public override double LogOf(int component, ParameterValue value) => Math.Log(_shares[component][_dimension.Values.IndexOf(value)]);
}
