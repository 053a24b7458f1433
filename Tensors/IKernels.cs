namespace AtomSets.Tensors;

/// <summary>Per-row losses, averaged over rows: L = (1/n) Σᵢ wᵢ · mean over columns of l(ŷ, y).</summary>
public enum Loss
{
    /// <summary>(ŷ − y)²</summary>
    MeanSquared,

    /// <summary>|ŷ − y|</summary>
    MeanAbsolute,

    /// <summary>½ d² for |d| ≤ δ, else δ(|d| − ½δ), d = ŷ − y</summary>
    Huber,

    /// <summary>max(x, 0) − x·y + ln(1 + e^−|x|), x a logit, y in [0, 1]</summary>
    BinaryCrossEntropy,

    /// <summary>√2·|ŷ − y|·e^−s + s, where ŷ has the columns (value, s) and y has one: −ln of a Laplace density of standard deviation e^s, up to a constant.</summary>
    RobustAbsolute,

    /// <summary>½·(ŷ − y)²·e^−2s + s, columns as for <see cref="RobustAbsolute"/>: −ln of a Gaussian density of standard deviation e^s, up to a constant.</summary>
    RobustSquared,
}

/// <summary>One Adam update (see <see cref="Adam"/>); the two corrections are 1 − βᵗ.</summary>
public readonly record struct AdamStep(
    double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay, double Correction1, double Correction2);

/// <summary>One step of stochastic gradient descent (see <see cref="Sgd"/>).</summary>
public readonly record struct SgdStep(double LearningRate, double Momentum, double WeightDecay);

/// <summary>
/// The seam between the networks and a device: layer-sized primitives with hand-written backward passes on opaque buffers.
/// Matrices are row-major and dense. Every backward method adds to the gradients that it names (<c>+=</c>) and skips those whose
/// span is empty; those of a call that say so are written instead (<see cref="MlpInput.Overwrite"/>, <see cref="MlpLayerCall.Overwrite"/>,
/// <see cref="MlpCall.OverwriteResidual"/>, <see cref="GeneratedCall.Overwrite"/>). Index streams may be in any order with repeats; segments
/// are ranges of consecutive rows given by offsets [S + 1], and may be empty. Spans start at multiples of <see cref="Alignment"/>
/// and own the elements up to the next multiple. An instance belongs to one thread; work is sequential, so that two runs give the same bits.
/// </summary>
public interface IKernels : IDisposable
{
    /// <summary>What runs here, for example <c>cpu-avx512</c>.</summary>
    string Name { get; }

    /// <summary>Spans start at multiples of this many elements.</summary>
    int Alignment { get; }

    // ---- memory -------------------------------------------------------------------------------------------------------
    /// <summary>A zeroed block of <paramref name="length"/> numbers.</summary>
    DeviceMemory Allocate(long length);
    IndexMemory AllocateIndices(long length);
    void Upload(ReadOnlySpan<float> from, DeviceSpan to);
    void Upload(ReadOnlySpan<double> from, DeviceSpan to);
    void Download(DeviceSpan from, Span<float> to);
    void Download(DeviceSpan from, Span<double> to);
    void Upload(ReadOnlySpan<int> from, IndexSpan to);
    void Download(IndexSpan from, Span<int> to);

    // ---- element-wise -------------------------------------------------------------------------------------------------
    void Fill(DeviceSpan y, double value);
    void Copy(DeviceSpan x, DeviceSpan y);

    /// <summary>y = a·x1 + b·x2</summary>
    void Combine(double a, DeviceSpan x1, double b, DeviceSpan x2, DeviceSpan y);

    /// <summary>y += a·x</summary>
    void AddScaled(double a, DeviceSpan x, DeviceSpan y);

    /// <summary>y = a·y</summary>
    void Scale(DeviceSpan y, double a);

    /// <summary>y = a ⊙ b, or y += a ⊙ b</summary>
    void Multiply(DeviceSpan a, DeviceSpan b, DeviceSpan y, bool accumulate);
    void Activate(Activation activation, DeviceSpan x, DeviceSpan y);

    /// <summary>dx += dy ⊙ f′(x), y = f(x)</summary>
    void ActivateBackward(Activation activation, DeviceSpan x, DeviceSpan y, DeviceSpan dy, DeviceSpan dx);

    /// <summary>
    /// y = x ⊙ m/(1 − rate), or += ; the mask m of element i is 0 with probability <paramref name="rate"/>, drawn from
    /// <see cref="KeyedRandom"/> of this key at i, so the backward pass is the same call on the gradients.
    /// </summary>
    void Dropout(ulong key, double rate, DeviceSpan x, DeviceSpan y, bool accumulate);

    /// <summary>Σ x², for gradient clipping.</summary>
    double SumOfSquares(DeviceSpan x);

    // ---- gathered MLP -------------------------------------------------------------------------------------------------
    /// <summary>How many elements <see cref="MlpCall.Saved"/> needs for a forward pass that a backward pass follows.</summary>
    int MlpSavedLength(MlpCall call);
    void MlpForward(MlpCall call);
    void MlpBackward(MlpCall call);

    // ---- normalisation ------------------------------------------------------------------------------------------------
    void BatchNormForward(BatchNormCall call);
    void BatchNormBackward(BatchNormCall call);

    /// <summary>y = (x − mean)/√(variance + ε) within each row, the variance without Bessel's correction; <paramref name="scales"/> [rows] keeps 1/√(variance + ε).</summary>
    void LayerNorm(DeviceSpan x, DeviceSpan y, DeviceSpan scales, int rows, int columns, double epsilon);

    /// <summary>dx += s·(dy − mean(dy) − y·mean(dy ⊙ y)), s the row's scale.</summary>
    void LayerNormBackward(DeviceSpan y, DeviceSpan scales, DeviceSpan dy, DeviceSpan dx, int rows, int columns);

    // ---- generated layers ---------------------------------------------------------------------------------------------
    void GeneratedForward(GeneratedCall call);
    void GeneratedBackward(GeneratedCall call);

    // ---- gated convolution --------------------------------------------------------------------------------------------
    /// <summary>How many elements <see cref="GatedConvolutionCall.Saved"/> needs for a forward pass that a backward pass follows.</summary>
    int GatedConvolutionSavedLength(GatedConvolutionCall call);
    void GatedConvolutionForward(GatedConvolutionCall call);
    void GatedConvolutionBackward(GatedConvolutionCall call);

    // ---- rows ---------------------------------------------------------------------------------------------------------
    /// <summary>y[r] = x[index[r]]</summary>
    void Gather(DeviceSpan x, IndexSpan index, DeviceSpan y, int columns);

    /// <summary>dx[index[r]] += dy[r]</summary>
    void ScatterAdd(DeviceSpan dy, IndexSpan index, DeviceSpan dx, int columns);

    /// <summary>y[r] = a[r]·b[r] (scalar product of rows), or +=</summary>
    void RowDot(DeviceSpan a, DeviceSpan b, DeviceSpan y, int rows, int columns, bool accumulate);

    /// <summary>y[r] = s[r]·x[r] (row times number), or +=</summary>
    void ScaleRows(DeviceSpan x, DeviceSpan s, DeviceSpan y, int rows, int columns, bool accumulate);

    /// <summary>Copies (or adds) <paramref name="columns"/> columns of every row between two matrices of different width.</summary>
    void CopyColumns(DeviceSpan x, int xColumns, int xStart, DeviceSpan y, int yColumns, int yStart, int rows, int columns, bool accumulate);

    /// <summary>y [rows × basis.Count] of distances [rows].</summary>
    void ExpandGaussian(DeviceSpan distances, GaussianBasis basis, DeviceSpan y, int rows);

    // ---- segments -----------------------------------------------------------------------------------------------------
    /// <summary>y[s] = Σ x over the rows of segment s, divided by their number if <paramref name="mean"/>; 0 for an empty segment.</summary>
    void SegmentSum(DeviceSpan x, IndexSpan offsets, DeviceSpan y, int columns, bool mean);

    /// <summary>dx[r] += dy[s(r)] (divided by the segment's size if <paramref name="mean"/>)</summary>
    void SegmentSumBackward(DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns, bool mean);

    /// <summary>y[r] = x[s(r)]</summary>
    void SegmentExpand(DeviceSpan x, IndexSpan offsets, DeviceSpan y, int columns);

    /// <summary>dx[s] += Σ dy over the rows of segment s</summary>
    void SegmentExpandBackward(DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns);

    /// <summary>
    /// Column-wise maximum of each segment, 0 for an empty one; <paramref name="winners"/> [S × columns] keeps the (first) row, or −1.
    /// </summary>
    void SegmentMax(DeviceSpan x, IndexSpan offsets, DeviceSpan y, IndexSpan winners, int columns);
    void SegmentMaxBackward(DeviceSpan dy, IndexSpan winners, DeviceSpan dx, int columns);

    /// <summary>y = exp(x − max)/Σ exp(x − max) within each segment and column; with weights [rows], w·exp(…)/Σ w·exp(…).</summary>
    void SegmentSoftmax(DeviceSpan x, DeviceSpan weights, IndexSpan offsets, DeviceSpan y, int columns);
    void SegmentSoftmaxBackward(DeviceSpan y, DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns);

    /// <summary>y[s] = Σ w x / Σ w with w ≥ 0 [rows]; 0 where Σ w = 0.</summary>
    void SegmentWeightedMean(DeviceSpan x, DeviceSpan weights, IndexSpan offsets, DeviceSpan y, int columns);
    void SegmentWeightedMeanBackward(DeviceSpan weights, DeviceSpan dy, IndexSpan offsets, DeviceSpan dx, int columns);

    /// <summary>
    /// Attention of one query per segment: e = m[r]·q[s], a = softmax of e within the segment (weighted if weights are given),
    /// y[s] = Σ a m[r]. <paramref name="a"/> [rows] is kept for the backward pass.
    /// </summary>
    void SegmentAttention(DeviceSpan m, DeviceSpan q, DeviceSpan weights, IndexSpan offsets, DeviceSpan a, DeviceSpan y, int columns);
    void SegmentAttentionBackward(
        DeviceSpan m, DeviceSpan q, IndexSpan offsets, DeviceSpan a, DeviceSpan dy, DeviceSpan dm, DeviceSpan dq, int columns);

    /// <summary>
    /// y[s] = Σ a[r] ⊙ v[r], a = softmax of the scores within the segment, by column (weighted if weights are given); 0 for an empty segment.
    /// Scores, and <paramref name="a"/> that keeps the shares for the backward pass, are [rows × columns], or [rows × 1] for all columns.
    /// </summary>
    void SegmentSoftmaxSum(DeviceSpan scores, DeviceSpan values, DeviceSpan weights, IndexSpan offsets, DeviceSpan a, DeviceSpan y, int columns);

    /// <summary>dValues += a ⊙ dy[s], dScores += a ⊙ (dy[s] ⊙ (v − y[s])), summed over the columns where there is one score for all.</summary>
    void SegmentSoftmaxSumBackward(
        DeviceSpan values, IndexSpan offsets, DeviceSpan a, DeviceSpan y, DeviceSpan dy, DeviceSpan dScores, DeviceSpan dValues, int columns);

    // ---- recurrent ----------------------------------------------------------------------------------------------------
    /// <summary>
    /// LSTM gates: z [rows × 4w] in the order input, forget, candidate, output; c = f⊙cell + i⊙tanh(z_c), h = o⊙tanh(c). An empty
    /// <paramref name="cell"/> is a zero incoming cell state. <paramref name="gates"/> [rows × 4w] keeps the activated gates.
    /// </summary>
    void Lstm(DeviceSpan z, DeviceSpan cell, DeviceSpan gates, DeviceSpan c, DeviceSpan h, int rows, int width, Activation gate);
    void LstmBackward(
        DeviceSpan cell, DeviceSpan gates, DeviceSpan c, DeviceSpan dc, DeviceSpan dh, DeviceSpan dz, DeviceSpan dcell,
        int rows, int width, Activation gate);

    // ---- losses and optimiser -----------------------------------------------------------------------------------------
    /// <summary>y[0] = the mean loss; weights [rows] may be empty; <paramref name="delta"/> is Huber's δ.</summary>
    void LossForward(
        Loss loss, DeviceSpan prediction, DeviceSpan target, DeviceSpan weights, DeviceSpan y, int rows, int columns, double delta);

    /// <summary>dPrediction += dy[0] · ∂L/∂ŷ</summary>
    void LossBackward(
        Loss loss, DeviceSpan prediction, DeviceSpan target, DeviceSpan weights, DeviceSpan dy, DeviceSpan dPrediction,
        int rows, int columns, double delta);

    /// <summary>velocity = momentum·velocity + (gradient + decay·value); value −= rate·velocity</summary>
    void Sgd(DeviceSpan values, DeviceSpan gradients, DeviceSpan velocity, SgdStep step);

    void Adam(DeviceSpan values, DeviceSpan gradients, DeviceSpan m, DeviceSpan v, AdamStep step);
}
