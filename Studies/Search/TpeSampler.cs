using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>
/// Tree-structured Parzen estimator (J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl, NeurIPS 24, 2546, 2011), all dimensions together (S. Falkner, A. Klein,
/// F. Hutter, ICML 80, 1437, 2018): of the draws seen, the best tenth (at most 25) and the rest each give a density; of 24 candidates from the
/// first the one with the largest ratio of the two is drawn. Until 10 draws are known they are random, the same that the random sampler makes.
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
        if (seen.Length < Startup) return RandomSampler.All(search, studySeed, number);
        var good = Good(seen);
        var density = new ParzenDensity(search.Space, Of(isGood: true));
        var rest = new ParzenDensity(search.Space, Of(isGood: false));
        // A stream of this draw alone: however many numbers a candidate uses, other draws stay as they are.
        var random = new KeyedDraws(new KeyedStream(studySeed, $"tpe/{search.Id}/{number}"));
        var best = density.Sample(random);
        var ratio = density.LogOf(best) - rest.LogOf(best);
        for (var i = 1; i < Candidates; i++)
        {
            var candidate = density.Sample(random);
            var its = density.LogOf(candidate) - rest.LogOf(candidate);
            if (its > ratio) (best, ratio) = (candidate, its);
        }
        return best;

        ImmutableSortedDictionary<string, ParameterValue>[] Of(bool isGood) => [.. seen.Where((_, i) => good[i] == isGood).Select(draw => draw.Values)];
    }

    /// <summary>Which of the draws are among the best: those that came furthest, then those with the lowest scores.</summary>
    static bool[] Good(PastDraw[] seen)
    {
        var good = new bool[seen.Length];
        var count = Math.Min((seen.Length + 9) / 10, MostGood);
        foreach (var i in Enumerable.Range(0, seen.Length).OrderByDescending(i => seen[i].Rung).ThenBy(i => seen[i].Score).Take(count)) good[i] = true;
        return good;
    }
}
