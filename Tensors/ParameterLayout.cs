namespace AtomSets.Tensors;

/// <summary>Names one parameter of a <see cref="ParameterLayout"/> without a look-up.</summary>
public readonly record struct ParameterRef(int Ordinal)
{
    /// <summary>No parameter, for example a layer without bias.</summary>
    public static ParameterRef None => new(-1);
    public bool IsNone => Ordinal < 0;
}

/// <summary>One parameter: [Rows × Columns] row-major at Offset of the flat buffer.</summary>
public sealed record ParameterInfo(string Name, int Rows, int Columns, Initializer Initializer, int Offset)
{
    public int Length => Rows * Columns;
}

/// <summary>
/// The ordered, named parameters of a network and their places in one flat buffer (each starts at a multiple of 16 elements;
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

    /// <summary>Number of parameters, gaps not included.</summary>
    public int ParameterCount => parameters.Sum(p => p.Length);

    public ParameterInfo this[ParameterRef parameter] => parameters[parameter.Ordinal];

    /// <summary>Adds a parameter after the others.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public ParameterRef Add(string name, int rows, int columns, Initializer initializer)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        if (!ordinals.TryAdd(name, parameters.Count)) throw new ArgumentException($"parameter '{name}' is defined twice", nameof(name));
        parameters.Add(new(name, rows, columns, initializer, TotalLength));
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
