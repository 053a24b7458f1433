namespace AtomSets.Tensors;

/// <summary>
/// Expansion of a distance d into <see cref="Count"/> numbers g_k(d) = exp(−<see cref="Factor"/>·(d − μ_k)²) with centres
/// μ_k = Start + k·(Stop − Start)/(Count − 1), both ends included. Distances and centres in one unit (Å).
/// </summary>
public readonly record struct GaussianBasis(double Start, double Stop, int Count, double Factor)
{
    /// <summary>exp(−(d − μ)²/width²), no factor ½: MEGNet's form (C. Chen et al., Chem. Mater. 31, 3564 (2019)).</summary>
    public static GaussianBasis OfWidth(double start, double stop, int count, double width) => new(start, stop, count, 1 / (width * width));

    /// <summary>exp(−factor·(d − μ)²); MatGL's MEGNet has factor ½.</summary>
    public static GaussianBasis OfFactor(double start, double stop, int count, double factor) => new(start, stop, count, factor);

    /// <summary>Distance between neighbouring centres.</summary>
    public double Spacing => Count > 1 ? (Stop - Start) / (Count - 1) : 0;
}
