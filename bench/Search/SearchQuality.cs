using System.Globalization;
using System.Text.Json.Nodes;

namespace AtomSets.Bench;

/// <summary>How low the study machine's TPE (with or without successive halving) gets, beside Optuna at equal parallelism; no timing.</summary>
sealed class SearchQuality(TestFunction function, bool prunes) : IRow
{
    const int Seeds = 20, Workers = 4;

    public static IEnumerable<IRow> All { get; } =
        [.. new[] { false, true }.SelectMany(prunes => TestFunction.All.Select(function => new SearchQuality(function, prunes)))];

    public string Name => $"{Group}-{function.Name}";

    public string Group => prunes ? "asha" : "tpe";

    public string About => string.Create(CultureInfo.InvariantCulture,
        $"median least value of {function.Name} ({function.Dimensions}-dimensional) in {(prunes ? "the epochs of 30 trials, with successive halving" : "100 trials")}, {Workers} workers, {Seeds} seeds; peer: Optuna");

    public bool IsUsual => false;

    int Trials => prunes ? 300 : 100;

    public IReadOnlyList<Measurement> Measure(int runs)
    {
        var (peer, missing) = PeerProcess.Start("optuna_search.py", new JsonObject());
        using var _ = peer;
        var games = Enumerable.Range(0, Seeds).Select(seed => new SearchGame(function, Trials, Workers, prunes, (ulong)seed)).ToArray();
        var ours = Array.ConvertAll(games, OurSearch.Play);
        var theirs = peer is null ? [] : Array.ConvertAll(games, game => OptunaSearch.Play(peer, game));
        var median = Median(ours);
        var note = string.Create(CultureInfo.InvariantCulture, $"quartiles {Quartiles(ours)}");
        if (theirs.Length == 0) return [new(Name, median, null, "least value", null, Spread(ours), null, Seeds, $"{note}; {missing}")];
        note += string.Create(CultureInfo.InvariantCulture, $", {peer!.What}: {Quartiles(theirs)}; rank sum z {RankSum(ours, theirs):+0.0;-0.0} (negative: ours is lower; noise within 2)");
        if (prunes) note += string.Create(CultureInfo.InvariantCulture, $"; trials {ours.Average(end => end.Trials):F0} and {theirs.Average(end => end.Trials):F0}");
        return [new(Name, median, Median(theirs), "least value", Median(theirs) / median, Spread(ours), null, Seeds, note)];
    }

    /// <summary>Mann and Whitney's statistic in standard deviations: whether one side's values tend to be lower.</summary>
    static double RankSum(SearchEnd[] ours, SearchEnd[] theirs)
    {
        var above = ours.Sum(our => theirs.Sum(their => our.Best > their.Best ? 1 : our.Best == their.Best ? 0.5 : 0));
        var pairs = (double)ours.Length * theirs.Length;
        return (above - (pairs / 2)) / Math.Sqrt(pairs * (ours.Length + theirs.Length + 1) / 12);
    }

    static double Median(SearchEnd[] ends) => Measurement.Quantile([.. ends.Select(end => end.Best)], 0.5);

    static double Spread(SearchEnd[] ends) =>
        (Measurement.Quantile([.. ends.Select(end => end.Best)], 0.75) - Measurement.Quantile([.. ends.Select(end => end.Best)], 0.25)) / Median(ends);

    static string Quartiles(SearchEnd[] ends) => string.Create(CultureInfo.InvariantCulture,
        $"{Measurement.Quantile([.. ends.Select(end => end.Best)], 0.25):G3} to {Measurement.Quantile([.. ends.Select(end => end.Best)], 0.75):G3}");
}
