using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>Every combination, the last dimension varying fastest.</summary>
public sealed class GridSampler : ISampler
{
    const long MaxPoints = 1_000_000;

    public string Name => "grid";

    public bool Learns => false;

    public void Check(SearchNode search)
    {
        foreach (var dimension in search.Space.OfType<FloatDimension>())
        {
            if (dimension.GridPoints == 0)
                throw new StudyInputException($"Dimension '{dimension.Name}' of grid search '{search.Id}' is continuous: give the number of grid points, or a list of choices.");
        }
        var points = 1L;
        foreach (var dimension in search.Space)
        {
            var (size, before) = (Size(dimension), points);
            points *= size;
            if (size > MaxPoints || points > MaxPoints)
                throw new StudyInputException($"The grid of search '{search.Id}' has more than {MaxPoints} points ({before} × {size} at '{dimension.Name}'); use the random sampler or coarser steps.");
        }
    }

    public int Count(SearchNode search)
    {
        var points = (int)CountFrom(search.Space, 0, ImmutableSortedDictionary.CreateBuilder<string, ParameterValue>(StringComparer.Ordinal));
        return search.Draws == 0 ? points : Math.Min(points, search.Draws);
    }

    public ImmutableSortedDictionary<string, ParameterValue> Draw(SearchNode search, ulong studySeed, int number, IReadOnlyList<PastDraw> history)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, ParameterValue>(StringComparer.Ordinal);
        long rest = number;
        for (var i = 0; i < search.Space.Length; i++)
        {
            var dimension = search.Space[i];
            if (!dimension.IsDrawn(values)) continue;
            for (long index = 0; ; index++)
            {
                values[dimension.Name] = Point(dimension, index);
                var below = CountFrom(search.Space, i + 1, values);
                if (rest < below) break;
                rest -= below;
            }
        }
        return values.ToImmutable();
    }

    /// <summary>Points of the dimensions from one on, given the values of those before.</summary>
    static long CountFrom(ImmutableArray<SearchDimension> space, int from, ImmutableSortedDictionary<string, ParameterValue>.Builder values)
    {
        var points = 1L;
        for (var i = from; i < space.Length; i++)
        {
            var dimension = space[i];
            if (!dimension.IsDrawn(values)) continue;
            if (!space.Skip(i + 1).Any(later => later.When?.Dimension == dimension.Name))
            {
                points *= Size(dimension);
                continue;
            }
            var sum = 0L;
            for (long index = 0; index < Size(dimension); index++)
            {
                values[dimension.Name] = Point(dimension, index);
                sum += CountFrom(space, i + 1, values);
            }
            values.Remove(dimension.Name);
            return points * sum;
        }
        return points;
    }

    static long Size(SearchDimension dimension) => dimension switch
    {
        IntDimension d => ((d.High - d.Low) / d.Step) + 1,
        FloatDimension d => d.GridPoints,
        ChoiceDimension d => d.Values.Length,
        _ => throw new InvalidOperationException(),
    };

    static ParameterValue Point(SearchDimension dimension, long index) => dimension switch
    {
        IntDimension d => new ParameterValue.Whole(d.Low + (index * d.Step)),
        FloatDimension d => new ParameterValue.Real(Along(d, d.GridPoints == 1 ? 0 : (double)index / (d.GridPoints - 1))),
        ChoiceDimension d => d.Values[(int)index],
        _ => throw new InvalidOperationException(),
    };

    static double Along(FloatDimension d, double share) => share switch
    {
        0 => d.Low,
        1 => d.High, // exactly, whatever the logarithm rounds to
        _ => d.Log ? d.Low * Math.Pow(d.High / d.Low, share) : d.Low + (share * (d.High - d.Low)),
    };
}
