namespace AtomSets.Models.Classical;

/// <summary>What a fit made, by name; reading says what is missing or of the wrong shape.</summary>
sealed class FittedTensors
{
    readonly string _kind;
    readonly Dictionary<string, ModelTensor> _tensors;

    public FittedTensors() => (_kind, _tensors) = ("", new Dictionary<string, ModelTensor>(StringComparer.Ordinal));

    /// <summary>Those of a model file.</summary>
    public FittedTensors(string kind, IReadOnlyDictionary<string, ModelTensor> tensors) =>
        (_kind, _tensors) = (kind, tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value, StringComparer.Ordinal));

    public IReadOnlyDictionary<string, ModelTensor> All => _tensors;

    public void Add(string name, int rows, int columns, float[] values) => _tensors.Add(name, new ModelTensor(rows, columns, values));

    public void Add(string name, double value) => Add(name, 1, 1, [(float)value]);

    public void Add(string name, Matrix matrix) => Add(name, matrix.Rows, matrix.Columns, matrix.Values);

    /// <exception cref="ModelException">There is no such tensor, or its shape is wrong.</exception>
    public Matrix Read(string name, int? rows = null, int? columns = null)
    {
        if (!_tensors.TryGetValue(name, out var tensor)) throw new ModelException($"the parameters of the {_kind} lack '{name}'");
        if ((rows ?? tensor.Rows, columns ?? tensor.Columns) != (tensor.Rows, tensor.Columns) || tensor.Values.Length != (long)tensor.Rows * tensor.Columns)
            throw new ModelException($"'{name}' of the {_kind} is {tensor.Rows} × {tensor.Columns}, {rows?.ToString() ?? "any"} × {columns?.ToString() ?? "any"} expected");
        return new Matrix(tensor.Rows, tensor.Columns, tensor.Values);
    }

    public float ReadNumber(string name) => Read(name, 1, 1).Values[0];
}
