namespace AtomSets.Training;

/// <summary>How far predictions of a model lie from the truth, learnt from rows that it was not trained on (its validation rows): a standard error for each prediction, and prediction
/// intervals of any level.</summary>
/// <remarks>
/// <para>The standard error of a row is u = s √(w σ²/σ̄² + 1 − w): σ is the spread of an ensemble's members there (standard deviation, divisor n − 1), or what a Gaussian process says of its deviation, and σ̄² its mean square over the
/// validation rows; of other single models w is 0. s and w are those of the largest Gaussian likelihood of the residuals. The interval is ŷ ± q u with q the ⌈(n + 1)·level⌉-th smallest of the n
/// validation rows' |y − ŷ|/u: split conformal prediction with normalised residuals (V. Vovk et al., Algorithmic Learning in a Random World, 2005; J. Lei et al., J. Am. Stat. Assoc. 113, 1094
/// (2018), doi 10.1080/01621459.2017.1307116).</para>
/// <para>For rows of the same kind as the validation rows it holds the truth in at least that share of cases on average. The validation rows have also chosen the epoch (and the
/// configuration), so that their residuals are a little too small: what is measured on test rows is what counts.</para>
/// </remarks>
/// <param name="Rows">Validation rows, n.</param>
/// <param name="Scale">s, in the target's unit.</param>
/// <param name="SpreadShare">w, 0 to 0.95.</param>
/// <param name="MeanSquareSpread">σ̄², in the target's unit squared; 0 for a single model.</param>
/// <param name="Scores">The normalised residuals, ascending; of more than 1,000 the largest of each thousandth.</param>
public sealed record Calibration(int Rows, double Scale, double SpreadShare, double MeanSquareSpread, IReadOnlyList<double> Scores)
{
    const int MostScores = 1000, ShareSteps = 20;

    /// <summary>Level of intervals where none is named.</summary>
    public const double UsualLevel = 0.9;

    /// <summary>Calibrates.</summary>
    /// <param name="residuals">[n] truth − prediction of rows that were not trained on.</param>
    /// <param name="spreads">[n] spread of the members' predictions; null for a single model.</param>
    /// <returns>Null without rows.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static Calibration? Fit(ReadOnlySpan<double> residuals, double[]? spreads)
    {
        if (residuals.IsEmpty) return null;
        if (spreads is not null && spreads.Length != residuals.Length) throw new ArgumentException($"{spreads.Length} spreads for {residuals.Length} residuals", nameof(spreads));
        double meanSquare = 0;
        foreach (var spread in spreads ?? []) meanSquare += spread * spread / residuals.Length;
        var best = (Share: 0.0, Scale: 0.0, Loss: double.PositiveInfinity);
        // Not to 1: members that agree by chance would be infinitely sure.
        for (var step = 0; step < (meanSquare > 0 ? ShareSteps : 1); step++)
        {
            var share = (double)step / ShareSteps;
            double squares = 0, logarithms = 0;
            for (var i = 0; i < residuals.Length; i++)
            {
                var factor = Factor(share, spreads?[i] ?? 0, meanSquare);
                squares += residuals[i] * residuals[i] / factor / residuals.Length;
                logarithms += Math.Log(factor) / residuals.Length;
            }
            var loss = logarithms + Math.Log(squares);
            if (loss < best.Loss) best = (share, Math.Sqrt(squares), loss);
        }
        var calibration = new Calibration(residuals.Length, best.Scale, best.Share, meanSquare, []);
        var scores = new double[residuals.Length];
        for (var i = 0; i < scores.Length; i++)
        {
            var error = calibration.StandardError(spreads?[i] ?? 0);
            scores[i] = error > 0 ? Math.Abs(residuals[i]) / error : 0;
        }
        Array.Sort(scores);
        return calibration with { Scores = scores.Length <= MostScores ? scores : [.. Enumerable.Range(1, MostScores).Select(j => scores[(int)(((long)j * scores.Length + MostScores - 1) / MostScores) - 1])] };
    }

    /// <summary>Fewest validation rows for intervals of a level.</summary>
    public static int RowsFor(double level) => (int)Math.Ceiling((level / (1 - level)) - 1e-9);

    /// <summary>Standard error of a prediction, in the target's unit.</summary>
    /// <param name="spread">Standard deviation of the members' predictions; 0 for a single model.</param>
    public double StandardError(double spread) => Scale * Math.Sqrt(Factor(SpreadShare, spread, MeanSquareSpread));

    /// <summary>Half the width of the interval, in the target's unit; infinite where the validation rows are too few for the level.</summary>
    /// <param name="level">Above 0, below 1.</param>
    /// <param name="spread">Standard deviation of the members' predictions; 0 for a single model.</param>
    public double HalfWidth(double level, double spread) => Quantile(level) * StandardError(spread);

    /// <summary>The factor of the standard error for a level; infinite where the rows are too few.</summary>
    public double Quantile(double level)
    {
        if (!(level is > 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(level), level, "a level lies above 0 and below 1");
        // The product may lie a rounding above a whole number.
        var rank = (int)Math.Ceiling(((Rows + 1) * level) - 1e-9);
        if (rank > Rows) return double.PositiveInfinity;
        return Scores[(int)(((long)rank * Scores.Count + Rows - 1) / Rows) - 1];
    }

    static double Factor(double share, double spread, double meanSquare) => meanSquare > 0 ? (share * spread * spread / meanSquare) + 1 - share : 1;
}
