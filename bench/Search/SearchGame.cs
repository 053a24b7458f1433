using AtomSets.Studies;

namespace AtomSets.Bench;

/// <summary>A search by simulated workers, each with one trial at a time. An epoch takes about one unit of time; a worker that waits loses its time.</summary>
/// <param name="Sampler">random or tpe.</param>
/// <param name="Trials">Most draws.</param>
/// <param name="Workers">Trials that are in training at once.</param>
/// <param name="Prunes">Whether trials stop at the rungs of successive halving.</param>
/// <param name="Time">After which the game ends.</param>
sealed record SearchGame(SearchProblem Problem, string Sampler, int Trials, int Workers, bool Prunes, double Time, ulong Seed)
{
    /// <summary>Time of an epoch: configurations differ by up to a quarter from the mean.</summary>
    public double EpochOf(int draw) => 0.75 + (0.5 * new KeyedStream(Seed, "pace").Uniform((ulong)draw));
}

/// <summary>How a search went.</summary>
sealed class SearchCourse
{
    readonly List<(double Time, double Value)> _ends = [];

    /// <summary>By number of the draw: its value, infinite where it was not trained to its end.</summary>
    public SortedDictionary<int, double> Draws { get; } = [];

    /// <summary>A trial was trained to its end.</summary>
    public void Ended(double time, double value) => _ends.Add((time, value));

    public double Best => BestWithin(double.PositiveInfinity);

    public double BestWithin(double time) => _ends.Where(end => end.Time <= time).Select(end => end.Value).DefaultIfEmpty(double.PositiveInfinity).Min();

    public double BestOfFirst(int draws) => Draws.Where(draw => draw.Key < draws).Select(draw => draw.Value).DefaultIfEmpty(double.PositiveInfinity).Min();
}
