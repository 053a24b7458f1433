using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>
/// Tree-structured Parzen estimator (J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl, NeurIPS 24, 2546, 2011), every dimension by itself: of the draws
/// seen, the best tenth (at most 25) and the rest each give a density; of 24 candidates from the first the one with the largest ratio of the two is
/// drawn. The first 10 draws are random, the same that the random sampler makes.
/// </summary>
/// <remarks>Pruned draws count: they stand behind those that came further. Failed ones do not. At most the last 1,000 draws are looked at.</remarks>
public sealed class TpeSampler : ISampler
{
    /// <summary>How many draws before the one that is made are looked at: keeps the cost of a draw flat.</summary>
    public const int MaxHistory = 1000;

    const int Startup = 10, Candidates = 24, MostGood = 25;

    public string Name => "tpe";

    public bool Learns => true;

    public void Check(SearchNode search)
    {
        if (search.Draws < 1) throw new StudyInputException($"TPE search '{search.Id}' asks for {search.Draws} draws, but must ask for at least 1.");
    }

    public int Count(SearchNode search) => search.Draws;

    public ImmutableSortedDictionary<string, ParameterValue> Draw(SearchNode search, ulong studySeed, int number, IReadOnlyList<PastDraw> history)
    {
        var seen = history.Where(draw => draw.Score is not null).TakeLast(MaxHistory).ToArray();
        var good = Good(seen);
        var values = ImmutableSortedDictionary.CreateBuilder<string, ParameterValue>(StringComparer.Ordinal);
        foreach (var dimension in search.Space)
        {
            if (!dimension.IsDrawn(values)) continue;
            values.Add(dimension.Name, seen.Length < Startup
                ? RandomSampler.Value(search, dimension, studySeed, number)
                : Best(search, dimension, studySeed, number, seen, good));
        }
        return values.ToImmutable();
    }

    /// <summary>Which of the draws are among the best: those that came furthest, then those with the lowest scores.</summary>
    static bool[] Good(PastDraw[] seen)
    {
        var good = new bool[seen.Length];
        var count = Math.Min((seen.Length + 9) / 10, MostGood);
        foreach (var i in Enumerable.Range(0, seen.Length).OrderByDescending(i => seen[i].Rung).ThenBy(i => seen[i].Score).Take(count)) good[i] = true;
        return good;
    }

    static ParameterValue Best(SearchNode search, SearchDimension dimension, ulong studySeed, int number, PastDraw[] seen, bool[] good)
    {
        var density = ParzenDensity.Of(dimension, Values(isGood: true));
        var rest = ParzenDensity.Of(dimension, Values(isGood: false));
        // Positions of a stream of this draw alone: however many a candidate uses, other draws stay as they are.
        var random = new KeyedDraws(new KeyedStream(studySeed, $"tpe/{search.Id}/{dimension.Name}/{number}"));
        var best = density.Sample(random);
        var ratio = density.LogOf(best) - rest.LogOf(best);
        for (var i = 1; i < Candidates; i++)
        {
            var candidate = density.Sample(random);
            var its = density.LogOf(candidate) - rest.LogOf(candidate);
            if (its > ratio) (best, ratio) = (candidate, its);
        }
        return best;

        ParameterValue[] Values(bool isGood) =>
            [.. Enumerable.Range(0, seen.Length).Where(i => good[i] == isGood && seen[i].Values.ContainsKey(dimension.Name)).Select(i => seen[i].Values[dimension.Name])];
    }
}
