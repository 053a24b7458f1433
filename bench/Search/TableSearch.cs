using System.Globalization;
using System.Text.Json.Nodes;

namespace AtomSets.Bench;

/// <summary>Searches of a real study, looked up in its table, beside Optuna with and without its constant liar; no timing.</summary>
/// <param name="sampler">random or tpe.</param>
/// <param name="prunes">By successive halving.</param>
/// <param name="workers">Draws that are trained at once.</param>
sealed class TableSearch(string sampler, bool prunes, int workers) : IRow
{
    const int LeastSeeds = 20;

    /// <summary>So many draws, or the time of so many trainings to the end, after which the searches are compared.</summary>
    static readonly int[] Draws = [25, 50, 100], FullTrials = [10, 20, 40];

    public static IEnumerable<IRow> All { get; } =
    [
        new TableSearch("tpe", false, 4), new TableSearch("random", true, 4), new TableSearch("tpe", true, 4),
        new TableSearch("tpe", false, 17), new TableSearch("random", true, 17), new TableSearch("tpe", true, 17),
    ];

    public string Name => string.Create(CultureInfo.InvariantCulture, $"table-{sampler}{(prunes ? "-asha" : "")}-{workers}w");

    public string Group => "table";

    public string About => string.Create(CultureInfo.InvariantCulture,
        $"a real study looked up in its table: mean regret of {sampler} draws after {(prunes ? "the time of so many trainings, with successive halving" : "so many draws")}, {workers} in training at once, {LeastSeeds} seeds or --runs; peer: Optuna");

    public bool IsUsual => false;

    public IReadOnlyList<Measurement> Measure(int runs)
    {
        var (peer, missing) = PeerProcess.Start("optuna_search.py", new JsonObject());
        using var _ = peer;
        var problem = TableProblem.Load();
        var games = Enumerable.Range(0, Math.Max(LeastSeeds, runs)).Select(seed => prunes
            ? new SearchGame(problem, sampler, 600, workers, true, (double)FullTrials[^1] * SearchProblem.Epochs / workers, (ulong)seed)
            : new SearchGame(problem, sampler, Draws[^1], workers, false, double.PositiveInfinity, (ulong)seed)).ToArray();
        var ours = Array.ConvertAll(games, OurSearch.Play);
        (string What, SearchCourse[] Courses)[] theirs = peer is null ? [] :
        [
            (peer.What, Array.ConvertAll(games, game => OptunaSearch.Play(peer, game))),
            .. sampler == "tpe" ? new[] { ("with its constant liar", Array.ConvertAll(games, game => OptunaSearch.Play(peer, game, "constant_liar"))) } : [],
        ];
        // Sooner than twice the time of a training some searches have nothing yet.
        return [.. (prunes ? FullTrials.Where(at => at >= 2 * workers) : Draws).Select(at => Line(problem, at, ours, theirs, missing))];
    }

    Measurement Line(TableProblem problem, int at, SearchCourse[] ours, (string What, SearchCourse[] Courses)[] theirs, string? missing)
    {
        double[] own = Array.ConvertAll(ours, course => RegretAt(course, at));
        var note = string.Create(CultureInfo.InvariantCulture, $"{problem.Configurations} configurations; ours {SearchSides.MeanText(own)}");
        foreach (var (what, courses) in theirs)
        {
            double[] their = Array.ConvertAll(courses, course => RegretAt(course, at));
            note += string.Create(CultureInfo.InvariantCulture, $", {what} {SearchSides.MeanText(their)}, {SearchSides.RankSumText(own, their)}");
        }
        double? peer = theirs.Length == 0 ? null : theirs[0].Courses.Average(course => RegretAt(course, at));
        return new(
            string.Create(CultureInfo.InvariantCulture, $"{Name}-{at}"), own.Average(), peer, "regret 1/cm", peer / own.Average(), SearchSides.Spread(own), null, own.Length,
            theirs.Length == 0 ? $"{note}; {missing}" : note + " (negative: ours is lower; noise within 2)");
    }

    double RegretAt(SearchCourse course, int at) => prunes ? course.BestWithin((double)at * SearchProblem.Epochs / workers) : course.BestOfFirst(at);
}
