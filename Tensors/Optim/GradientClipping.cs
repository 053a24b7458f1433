namespace AtomSets.Tensors;

/// <summary>Shrinks gradients whose Euclidean norm exceeds a limit.</summary>
public static class GradientClipping
{
    /// <summary>All trainable gradients as one vector. Returns the norm before clipping; a norm that is not finite is left to the caller.</summary>
    public static double ByGlobalNorm(ParameterSet parameters, double limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        double sum = 0;
        var ranges = parameters.TrainableRanges;
        for (var i = 0; i < ranges.Count; i++) sum += parameters.Kernels.SumOfSquares(parameters.Gradients.Slice(ranges[i].Offset, ranges[i].Length));
        var norm = Math.Sqrt(sum);
        if (norm <= limit || !double.IsFinite(norm)) return norm;
        for (var i = 0; i < ranges.Count; i++)
            parameters.Kernels.Scale(parameters.Gradients.Slice(ranges[i].Offset, ranges[i].Length), limit / norm);
        return norm;
    }

    /// <summary>Each trainable tensor by itself: Keras's <c>clipnorm</c> since TensorFlow 2.4. Returns the largest norm before clipping.</summary>
    public static double ByTensorNorm(ParameterSet parameters, double limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        double largest = 0;
        for (var i = 0; i < parameters.Layout.Parameters.Count; i++)
        {
            var parameter = new ParameterRef(i);
            if (parameters.IsFrozen(parameter) || parameters.Layout[parameter].IsState) continue;
            var gradient = parameters.Gradient(parameter);
            var norm = Math.Sqrt(parameters.Kernels.SumOfSquares(gradient));
            if (!(norm <= largest)) largest = norm;
            if (norm > limit && double.IsFinite(norm)) parameters.Kernels.Scale(gradient, limit / norm);
        }
        return largest;
    }
}
