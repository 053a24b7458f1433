namespace AtomSets.Studies;

/// <summary>A trial that a worker computes.</summary>
/// <param name="Age">Seconds since it began.</param>
/// <param name="ToCap">Seconds to its last epoch at its own pace; null before the first epoch.</param>
readonly record struct RunningTrial(TrialClass Class, double Age, double? ToCap);

/// <summary>An estimate in seconds; four times out of five the truth should lie between the bounds.</summary>
readonly record struct TimeEstimate(double Expected, double Low, double High);

/// <summary>
/// Estimates the time that a study still takes from what its finished trials took: the work that is left over all workers, but not less than the longest
/// chain of trials that wait for each other (R. Graham, Bell Syst. Tech. J. 45, 1563, 1966: a greedy schedule needs at most the sum of both).
/// </summary>
static class TimeLeft
{
    /// <summary>Four fifths of a normal distribution lie within so many standard deviations.</summary>
    const double FourFifths = 1.28;

    /// <param name="workers">How many can compute for the study.</param>
    /// <returns>Null when nothing is known of some trials yet.</returns>
    public static TimeEstimate? Estimate(StudyState state, TrialCosts costs, IReadOnlyCollection<RunningTrial> running, int workers)
    {
        workers = Math.Max(1, workers);
        var future = Undrawn(state, costs, out var rounds);
        var (trials, work, variance) = (0, 0.0, 0.0);
        var chains = new Dictionary<long, (double Length, double Spread)>();
        var busy = running.GroupBy(trial => trial.Class).ToDictionary(same => same.Key, same => same.ToArray());
        var pace = running.Where(trial => trial is { ToCap: not null, Class.Work: > 0 }).Select(trial => (trial.Age + trial.ToCap!.Value) / trial.Class.Work).ToArray();
        foreach (var kind in costs.All.Concat(future.Keys).Distinct())
        {
            var left = kind.Open + future.GetValueOrDefault(kind);
            if (left <= 0) continue;
            var own = busy.GetValueOrDefault(kind) ?? [];
            if ((Expect(costs, kind, own) ?? Guess(pace, kind)) is not { } cost) return null;
            var begun = own.Select(trial => Rest(trial, cost.Mean)).ToArray();
            var untouched = Math.Max(0, left - own.Length);
            trials += left;
            work += (untouched * cost.Mean) + begun.Sum();
            variance += (left * cost.Spread * cost.Spread) + Square(left * cost.Uncertainty);
            var last = (untouched > 0 ? cost.Mean : begun.DefaultIfEmpty(0).Max()) + (kind.Trickles ? 0 : cost.Spread * Latest(Math.Min(left, workers)));
            var length = last + (rounds.GetValueOrDefault(kind) * cost.Mean);
            if (length > chains.GetValueOrDefault(kind.Depth).Length) chains[kind.Depth] = (length, cost.Spread);
        }
        var (shared, chain) = (work / workers, chains.Values.Sum(link => link.Length));
        var low = Math.Max(shared, chain);
        // With a worker for each, nothing waits but for its parents.
        var high = trials <= workers ? low : Math.Max(low, shared + (chain * (1 - (1.0 / workers))));
        variance = (variance / Square(workers)) + (chains.Values.Sum(link => Square(link.Spread)) * Math.Min(1, chain / Math.Max(shared, 1e-9)));
        var doubt = FourFifths * Math.Sqrt(variance);
        return new TimeEstimate((low + high) / 2, Math.Max(0, low - doubt), high + doubt);
    }

    /// <summary>By how many standard deviations the last of so many trials at once is later than their mean, roughly.</summary>
    static double Latest(int trials) => 0.8 * Math.Sqrt(2 * Math.Log(trials));

    /// <summary>Before a trial of a kind has ended, the pace of those that run is better than what other kinds took.</summary>
    static TrialCost? Expect(TrialCosts costs, TrialClass kind, RunningTrial[] running)
    {
        if (kind.Cost() is { } known) return known;
        var paced = running.Where(trial => trial.ToCap is not null).ToArray();
        if (paced.Length == 0) return costs.Expect(kind);
        var toCap = paced.Average(trial => trial.Age + trial.ToCap!.Value);
        return new TrialCost(toCap, 0.3 * toCap, 0.3 * toCap); // many end before the cap
    }

    /// <summary>Nothing has ended yet: by the pace of the other kinds that run.</summary>
    static TrialCost? Guess(double[] pace, TrialClass kind) => pace.Length == 0 ? null
        : new TrialCost(pace.Average() * kind.Work, 0.5 * pace.Average() * kind.Work, 0.5 * pace.Average() * kind.Work);

    static double Rest(RunningTrial trial, double mean)
    {
        var rest = trial.Age < mean ? mean - trial.Age : 0.1 * mean;
        return Math.Min(rest, trial.ToCap ?? double.MaxValue);
    }

    /// <summary>Trials that searches have still to begin, by class.</summary>
    /// <param name="rounds">Of searches that learn: how many draws must follow each other.</param>
    static Dictionary<TrialClass, int> Undrawn(StudyState state, TrialCosts costs, out Dictionary<TrialClass, double> rounds)
    {
        var trials = new Dictionary<TrialClass, int>();
        rounds = [];
        foreach (var search in state.Plan.Study.Nodes.OfType<SearchNode>())
        {
            var known = state.Searches.GetValueOrDefault(search.Id);
            if (known is { Ended: var ended, Total: var total } && ended == total) continue;
            if (state.Nodes[search.Id].Ended) continue;
            var draws = known?.Total ?? Samplers.Find(search.Sampler).Count(search);
            var brackets = search.Pruning?.Brackets ?? 1;
            var shares = new double[brackets];
            for (var draw = 0; draw < draws; draw++) shares[search.Pruning?.BracketOf(draw) ?? 0]++;
            for (var bracket = 0; bracket < brackets; bracket++)
            {
                var arriving = shares[bracket];
                for (var level = 0; level < (search.Pruning?.Levels(bracket) ?? 1); level++)
                {
                    var kind = costs.OfDraws(state, search, bracket, level);
                    var there = known?.Rungs[bracket][level].Line.Count ?? 0;
                    var missing = (int)Math.Ceiling(Math.Max(0, arriving - there)) * search.Replicates.Length;
                    trials[kind] = trials.GetValueOrDefault(kind) + missing;
                    if (level == 0 && Samplers.Find(search.Sampler).Learns) rounds[kind] = (draws - (known?.Drawn ?? 0)) / (state.Study.Lookahead + 1.0);
                    arriving = search.Pruning?.Rule == PruningRule.Median ? arriving / 2 : arriving / (search.Pruning?.Eta ?? 1);
                }
            }
        }
        return trials;
    }

    static double Square(double value) => value * value;
}
