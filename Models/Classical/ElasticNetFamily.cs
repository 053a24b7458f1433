namespace AtomSets.Models.Classical;

/// <summary>The kind <c>elastic_net</c>: a linear model that minimises Σ (y − w·x − b)² / 2n + α ρ |w|₁ + α (1 − ρ) |w|² / 2 (H. Zou, T. Hastie, J. R. Stat. Soc. B 67,
/// 301 (2005)), ρ = <c>l1_ratio</c>; at ρ = 1 the lasso. By coordinate descent on the products of the columns (J. Friedman et al., J. Stat. Softw. 33, 1 (2010)).</summary>
public sealed class ElasticNetFamily() : ClassicalFamily(
    "elastic_net", standardises: true, classifies: false,
    new("alpha", HyperParameterType.Number, 0.01, "weight of the penalty") { Minimum = 1e-9, Maximum = 1e6, Usual = UsualSpace.Log(1e-4, 1, 5) },
    new("l1_ratio", HyperParameterType.Number, 0.5, "share of the penalty on absolute weights; 1: lasso") { Minimum = 0, Maximum = 1, Usual = UsualSpace.Choice(0.1, 0.5, 0.9) })
{
    const int MostSweeps = 10_000;
    const double Tolerance = 1e-6;

    private protected override void Learn(FitCall call, FittedTensors tensors)
    {
        var (rows, n, d) = (call.Rows, call.Rows.Rows, call.Rows.Columns);
        var (absolute, square) = (call.Spec.Number("alpha") * call.Spec.Number("l1_ratio"), call.Spec.Number("alpha") * (1 - call.Spec.Number("l1_ratio")));
        var (mean, centred) = Ridge.Centre(rows);
        var average = call.Targets.Average();
        var gram = DoubleProducts.Gram(centred, n, d);
        // slope[j] = xⱼ·(y − X w), kept up to date.
        var slope = DoubleProducts.TransposeTimes(centred, n, d, Array.ConvertAll(call.Targets, target => target - average));
        var w = new double[d];
        for (var sweep = 0; sweep < MostSweeps; sweep++)
        {
            call.Cancellation.ThrowIfCancellationRequested();
            double largest = 0, moved = 0;
            for (var j = 0; j < d; j++)
            {
                var own = gram[j * d + j];
                if (own <= 0) continue;
                var without = slope[j] + own * w[j];
                var next = Math.Sign(without) * Math.Max(Math.Abs(without) - n * absolute, 0) / (own + n * square);
                var step = next - w[j];
                if (step != 0)
                {
                    DoubleProducts.AddTimes(-step, gram.AsSpan(j * d, d), slope);
                    w[j] = next;
                }
                (largest, moved) = (Math.Max(largest, Math.Abs(next)), Math.Max(moved, Math.Abs(step)));
            }
            if (moved <= Tolerance * largest) break;
        }
        var bias = average;
        for (var j = 0; j < d; j++) bias -= w[j] * mean[j];
        LinearModel.Add(tensors, w, bias);
    }

    private protected override IRowPredictor Read(ModelSpec spec, FittedTensors tensors) => LinearModel.From(tensors, isLogistic: false);
}
