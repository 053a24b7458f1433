using System.Runtime.CompilerServices;

namespace AtomSets.Tensors;

/// <summary>
/// The few centres of a Gaussian basis that a length is near to: the others contribute less than e⁻²⁰ = 2e-9 each, below the
/// rounding of the sum. CGCNN's basis has 41 centres, of which 10 are kept.
/// </summary>
readonly struct GaussianBand
{
    const double Negligible = 20;
    readonly float start, perSpacing;
    readonly int before, last;

    public GaussianBand(GaussianBasis basis)
    {
        var reach = basis.Spacing > 0 ? Math.Ceiling(Math.Sqrt(Negligible / basis.Factor) / basis.Spacing) : 1;
        Count = (int)Math.Min(basis.Count, 2 * reach);
        before = (int)Math.Min(basis.Count, reach) - 1;
        last = basis.Count - Count;
        start = (float)basis.Start;
        perSpacing = basis.Spacing > 0 ? (float)(1 / basis.Spacing) : 0;
    }

    /// <summary>Centres that are kept.</summary>
    public int Count { get; }

    /// <summary>The first of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int First(float distance)
    {
        var place = (distance - start) * perSpacing;
        // A length far outside the basis, or NaN, takes the end that is near.
        return place >= last + before + 1 ? last : place > before ? (int)place - before : 0;
    }
}
