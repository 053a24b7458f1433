namespace AtomSets.Tensors;

/// <summary>Names one parameter of a <see cref="ParameterLayout"/> without a look-up.</summary>
public readonly record struct ParameterRef(int Ordinal)
{
    /// <summary>No parameter, for example a layer without bias.</summary>
    public static ParameterRef None => new(-1);
    public bool IsNone => Ordinal < 0;
}

/// <summary>One parameter, or one state: [Rows × Columns] row-major at Offset of the flat buffer.</summary>
public sealed record ParameterInfo(string Name, int Rows, int Columns, Initializer Initializer, int Offset)
{
    public int Length => Rows * Columns;

    /// <summary>A running statistic that follows the batches (<see cref="ParameterLayout.AddState"/>), not trained by gradients.</summary>
    public bool IsState { get; init; }

    /// <summary>Of a state: how far a step moves it towards the batch's statistic.</summary>
    public double Momentum { get; init; }
}

/// <summary>
/// The ordered, named parameters (and states) of a network and their places in one flat buffer (each starts at a multiple of 16 elements;
/// the gaps stay zero). Built once by the model; <see cref="ParameterSet"/> gives it memory.
/// </summary>
public sealed class ParameterLayout
{
    const int Alignment = 16;
    readonly List<ParameterInfo> parameters = [];
    readonly Dictionary<string, int> ordinals = new(StringComparer.Ordinal);

    public IReadOnlyList<ParameterInfo> Parameters => parameters;

    /// <summary>Length of the flat buffer, gaps included.</summary>
    public int TotalLength { get; private set; }

    /// <summary>Number of trained parameters: no gaps, no states.</summary>
    public int ParameterCount => parameters.Where(p => !p.IsState).Sum(p => p.Length);

    public ParameterInfo this[ParameterRef parameter] => parameters[parameter.Ordinal];

    /// <summary>Adds a parameter after the others.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public ParameterRef Add(string name, int rows, int columns, Initializer initializer) =>
        Place(new(name, rows, columns, initializer, TotalLength));

    /// <summary>
    /// Adds a state after the others: a running statistic that lies among the parameters, so that checkpoints, model files and
    /// averages hold it, but takes no gradient. A training forward pass leaves the batch's statistic in its gradient slot, and each
    /// optimiser step moves it: value += momentum·(statistic − value). A frozen state stays as it is.
    /// </summary>
    /// <param name="initial">the value that <see cref="ParameterSet.Initialize"/> gives it</param>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public ParameterRef AddState(string name, int rows, int columns, double initial, double momentum)
    {
        if (momentum is not (> 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(momentum), momentum, "a state's momentum is above 0 and at most 1");
        return Place(new(name, rows, columns, Initializer.Constant(initial), TotalLength) { IsState = true, Momentum = momentum });
    }

    ParameterRef Place(ParameterInfo info)
    {
        var (name, rows, columns) = (info.Name, info.Rows, info.Columns);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        if (!ordinals.TryAdd(name, parameters.Count)) throw new ArgumentException($"parameter '{name}' is defined twice", nameof(name));
        parameters.Add(info);
        TotalLength = checked(TotalLength + (rows * columns + Alignment - 1) / Alignment * Alignment);
        return new(parameters.Count - 1);
    }

    /// <exception cref="KeyNotFoundException">There is no such parameter.</exception>
    public ParameterRef Find(string name) =>
        ordinals.TryGetValue(name, out var ordinal)
            ? new(ordinal)
            : throw new KeyNotFoundException($"no parameter '{name}'; there are: {string.Join(", ", parameters.Select(p => p.Name))}");

    public bool Contains(string name) => ordinals.ContainsKey(name);

    /// <summary>The parameters of a part: those named <paramref name="prefix"/> or <c>prefix.…</c>; the empty prefix names all.</summary>
    public IEnumerable<ParameterRef> Under(string prefix) =>
        Enumerable.Range(0, parameters.Count).Where(i => IsUnder(parameters[i].Name, prefix)).Select(i => new ParameterRef(i));

    public static bool IsUnder(string name, string prefix) =>
        prefix.Length == 0 || (name.StartsWith(prefix, StringComparison.Ordinal) && (name.Length == prefix.Length || name[prefix.Length] == '.'));
}
