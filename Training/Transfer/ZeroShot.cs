using AtomSets.Models;
using AtomSets.Tensors;

namespace AtomSets.Training;

/// <summary>The baseline of every transfer: what the parent predicts for the target as it is, without any training on it. Only meaningful where both
/// predict the same property in the same unit.</summary>
public static class ZeroShot
{
    /// <summary>Predicts rows of the target's data with the parent.</summary>
    /// <param name="parent">The parent.</param>
    /// <param name="registry">The known kinds.</param>
    /// <param name="data">The target's data.</param>
    /// <param name="rows">Rows to predict.</param>
    /// <param name="kernels">Where to compute.</param>
    /// <returns>[rows] in the parent's unit.</returns>
    /// <exception cref="ModelException">The parent cannot take this data.</exception>
    public static double[] Predict(ModelFile parent, ModelRegistry registry, PreparedData data, ReadOnlySpan<int> rows, IKernels kernels)
    {
        if (parent.FeatureParent is { } features && features.ContentHash != data.Parent?.ContentHash)
            throw new ModelException($"data set '{data.Name}' was prepared without '{features.Name}', whose features the parent takes");
        using var model = TrainedModel.Open(parent, registry, kernels);
        using var source = registry[parent.Spec.Kind].OpenSource(parent.Spec, data);
        return model.Predict(source, data, rows, []);
    }

    /// <summary>Errors of <see cref="Predict"/> against the target.</summary>
    /// <param name="targets">Of every row of the data.</param>
    public static RegressionMetrics Evaluate(
        ModelFile parent, ModelRegistry registry, PreparedData data, ReadOnlySpan<double> targets, ReadOnlySpan<int> rows, IKernels kernels)
    {
        var expected = new double[rows.Length];
        for (var i = 0; i < rows.Length; i++) expected[i] = targets[rows[i]];
        return RegressionMetrics.Of(Predict(parent, registry, data, rows, kernels), expected);
    }
}
