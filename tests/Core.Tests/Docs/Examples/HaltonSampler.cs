using System.Collections.Immutable;
using AtomSets.Studies;

namespace AtomSets.Core.Tests.Docs.Examples;

/// <summary>Draws that fill a space evenly: the Halton sequence, one prime base per dimension (J. H. Halton, Numer. Math. 2, 84, 1960).</summary>
public sealed class HaltonSampler : ISampler
{
    static readonly int[] s_primes = [2, 3, 5, 7, 11, 13, 17, 19];

    public string Name => "halton";

    /// <summary>False: no draw waits for the result of another.</summary>
    public bool Learns => false;

    public void Check(SearchNode search)
    {
        if (search.Draws < 1) throw new StudyInputException($"Search '{search.Id}' asks for {search.Draws} draws, but must ask for at least 1.");
        if (search.Space.Length > s_primes.Length) throw new StudyInputException($"Search '{search.Id}' has {search.Space.Length} dimensions; halton takes at most {s_primes.Length}.");
    }

    public int Count(SearchNode search) => search.Draws;

    /// <summary>A function of its arguments alone: no clock, no randomness of its own, so that every worker and every later run draws the same.</summary>
    public ImmutableSortedDictionary<string, ParameterValue> Draw(SearchNode search, ulong studySeed, int number, IReadOnlyList<PastDraw> history)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, ParameterValue>(StringComparer.Ordinal);
        for (var d = 0; d < search.Space.Length; d++)
        {
            // A dimension with a condition is drawn only beside the value that it names.
            if (!search.Space[d].IsDrawn(values)) continue;
            values.Add(search.Space[d].Name, Value(search.Space[d], RadicalInverse(number + 1, s_primes[d])));
        }
        return values.ToImmutable();
    }

    static ParameterValue Value(SearchDimension dimension, double u) => dimension switch
    {
        IntDimension d => new ParameterValue.Whole(d.Low + ((long)(u * (((d.High - d.Low) / d.Step) + 1)) * d.Step)),
        FloatDimension { Log: true } d => new ParameterValue.Real(d.Low * Math.Pow(d.High / d.Low, u)),
        FloatDimension d => new ParameterValue.Real(d.Low + (u * (d.High - d.Low))),
        ChoiceDimension d => d.Values[(int)(u * d.Values.Length)],
        _ => throw new InvalidOperationException(),
    };

    // The digits of the number in the base, mirrored at the point: 1, 2, 3 in base 2 are 1/2, 1/4, 3/4.
    static double RadicalInverse(int number, int radix)
    {
        var (inverse, place) = (0.0, 1.0 / radix);
        for (; number > 0; number /= radix, place /= radix) inverse += number % radix * place;
        return inverse;
    }
}
