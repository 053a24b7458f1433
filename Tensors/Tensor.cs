namespace AtomSets.Tensors;

/// <summary>A matrix [Rows × Columns] on the tape, row-major. Valid until the tape's next <see cref="Tape.Reset"/>.</summary>
public readonly record struct Tensor(int Rows, int Columns, DeviceSpan Value, DeviceSpan Gradient)
{
    /// <summary>False for inputs, frozen parameters and everything computed from them only, and outside training.</summary>
    public bool HasGradient => !Gradient.IsEmpty;

    public int Length => Rows * Columns;

    /// <summary>Where the tape notes whether this gradient holds anything yet; 0 for those that are zeroed by others.</summary>
    internal int Slot { get; init; }

    /// <summary>The same values seen by a gathered MLP through an index: row r is row index[r] of this tensor.</summary>
    public MlpSource At(RowIndex index) => new(this, index);

    /// <summary>The same numbers, and gradients, as rows of another length.</summary>
    /// <exception cref="ArgumentException">There are more or fewer numbers.</exception>
    public Tensor Reshape(int rows, int columns) => (long)rows * columns == Length
        ? this with { Rows = rows, Columns = columns }
        : throw new ArgumentException($"{Rows} × {Columns} numbers are not {rows} × {columns}");

    /// <summary>The same values cut off from differentiation.</summary>
    public Tensor Detach() => this with { Gradient = default };
}

/// <summary>Row numbers [Count] into a matrix of SourceRows rows, checked when made.</summary>
public readonly record struct RowIndex(IndexSpan Span, int Count, int SourceRows);

/// <summary>Consecutive rows grouped into Count segments by offsets [Count + 1]; segments may be empty.</summary>
public readonly record struct Segments(IndexSpan Offsets, int Count, int Rows);

/// <summary>One input of <see cref="Tape.Mlp"/>: a tensor as it is, a tensor through an index, or distances in a Gaussian basis.</summary>
public readonly struct MlpSource
{
    internal MlpSource(Tensor tensor, RowIndex index)
    {
        if (index.SourceRows != tensor.Rows)
            throw new ArgumentException($"the index addresses {index.SourceRows} rows, the tensor has {tensor.Rows}");
        (Kind, Tensor, Index, Width) = (MlpInputKind.Gathered, tensor, index, tensor.Columns);
    }

    MlpSource(Tensor tensor) => (Kind, Tensor, Width) = (MlpInputKind.Rows, tensor, tensor.Columns);

    MlpSource(Tensor distances, GaussianBasis basis) =>
        (Kind, Tensor, Basis, Width) = (MlpInputKind.Gaussian, distances, basis, basis.Count);

    internal MlpInputKind Kind { get; }
    internal Tensor Tensor { get; }
    internal RowIndex Index { get; }
    internal GaussianBasis Basis { get; }
    internal int Width { get; }
    internal int Rows => Kind == MlpInputKind.Gathered ? Index.Count : Tensor.Rows;

    /// <summary>Distances [rows × 1] expanded on the fly: the [rows × basis.Count] matrix is never stored. No gradient to the distances.</summary>
    public static MlpSource Gaussian(Tensor distances, GaussianBasis basis) =>
        distances.Columns == 1
            ? new(distances, basis)
            : throw new ArgumentException($"distances must be [rows × 1], got {distances.Rows} × {distances.Columns}");

    public static implicit operator MlpSource(Tensor tensor) => new(tensor);
}
