namespace AtomSets.Tensors;

enum TapeOp : byte
{
    Mlp, Combine, Multiply, Activate, Dropout, Gather, RowDot, ScaleRows, Concat, SegmentSum, SegmentExpand, SegmentMax,
    SegmentSoftmax, SegmentWeightedMean, SegmentAttention, Lstm, Loss, Columns, BatchNorm, GatedConvolution,
    LayerNorm, Generated, SegmentSoftmaxSum,
}

/// <summary>One recorded operation with what its backward pass needs. A struct in a reused array: recording makes no garbage.</summary>
struct TapeRecord
{
    public TapeOp Op;
    public Tensor A, B, Weights, Out, Out2;
    public IndexSpan Index;
    public DeviceSpan Kept;
    public MlpCall? Mlp;
    public BatchNormCall? Norm;
    public GatedConvolutionCall? Gated;
    public GeneratedCall? Generated;
    public int Start;
    public double P, Q;
    public ulong Key;
    public bool Mean;
    public Activation Activation;
    public Loss Loss;
}
