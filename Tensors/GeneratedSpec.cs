namespace AtomSets.Tensors;

/// <summary>The last layer of a hyper-network: from a generator row [G] the matrix and bias [(I + 1) × O] of a linear layer.</summary>
/// <param name="Weight">[G × (I + 1)·O]: each row a matrix [I × O] and, behind it, a bias [O]</param>
/// <param name="Bias">[1 × (I + 1)·O]</param>
/// <param name="Width">G</param>
/// <param name="In">I</param>
/// <param name="Out">O</param>
public sealed record GeneratedSpec(ParameterRef Weight, ParameterRef Bias, int Width, int In, int Out)
{
    /// <summary>Adds the parameters <c>prefix.weight</c> and <c>prefix.bias</c> to a layout.</summary>
    public static GeneratedSpec Build(ParameterLayout layout, string prefix, int width, int inputs, int outputs, Initializer weights, Initializer bias) => new(
        layout.Add($"{prefix}.weight", width, (inputs + 1) * outputs, weights), layout.Add($"{prefix}.bias", 1, (inputs + 1) * outputs, bias), width, inputs, outputs);
}
