namespace AtomSets.Tensors;

/// <summary>Losses of a value together with the logarithm s of its standard deviation (A. Kendall, Y. Gal, NeurIPS 2017, arXiv 1703.04977).</summary>
static class RobustLoss
{
    static readonly double s_root2 = Math.Sqrt(2);

    public static bool Is(Loss loss) => loss is Loss.RobustAbsolute or Loss.RobustSquared;

    /// <param name="loss">One of the two.</param>
    /// <param name="d">ŷ − y.</param>
    /// <param name="s">Logarithm of the standard deviation.</param>
    public static double Value(Loss loss, double d, double s) =>
        loss == Loss.RobustAbsolute ? s_root2 * Math.Abs(d) * Math.Exp(-s) + s : 0.5 * d * d * Math.Exp(-2 * s) + s;

    /// <summary>Derivatives by ŷ and by s.</summary>
    public static (double Value, double Deviation) Slopes(Loss loss, double d, double s)
    {
        if (loss == Loss.RobustSquared)
        {
            var weight = Math.Exp(-2 * s);
            return (d * weight, 1 - d * d * weight);
        }
        var scale = s_root2 * Math.Exp(-s);
        return (d > 0 ? scale : d < 0 ? -scale : d, 1 - Math.Abs(d) * scale);
    }
}
