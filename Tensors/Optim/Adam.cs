namespace AtomSets.Tensors;

/// <summary>Updates the values of a <see cref="ParameterSet"/> from its gradients.</summary>
public interface IOptimizer
{
    /// <summary>Set it between steps to follow a schedule.</summary>
    double LearningRate { get; set; }

    /// <summary>One update of everything that is not frozen, states included; counts <see cref="ParameterSet.Steps"/>.</summary>
    void Step(ParameterSet parameters);
}

/// <summary>
/// Adam (D. P. Kingma, J. Ba, arXiv 1412.6980): w −= η·m̂/(√v̂ + ε), with decoupled weight decay w −= η·λ·w when λ &gt; 0
/// (AdamW, I. Loshchilov, F. Hutter, arXiv 1711.05101). One sweep over the flat buffers; the state lies in the parameter set.
/// </summary>
/// <param name="learningRate">η</param>
/// <param name="epsilon">ε, added to √v̂ after bias correction; Keras's default 1e-7</param>
/// <param name="weightDecay">λ</param>
public sealed class Adam(
    double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-7, double weightDecay = 0) : IOptimizer
{
    public double LearningRate { get; set; } = learningRate;

    public void Step(ParameterSet parameters)
    {
        parameters.Steps++;
        var step = new AdamStep(LearningRate, beta1, beta2, epsilon, weightDecay,
            1 - Math.Pow(beta1, parameters.Steps), 1 - Math.Pow(beta2, parameters.Steps));
        var ranges = parameters.TrainableRanges;
        for (var i = 0; i < ranges.Count; i++)
        {
            var (offset, length) = ranges[i];
            parameters.Kernels.Adam(
                parameters.Values.Slice(offset, length), parameters.Gradients.Slice(offset, length),
                parameters.FirstMoments.Slice(offset, length), parameters.SecondMoments.Slice(offset, length),
                step with { LearningRate = LearningRate * parameters.RateOf(i) });
        }
        parameters.UpdateStates();
    }
}
