namespace AtomSets.Tensors;

/// <summary>Set2set (O. Vinyals et al., arXiv 1511.06391) in the two forms that published models use; output [segments × 2·Width].</summary>
public sealed class Set2SetSpec
{
    /// <summary>Over parameters of any names: <paramref name="recurrence"/> maps q (and, with <paramref name="fullLstm"/>, h) to 4 × <paramref name="width"/> gates.</summary>
    public Set2SetSpec(MlpSpec? projection, MlpSpec recurrence, int width, int steps, bool fullLstm) =>
        (Projection, Recurrence, Width, Steps, FullLstm) = (projection, recurrence, width, steps, fullLstm);

    public MlpSpec? Projection { get; }
    public MlpSpec Recurrence { get; }

    /// <summary>Width of the query h and of the attended rows.</summary>
    public int Width { get; }

    /// <summary>T, the number of LSTM steps.</summary>
    public int Steps { get; }

    /// <summary>True: cell state carried and logistic gates. False: MEGNet's published form.</summary>
    public bool FullLstm { get; }

    /// <summary>
    /// As MEGNet's published weights were trained (layers/readout/set2set.py of materialsvirtuallab/megnet): rows are projected to
    /// m, gates come from q = [h, r] alone with Keras's hard sigmoid in the order input, forget, candidate, output, and the
    /// incoming cell state is always zero. Parameters: <c>projection.weight</c> [in × width], <c>projection.bias</c>,
    /// <c>recurrent.weight</c> [2 width × 4 width], <c>recurrent.bias</c> under the prefix.
    /// </summary>
    public static Set2SetSpec MegNet(ParameterLayout layout, string prefix, int inputWidth, int width, int steps) =>
        new(MlpSpec.Dense(layout, $"{prefix}.projection", [inputWidth], width),
            MlpSpec.Dense(layout, $"{prefix}.recurrent", [2 * width], 4 * width), width, steps, fullLstm: false);

    /// <summary>
    /// The ordinary form (DGL, PyTorch Geometric; MatGL): no projection, full LSTM with input q and hidden state h, logistic gates
    /// in the order input, forget, candidate, output. One parameter pair <c>recurrent.weight</c> [3 width × 4 width] (rows 0…2w−1:
    /// PyTorch's W_ihᵀ; rows 2w…3w−1: W_hhᵀ) and <c>recurrent.bias</c> (b_ih + b_hh).
    /// </summary>
    public static Set2SetSpec Full(ParameterLayout layout, string prefix, int width, int steps) =>
        new(null, MlpSpec.Dense(layout, $"{prefix}.recurrent", [2 * width, width], 4 * width), width, steps, fullLstm: true);
}
