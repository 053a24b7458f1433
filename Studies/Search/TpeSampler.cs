using System.Collections.Immutable;
using System.Globalization;

namespace AtomSets.Studies;

/// <summary>
/// Tree-structured Parzen estimator (J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl, NeurIPS 24, 2546, 2011), all dimensions together (S. Falkner, A. Klein,
/// F. Hutter, ICML 80, 1437, 2018): of the draws seen, the best tenth (at most 25) and the rest each give a density; of 24 candidates from the
/// first the one with the largest ratio of the two is drawn. Until 10 draws are known they are random, the same that the random sampler makes.
/// </summary>
/// <remarks>
/// Pruned draws count: they stand behind those that came further. Failed ones do not. Draws whose results are not waited for count as bad ones, so that
/// draws made at about the same time lie apart (the constant liar of D. Ginsbourger, R. Le Riche, L. Carraro, 2010). A trial is a function of its draw:
/// to draw the same again would bring nothing new, so candidates that were drawn before are passed over. At most the last 1,000 draws are looked at.
/// </remarks>
public sealed class TpeSampler : ISampler
{
    /// <summary>How many draws before the one that is made are looked at: keeps the cost of a draw flat.</summary>
    public const int MaxHistory = 1000;

    const int Startup = 10, Candidates = 24, MostTries = 1000, MostGood = 25;

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
        var rest = new ParzenDensity(search.Space, [.. Of(isGood: false), .. history.Where(draw => draw.IsPending).Select(draw => draw.Values)]);
        var taken = history.Select(draw => Text(draw.Values)).ToHashSet(StringComparer.Ordinal);
        // A stream of this draw alone: however many numbers a candidate uses, other draws stay as they are.
        var random = new KeyedDraws(new KeyedStream(studySeed, $"tpe/{search.Id}/{number}"));
        var (best, ratio) = ((ImmutableSortedDictionary<string, ParameterValue>?)null, double.NegativeInfinity);
        // The prior leads out of a corner where everything was drawn; where there is nothing new at all, a repetition costs nothing.
        for (var i = 0; i < Candidates || (best is null && i < MostTries); i++)
        {
            var candidate = density.Sample(random);
            if (taken.Contains(Text(candidate))) continue;
            var its = density.LogOf(candidate) - rest.LogOf(candidate);
            if (best is null || its > ratio) (best, ratio) = (candidate, its);
        }
        return best ?? RandomSampler.All(search, studySeed, number);

        ImmutableSortedDictionary<string, ParameterValue>[] Of(bool isGood) => [.. seen.Where((_, i) => good[i] == isGood).Select(draw => draw.Values)];
    }

    /// <summary>The same for equal draws only.</summary>
    static string Text(ImmutableSortedDictionary<string, ParameterValue> values) => string.Join('\n', values.Select(value => value.Value is ParameterValue.Real real
        ? string.Create(CultureInfo.InvariantCulture, $"{value.Key} {real.Value:R}")
        : $"{value.Key} {value.Value}"));

    /// <summary>Which of the draws are among the best: those that came furthest, then those with the lowest scores.</summary>
    static bool[] Good(PastDraw[] seen)
    {
        var good = new bool[seen.Length];
        var count = Math.Min((seen.Length + 9) / 10, MostGood);
        foreach (var i in Enumerable.Range(0, seen.Length).OrderByDescending(i => seen[i].Rung).ThenBy(i => seen[i].Score).Take(count)) good[i] = true;
        return good;
    }
}
