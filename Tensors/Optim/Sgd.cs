namespace AtomSets.Tensors;

/// <summary>
/// Stochastic gradient descent with momentum, in PyTorch's form: v = μ·v + g, w −= η·v, with g = gradient + λ·w. The velocities lie
/// in <see cref="ParameterSet.FirstMoments"/>; zero velocities make the first step the plain one.
/// </summary>
/// <param name="learningRate">η</param>
/// <param name="momentum">μ</param>
/// <param name="weightDecay">λ, added to the gradient</param>
public sealed class Sgd(double learningRate = 0.01, double momentum = 0.9, double weightDecay = 0) : IOptimizer
{
    public double LearningRate { get; set; } = learningRate;

    public void Step(ParameterSet parameters)
    {
        parameters.Steps++;
        var step = new SgdStep(LearningRate, momentum, weightDecay);
        var ranges = parameters.TrainableRanges;
        for (var i = 0; i < ranges.Count; i++)
        {
            var (offset, length) = ranges[i];
            parameters.Kernels.Sgd(
                parameters.Values.Slice(offset, length), parameters.Gradients.Slice(offset, length),
                parameters.FirstMoments.Slice(offset, length), step with { LearningRate = LearningRate * parameters.RateOf(i) });
        }
        parameters.UpdateStates();
    }
}
