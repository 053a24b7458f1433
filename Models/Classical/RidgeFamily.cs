namespace AtomSets.Models.Classical;

/// <summary>The kind <c>ridge</c>: a linear model with a quadratic penalty of its weights, not of its intercept. Of numbers it minimises
/// Σ (y − w·x − b)² + α |w|² (A. E. Hoerl, R. W. Kennard, Technometrics 12, 55 (1970)), at α = 0 ordinary least squares, of all solutions the one of least |w|;
/// of classes it is logistic regression, Σ log loss + α |w|² / 2.</summary>
public sealed class RidgeFamily() : ClassicalFamily(
    "ridge", standardises: true, classifies: true,
    new HyperParameter("alpha", HyperParameterType.Number, 1.0, "weight of the penalty; 0: ordinary least squares")
        { Minimum = 0, Maximum = 1e12, Usual = UsualSpace.Log(1e-3, 1e4, 8) })
{
    private protected override void Learn(FitCall call, FittedTensors tensors)
    {
        var (weights, bias) = IsClassifier(call.Spec) ? Logistic.Solve(call) : Ridge.Solve(call.Rows, call.Targets, call.Spec.Number("alpha"));
        LinearModel.Add(tensors, weights, bias);
    }

    private protected override IRowPredictor Read(ModelSpec spec, FittedTensors tensors) => LinearModel.From(tensors, IsClassifier(spec));
}
