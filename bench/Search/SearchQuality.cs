using System.Globalization;
using System.Text.Json.Nodes;

namespace AtomSets.Bench;

/// <summary>How low the study machine's TPE (with or without successive halving) gets, beside Optuna at equal parallelism; no timing.</summary>
sealed class SearchQuality(TestFunction function, bool prunes) : IRow
{
    const int LeastSeeds = 20, Workers = 4, Trials = 100, FullTrials = 30;

    public static IEnumerable<IRow> All { get; } =
        [.. new[] { false, true }.SelectMany(prunes => TestFunction.All.Select(function => new SearchQuality(function, prunes)))];

    public string Name => $"{Group}-{function.Name}";

    public string Group => prunes ? "asha" : "tpe";

    public string About => string.Create(CultureInfo.InvariantCulture,
        $"median least value of {function.Name} ({function.Dimensions}-dimensional) in {(prunes ? $"the time of {FullTrials} trials, with successive halving" : $"{Trials} trials")}, {Workers} workers, {LeastSeeds} seeds or --runs; peer: Optuna");

    public bool IsUsual => false;

    public IReadOnlyList<Measurement> Measure(int runs)
    {
        var (peer, missing) = PeerProcess.Start("optuna_search.py", new JsonObject());
        using var _ = peer;
        var problem = new FunctionProblem(function);
        var games = Enumerable.Range(0, Math.Max(LeastSeeds, runs)).Select(seed => prunes
            ? new SearchGame(problem, "tpe", 300, Workers, true, (double)FullTrials * SearchProblem.Epochs / Workers, (ulong)seed)
            : new SearchGame(problem, "tpe", Trials, Workers, false, double.PositiveInfinity, (ulong)seed)).ToArray();
        var ourCourses = Array.ConvertAll(games, OurSearch.Play);
        var theirCourses = peer is null ? [] : Array.ConvertAll(games, game => OptunaSearch.Play(peer, game));
        double[] ours = [.. ourCourses.Select(course => course.Best)], theirs = [.. theirCourses.Select(course => course.Best)];
        var note = $"quartiles {SearchSides.Quartiles(ours)}";
        var median = SearchSides.Median(ours);
        if (peer is null) return [new(Name, median, null, "least value", null, SearchSides.Spread(ours), null, games.Length, $"{note}; {missing}")];
        note += string.Create(CultureInfo.InvariantCulture,
            $", {peer.What}: {SearchSides.Quartiles(theirs)}; {SearchSides.RankSumText(ours, theirs)} (negative: ours is lower; noise within 2)");
        if (prunes) note += string.Create(CultureInfo.InvariantCulture, $"; trials {ourCourses.Average(course => course.Draws.Count):F0} and {theirCourses.Average(course => course.Draws.Count):F0}");
        return [new(Name, median, SearchSides.Median(theirs), "least value", SearchSides.Median(theirs) / median, SearchSides.Spread(ours), null, games.Length, note)];
    }
}
