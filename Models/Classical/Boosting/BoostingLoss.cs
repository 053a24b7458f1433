namespace AtomSets.Models.Classical.Boosting;

/// <summary>A loss of boosting: its slope and curvature at each row's present prediction.</summary>
abstract class BoostingLoss
{
    /// <summary>The constant that the trees add to.</summary>
    public abstract double Start(double[] targets);

    /// <summary>Overwrites slope and curvature [rows].</summary>
    public abstract void Slopes(double[] predictions, double[] targets, double[] slopes, double[] curvatures);

    /// <summary>A leaf's own best value, where it is not the Newton step −Σ slope / (Σ curvature + λ); null: it is.</summary>
    public virtual double? Leaf(ReadOnlySpan<int> rows, double[] predictions, double[] targets) => null;

    public static BoostingLoss Of(string name, bool isClassifier) => isClassifier ? new LogLoss() : name == "absolute_error" ? new AbsoluteError() : new SquaredError();

    sealed class SquaredError : BoostingLoss
    {
        public override double Start(double[] targets) => targets.Average();

        public override void Slopes(double[] predictions, double[] targets, double[] slopes, double[] curvatures)
        {
            for (var i = 0; i < slopes.Length; i++) (slopes[i], curvatures[i]) = (predictions[i] - targets[i], 1);
        }
    }

    sealed class AbsoluteError : BoostingLoss
    {
        public override double Start(double[] targets) => Medians.Of((double[])targets.Clone());

        public override void Slopes(double[] predictions, double[] targets, double[] slopes, double[] curvatures)
        {
            for (var i = 0; i < slopes.Length; i++) (slopes[i], curvatures[i]) = (Math.Sign(predictions[i] - targets[i]), 1);
        }

        public override double? Leaf(ReadOnlySpan<int> rows, double[] predictions, double[] targets)
        {
            var residuals = new double[rows.Length];
            for (var i = 0; i < rows.Length; i++) residuals[i] = targets[rows[i]] - predictions[rows[i]];
            return Medians.Of(residuals);
        }
    }

    sealed class LogLoss : BoostingLoss
    {
        public override double Start(double[] targets)
        {
            var share = Math.Clamp(targets.Average(), 1e-6, 1 - 1e-6);
            return Math.Log(share / (1 - share));
        }

        public override void Slopes(double[] predictions, double[] targets, double[] slopes, double[] curvatures)
        {
            for (var i = 0; i < slopes.Length; i++)
            {
                var p = 1 / (1 + Math.Exp(-predictions[i]));
                (slopes[i], curvatures[i]) = (p - targets[i], Math.Max(p * (1 - p), 1e-16));
            }
        }
    }
}
