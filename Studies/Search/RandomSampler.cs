using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>
/// Independent draws. The number used for a dimension is keyed by (study seed, search, dimension name, draw number): adding a dimension or draws
/// to a study leaves the others as they were.
/// </summary>
public sealed class RandomSampler : ISampler
{
    public string Name => "random";

    public bool Learns => false;

    public void Check(SearchNode search)
    {
        if (search.Draws < 1) throw new StudyInputException($"Random search '{search.Id}' asks for {search.Draws} draws, but must ask for at least 1.");
    }

    public int Count(SearchNode search) => search.Draws;

    public ImmutableSortedDictionary<string, ParameterValue> Draw(SearchNode search, ulong studySeed, int number, IReadOnlyList<PastDraw> history) =>
        All(search, studySeed, number);

    internal static ImmutableSortedDictionary<string, ParameterValue> All(SearchNode search, ulong studySeed, int number)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, ParameterValue>(StringComparer.Ordinal);
        foreach (var dimension in search.Space)
        {
            if (!dimension.IsDrawn(values)) continue;
            values.Add(dimension.Name, Value(dimension, new KeyedStream(studySeed, $"draw/{search.Id}/{dimension.Name}"), (ulong)number));
        }
        return values.ToImmutable();
    }

    static ParameterValue Value(SearchDimension dimension, KeyedStream stream, ulong number) => dimension switch
    {
        IntDimension d => new ParameterValue.Whole(d.Low + ((long)stream.Below(number, (ulong)((d.High - d.Low) / d.Step) + 1) * d.Step)),
        FloatDimension { Log: true } d => new ParameterValue.Real(d.Low * Math.Pow(d.High / d.Low, stream.Uniform(number))),
        FloatDimension d => new ParameterValue.Real(d.Low + (stream.Uniform(number) * (d.High - d.Low))),
        ChoiceDimension d => d.Values[(int)stream.Below(number, (ulong)d.Values.Length)],
        _ => throw new InvalidOperationException(),
    };
}
