namespace AtomSets.Tensors;

/// <summary>
/// The parameters and states of a batch normalisation (S. Ioffe, C. Szegedy, arXiv 1502.03167) over <see cref="Columns"/> columns:
/// y = (x − mean)/√(variance + ε)·weight + bias, with the batch's statistics in training and the running ones otherwise.
/// </summary>
public sealed record BatchNormSpec(
    int Columns, ParameterRef Weight, ParameterRef Bias, ParameterRef RunningMean, ParameterRef RunningVariance, double Epsilon)
{
    /// <summary>
    /// Adds <c>prefix.weight</c> (ones), <c>prefix.bias</c> (zeros) and the states <c>prefix.running_mean</c> and
    /// <c>prefix.running_var</c>, each [1 × columns]; names, defaults and formulas are PyTorch's.
    /// </summary>
    public static BatchNormSpec Build(ParameterLayout layout, string prefix, int columns, double epsilon = 1e-5, double momentum = 0.1) =>
        new(columns, layout.Add($"{prefix}.weight", 1, columns, Initializer.Ones), layout.Add($"{prefix}.bias", 1, columns, Initializer.Zeros),
            layout.AddState($"{prefix}.running_mean", 1, columns, 0, momentum), layout.AddState($"{prefix}.running_var", 1, columns, 1, momentum), epsilon);
}
