namespace AtomSets.Models.Classical;

/// <summary>The kind <c>baseline</c>: the mean or median of the training targets, whatever the input; of classes the share of class 1.</summary>
public sealed class BaselineFamily() : ClassicalFamily(
    "baseline", standardises: null, classifies: true,
    new HyperParameter("statistic", HyperParameterType.Text, "median", "median, which has the least absolute error, or mean; classes take the mean") { Choices = ["mean", "median"], Usual = UsualSpace.Choice("mean", "median") })
{
    private protected override void Learn(FitCall call, FittedTensors tensors) => tensors.Add(
        "value", IsClassifier(call.Spec) || call.Spec.Text("statistic") == "mean" ? call.Targets.Average() : Medians.Of((double[])call.Targets.Clone()));

    private protected override IRowPredictor Read(ModelSpec spec, FittedTensors tensors) => new Constant(tensors.ReadNumber("value"));

    sealed class Constant(double value) : IRowPredictor
    {
        public void Predict(Matrix rows, Span<double> predictions) => predictions.Fill(value);
    }
}
