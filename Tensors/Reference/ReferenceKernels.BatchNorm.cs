namespace AtomSets.Tensors;

/// <summary>Batch normalisation, column by column.</summary>
public sealed partial class ReferenceKernels
{
    public void BatchNormForward(BatchNormCall call) => Normalise(call, Numbers(call.X), Numbers(call.Multiplicities), Numbers(call.Y));

    public void BatchNormBackward(BatchNormCall call) =>
        NormaliseBackward(call, Numbers(call.X), Numbers(call.Multiplicities), Numbers(call.YGradient), Numbers(call.XGradient));

    /// <summary>Statistics, then <see cref="Apply"/>.</summary>
    static void Normalise(BatchNormCall call, Span<double> x, Span<double> m, Span<double> y)
    {
        var moments = Numbers(call.Moments);
        int columns = call.Columns, rows = x.Length / columns;
        for (var c = 0; c < columns; c++)
        {
            double mean = Numbers(call.RunningMean)[c], variance = Numbers(call.RunningVariance)[c];
            if (call.UsesBatch)
            {
                double n = 0, sum = 0, squares = 0;
                for (var r = 0; r < rows; r++)
                {
                    n += m.IsEmpty ? 1 : m[r];
                    sum += (m.IsEmpty ? 1 : m[r]) * x[r * columns + c];
                }
                var centre = n > 0 ? sum / n : 0;
                for (var r = 0; r < rows; r++)
                {
                    var d = x[r * columns + c] - centre;
                    squares += (m.IsEmpty ? 1 : m[r]) * d * d;
                }
                Numbers(call.MeanStatistic)[c] = n > 1 ? centre : mean;
                Numbers(call.VarianceStatistic)[c] = n > 1 ? squares / (n - 1) : variance;
                (mean, variance) = (centre, n > 0 ? squares / n : 0);
            }
            moments[c] = mean;
            moments[columns + c] = 1 / Math.Sqrt(variance + call.Epsilon);
        }
        Apply(call, x, y);
    }

    /// <summary>y = (x − mean)/σ·weight + bias with the moments that were kept.</summary>
    static void Apply(BatchNormCall call, Span<double> x, Span<double> y)
    {
        Span<double> moments = Numbers(call.Moments), gamma = Numbers(call.Weight), beta = Numbers(call.Bias);
        for (var i = 0; i < x.Length; i++)
        {
            var c = i % call.Columns;
            y[i] = (x[i] - moments[c]) * moments[call.Columns + c] * gamma[c] + beta[c];
        }
    }

    // With x̂ = (x − mean)/σ: dweight = Σ dy x̂, dbias = Σ dy and, since mean and σ depend on x,
    // dx = weight/σ·(dy − m/n·(dbias + x̂·dweight)); with running statistics dx = weight/σ·dy.
    static void NormaliseBackward(BatchNormCall call, Span<double> x, Span<double> m, Span<double> dy, Span<double> dx)
    {
        Span<double> moments = Numbers(call.Moments), gamma = Numbers(call.Weight), dgamma = Numbers(call.WeightGradient), dbeta = Numbers(call.BiasGradient);
        int columns = call.Columns, rows = x.Length / columns;
        for (var c = 0; c < columns; c++)
        {
            double mean = moments[c], inverse = moments[columns + c], n = 0, sum = 0, product = 0;
            for (var r = 0; r < rows; r++)
            {
                n += m.IsEmpty ? 1 : m[r];
                sum += dy[r * columns + c];
                product += dy[r * columns + c] * (x[r * columns + c] - mean) * inverse;
            }
            if (!dgamma.IsEmpty) dgamma[c] += product;
            if (!dbeta.IsEmpty) dbeta[c] += sum;
            if (dx.IsEmpty) continue;
            for (var r = 0; r < rows; r++)
            {
                var normal = (x[r * columns + c] - mean) * inverse;
                var shared = call.UsesBatch && n > 0 ? (m.IsEmpty ? 1 : m[r]) / n * (sum + normal * product) : 0;
                dx[r * columns + c] += gamma[c] * inverse * (dy[r * columns + c] - shared);
            }
        }
    }
}
