using System.Collections.Immutable;
using System.Globalization;
using AtomSets.Studies;

namespace AtomSets.Engine;

/// <summary>
/// Shares a budget out among the searches of a plan, so that every mode and size is searched as thoroughly as the others: equal numbers of draws, or the same fraction
/// of the epochs that they could train. Runs that no search makes come first. Hours are watched while the study runs.
/// </summary>
sealed class BudgetPlanner(BudgetEntry budget, ProblemList problems, PlanBuilder plan)
{
    readonly List<CountedFact> _facts = [];

    public IReadOnlyList<CountedFact> Facts => _facts;

    /// <returns>The plan's nodes with their shares.</returns>
    public ImmutableArray<PlanNode> Apply()
    {
        var nodes = plan.Nodes;
        var searches = plan.Searches;
        if (budget.Trials is { } trials) searches = Draws(trials);
        if (budget.Epochs is { } epochs) searches = Shares(epochs, searches);
        foreach (var (place, node, _) in searches) nodes = nodes.SetItem(place, node);
        return nodes;
    }

    IReadOnlyList<(int Place, SearchNode Node, int Epochs)> Draws(int trials)
    {
        if (plan.Searches.Count == 0 || plan.Searches.Any(search => DrawsOf(search.Node) > 0))
        {
            var needed = plan.FixedRuns + plan.Searches.Sum(search => (long)DrawsOf(search.Node) * search.Node.Replicates.Length);
            if (needed > trials)
            {
                var advice = plan.Searches.Count == 0 ? "take fewer sizes or seeds"
                    : plan.Searches[0].Node.Sampler == "grid" ? "take fewer sizes, seeds or values, or sampler: random or tpe without trials, which draws what the budget allows"
                    : "take fewer sizes, seeds or draws, or leave out search.trials to draw what the budget allows";
                problems.Add(budget.Line, Text($"the study needs {needed} training runs, but its budget is {trials} trials: raise the budget, or {advice}"));
            }
            return plan.Searches;
        }
        var round = plan.Searches.Sum(search => search.Node.Replicates.Length);
        var draws = (int)((trials - plan.FixedRuns) / round);
        if (draws < 1)
        {
            problems.Add(budget.Line, Text($"the study needs {plan.FixedRuns + round} training runs at least ({plan.FixedRuns} that no search makes, and one draw for each of {plan.Searches.Count} searches), but its budget is {trials} trials: raise the budget, or take fewer sizes or seeds"));
            return plan.Searches;
        }
        _facts.Add(new CountedFact("budget", draws, Text($"a budget of {trials} training runs: {plan.FixedRuns} that no search makes, and {draws} draws for each of {plan.Searches.Count} searches")));
        return [.. plan.Searches.Select(search => search with { Node = search.Node with { Draws = draws } })];
    }

    IReadOnlyList<(int Place, SearchNode Node, int Epochs)> Shares(long epochs, IReadOnlyList<(int Place, SearchNode Node, int Epochs)> searches)
    {
        var left = epochs - plan.FixedEpochs;
        double planned = searches.Sum(Planned);
        if (left < 0 || (left == 0 && searches.Count > 0))
        {
            problems.Add(budget.Line, Text($"the runs that no search makes can train {plan.FixedEpochs} epochs, but the budget is {epochs}: raise the budget, lower training.epochs, or take fewer sizes or seeds"));
            return searches;
        }
        if (planned <= left) return searches; // also when nothing is searched
        // One draw of each search must fit, or there would be nothing to choose from.
        var narrow = searches.MaxBy(search => First(search) / Planned(search));
        var least = First(narrow) / Planned(narrow) * planned;
        if (least > left)
        {
            problems.Add(budget.Line, Text($"{Math.Ceiling(plan.FixedEpochs + least)} epochs are needed at least ({plan.FixedEpochs} for runs that no search makes, and one draw for each of {searches.Count} searches), but the budget is {epochs}: raise it, or lower training.epochs"));
            return searches;
        }
        _facts.Add(new CountedFact("budget", left, Text($"a budget of {epochs} epochs: at most {plan.FixedEpochs} for runs that no search makes, and for each of {searches.Count} searches {left / planned:P0} of what all its draws could train")));
        return [.. searches.Select(search => search with { Node = search.Node with { Share = new EpochShare((long)(Planned(search) / planned * left), search.Epochs) } })];
    }

    /// <summary>Epochs of all draws, were none pruned or stopped early.</summary>
    static double Planned((int Place, SearchNode Node, int Epochs) search) => (double)DrawsOf(search.Node) * search.Node.Replicates.Length * search.Epochs;

    /// <summary>Of a search that prunes, too: its best draw is trained to the end.</summary>
    static double First((int Place, SearchNode Node, int Epochs) search) => (double)search.Node.Replicates.Length * search.Epochs;

    /// <summary>0 where a sampler has no number yet.</summary>
    static int DrawsOf(SearchNode node) =>
        node.Sampler != "grid" || node.Space.OfType<FloatDimension>().Any(dimension => dimension.GridPoints == 0) ? node.Draws : Samplers.Find("grid").Count(node);

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
