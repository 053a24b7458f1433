namespace AtomSets.Tensors;

/// <summary>
/// Runs the operations of a network and remembers them for one backward pass. Tensors live in an arena that
/// <see cref="Reset"/> empties; after the first steps a training step allocates no managed or native memory.
/// Not thread-safe: one tape per worker.
/// <code>
/// var layout = new ParameterLayout();
/// var edge = MlpSpec.Build(layout, "edge", [16, 16, 8], [64, 32], Activation.ShiftedSoftplus, Activation.Linear);
/// using var kernels = CpuKernels.Create();
/// using var parameters = new ParameterSet(kernels, layout);
/// parameters.Initialize(seed: 1);
/// using var tape = new Tape(kernels, parameters);
/// var adam = new Adam(1e-3);
///
/// tape.Reset(training: true, step: 0);
/// parameters.ZeroGradients();
/// var v = tape.Input(nodeValues, nodes, 16);                     // [N × 16]
/// var e = tape.Input(edgeValues, edges, 8);                      // [E × 8]
/// var centre = tape.Index(centres, nodes);                       // [E] row numbers into v
/// var message = tape.Mlp(edge, v.At(centre), v.At(tape.Index(neighbours, nodes)), e);   // [E × 32]
/// var pooled = tape.SegmentMean(message, tape.Segments(edgeOffsets));                   // [N × 32]
/// var loss = tape.MeanSquaredError(pooled, tape.Input(targets, nodes, 32));             // [1 × 1]
/// tape.Backward(loss);
/// GradientClipping.ByGlobalNorm(parameters, 3);
/// adam.Step(parameters);
/// var value = tape.Scalar(loss);
/// </code>
/// </summary>
public sealed partial class Tape : IDisposable
{
    readonly Arena arena;
    readonly List<MlpCall> calls = [];
    readonly List<BatchNormCall> norms = [];
    readonly List<GatedConvolutionCall> gated = [];
    readonly List<GeneratedCall> generated = [];
    TapeRecord[] records = new TapeRecord[64];
    int[] hostIndices = new int[1024];
    bool[] written = new bool[64];
    readonly bool[] claimed, touched;
    int recorded, callsUsed, normsUsed, gatedUsed, generatedUsed, drops, slots;
    KeyedRandom dropoutStream;

    /// <param name="kernels">not disposed with the tape</param>
    /// <param name="parameters">of the same kernels; not disposed with the tape</param>
    public Tape(IKernels kernels, ParameterSet? parameters = null)
    {
        if (parameters is not null && !ReferenceEquals(parameters.Kernels, kernels))
            throw new ArgumentException("the parameters live on other kernels than the tape", nameof(parameters));
        Kernels = kernels;
        Parameters = parameters;
        claimed = new bool[parameters?.Layout.Parameters.Count ?? 0];
        touched = new bool[claimed.Length];
        arena = new(kernels);
    }

    public IKernels Kernels { get; }
    public ParameterSet? Parameters { get; }

    /// <summary>Whether operations are recorded and dropout is active.</summary>
    public bool Training { get; private set; }

    /// <summary>Numbers and indices that the tape holds memory for.</summary>
    internal (long Numbers, long Indices) Capacity => arena.Capacity;

    /// <summary>Forgets every tensor and starts a new step.</summary>
    /// <param name="seed">dropout masks depend on (seed, step, number of the dropout within the step) only</param>
    public void Reset(bool training, ulong seed = 0, ulong step = 0)
    {
        arena.Reset();
        Array.Clear(records, 0, recorded);
        Array.Clear(touched);
        recorded = callsUsed = normsUsed = gatedUsed = generatedUsed = drops = slots = 0;
        Training = training;
        dropoutStream = KeyedRandom.For(seed, "dropout", step);
    }

    public void Dispose() => arena.Dispose();

    // ---- in and out ---------------------------------------------------------------------------------------------------

    /// <summary>
    /// A constant [rows × columns]; with <paramref name="gradient"/> (and in training) one whose gradient can be read after
    /// <see cref="Backward"/>.
    /// </summary>
    public Tensor Input(ReadOnlySpan<float> values, int rows, int columns, bool gradient = false)
    {
        CheckLength(values.Length, rows, columns);
        var tensor = NewLeaf(rows, columns, gradient);
        Kernels.Upload(values, tensor.Value);
        return tensor;
    }

    /// <inheritdoc cref="Input(ReadOnlySpan{float}, int, int, bool)"/>
    public Tensor Input(ReadOnlySpan<double> values, int rows, int columns, bool gradient = false)
    {
        CheckLength(values.Length, rows, columns);
        var tensor = NewLeaf(rows, columns, gradient);
        Kernels.Upload(values, tensor.Value);
        return tensor;
    }

    /// <summary>A constant of one value.</summary>
    public Tensor Constant(double value, int rows, int columns)
    {
        var tensor = New(rows, columns, gradient: false);
        Kernels.Fill(tensor.Value, value);
        return tensor;
    }

    /// <summary>A parameter as a tensor, for example an embedding table for <see cref="Gather"/>.</summary>
    public Tensor Parameter(ParameterRef parameter)
    {
        var set = Parameters ?? throw new InvalidOperationException("this tape was made without parameters");
        var info = set.Layout[parameter];
        touched[parameter.Ordinal] = true;
        return new(info.Rows, info.Columns, set.Value(parameter), Training && !set.IsFrozen(parameter) ? set.Gradient(parameter) : default);
    }

    /// <summary>Row numbers into a matrix of <paramref name="sourceRows"/> rows; any order, repeats allowed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside 0 … sourceRows − 1.</exception>
    public RowIndex Index(ReadOnlySpan<int> rows, int sourceRows)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            if ((uint)rows[i] >= (uint)sourceRows)
                throw new ArgumentOutOfRangeException(nameof(rows), $"row number {rows[i]} at position {i} must be in 0 … {sourceRows - 1}");
        }
        var span = arena.Indices(rows.Length);
        Kernels.Upload(rows, span);
        return new(span, rows.Length, sourceRows);
    }

    /// <summary>Segments of consecutive rows: segment s is rows offsets[s] … offsets[s + 1] − 1.</summary>
    /// <exception cref="ArgumentException">Offsets do not start at 0 or decrease.</exception>
    public Segments Segments(ReadOnlySpan<int> offsets)
    {
        CheckOffsets(offsets);
        var span = arena.Indices(offsets.Length);
        Kernels.Upload(offsets, span);
        return new(span, offsets.Length - 1, offsets[^1]);
    }

    /// <summary>Segments of <paramref name="length"/> rows each.</summary>
    public Segments UniformSegments(int count, int length)
    {
        if (hostIndices.Length <= count) hostIndices = new int[Math.Max(count + 1, 2 * hostIndices.Length)];
        for (var s = 0; s <= count; s++) hostIndices[s] = s * length;
        return Segments(hostIndices.AsSpan(0, count + 1));
    }

    /// <summary>The segment of each row, as an index for gathered MLPs.</summary>
    public RowIndex SegmentOfRow(ReadOnlySpan<int> offsets)
    {
        CheckOffsets(offsets);
        var rows = offsets[^1];
        if (hostIndices.Length < rows) hostIndices = new int[Math.Max(rows, 2 * hostIndices.Length)];
        for (var s = 0; s + 1 < offsets.Length; s++) hostIndices.AsSpan(offsets[s], offsets[s + 1] - offsets[s]).Fill(s);
        var span = arena.Indices(rows);
        Kernels.Upload(hostIndices.AsSpan(0, rows), span);
        return new(span, rows, offsets.Length - 1);
    }

    public void Read(Tensor tensor, Span<float> to) => Kernels.Download(tensor.Value, to);

    public void Read(Tensor tensor, Span<double> to) => Kernels.Download(tensor.Value, to);

    public void ReadGradient(Tensor tensor, Span<double> to) => Kernels.Download(tensor.Gradient, to);

    /// <summary>The value of a [1 × 1] tensor.</summary>
    public double Scalar(Tensor tensor)
    {
        Span<double> value = stackalloc double[1];
        Kernels.Download(tensor.Value, value);
        return value[0];
    }

    // ---- shared by the operations -------------------------------------------------------------------------------------

    Tensor New(int rows, int columns, bool gradient)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        var length = checked(rows * columns);
        var value = arena.Numbers(length);
        if (!gradient || !Training) return new(rows, columns, value, default);
        if (++slots >= written.Length) Array.Resize(ref written, 2 * written.Length);
        written[slots] = false;
        return new(rows, columns, value, arena.Numbers(length)) { Slot = slots };
    }

    /// <summary>A tensor whose gradient is zero from the start, so that it can be read even if nothing depends on it.</summary>
    Tensor NewLeaf(int rows, int columns, bool gradient)
    {
        var tensor = New(rows, columns, gradient);
        if (!tensor.HasGradient) return tensor;
        Kernels.Fill(tensor.Gradient, 0);
        return tensor with { Slot = 0 };
    }

    void Record(in TapeRecord record)
    {
        if (!record.Out.HasGradient) return;
        if (recorded == records.Length) Array.Resize(ref records, 2 * recorded);
        records[recorded++] = record;
    }

    static void CheckLength(int length, int rows, int columns)
    {
        if (length != (long)rows * columns) throw new ArgumentException($"{rows} × {columns} needs {(long)rows * columns} values, got {length}");
    }

    static void CheckSame(Tensor a, Tensor b)
    {
        if (a.Rows != b.Rows || a.Columns != b.Columns)
            throw new ArgumentException($"shapes differ: {a.Rows} × {a.Columns} and {b.Rows} × {b.Columns}");
    }

    static void CheckRows(int got, int expected, string what)
    {
        if (got != expected) throw new ArgumentException($"{what}: {got} rows, but {expected} are needed");
    }

    static void CheckOffsets(ReadOnlySpan<int> offsets)
    {
        if (offsets.Length == 0 || offsets[0] != 0) throw new ArgumentException("segment offsets must start with 0", nameof(offsets));
        for (var i = 1; i < offsets.Length; i++)
        {
            if (offsets[i] < offsets[i - 1])
                throw new ArgumentException($"segment offsets must not decrease: {offsets[i - 1]} then {offsets[i]} at position {i}", nameof(offsets));
        }
    }
}
