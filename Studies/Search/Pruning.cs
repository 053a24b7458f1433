using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace AtomSets.Studies;

public enum PruningRule
{
    /// <summary>Asynchronous successive halving (L. Li et al., MLSys 2, 230, 2020): the best 1/η of a rung go on.</summary>
    Asha,

    /// <summary>Hyperband (L. Li et al., JMLR 18, 185, 2018): successive halving with several first rungs, draws shared out among these.</summary>
    Hyperband,

    /// <summary>What is not worse than the median of a rung goes on.</summary>
    Median,
}

/// <summary>
/// How a search stops what does not promise. Every draw pauses at its rungs; a paused draw is a finished trial with a checkpoint, and going on is
/// another trial that starts from it, so that nothing is computed twice and every decision is in the log.
/// </summary>
/// <remarks>
/// Decided in cohorts: draws stand in line at each rung in the order in which they came to it (draw number at the first, order of decision further up); when the next
/// few in line have ended there, each of them goes on or is pruned, for good, by its rank among all decided so far. So the decisions do not depend on
/// the number of workers or on who was quicker.
/// </remarks>
/// <param name="Rungs">Epochs at which draws pause, rising; after the last one they train to their end.</param>
/// <param name="Eta">η: one in so many goes on; also the size of a cohort.</param>
/// <param name="Startup">Median only: so many draws of a rung go on without question.</param>
public sealed record Pruning(PruningRule Rule, ImmutableArray<int> Rungs, int Eta = 3, int Startup = 5)
{
    /// <summary>How many different first rungs there are.</summary>
    public int Brackets => Rule == PruningRule.Hyperband ? Rungs.Length + 1 : 1;

    /// <summary>Trials of a draw that is never pruned.</summary>
    public int Levels(int bracket) => Rungs.Length - bracket + 1;

    /// <summary>Where a draw pauses at a level; null at its last.</summary>
    public int? Until(int bracket, int level) => bracket + level < Rungs.Length ? Rungs[bracket + level] : null;

    /// <summary>
    /// Which bracket a draw belongs to. Hyperband's shares: bracket b (of B + 1) gets ⌈(B + 1)/(B − b + 1)·η^(B − b)⌉ draws in a round, those that start lowest first.
    /// </summary>
    public int BracketOf(int draw)
    {
        if (Brackets == 1) return 0;
        var shares = Enumerable.Range(0, Brackets).Select(Share).ToArray();
        var place = draw % shares.Sum();
        for (var bracket = 0; ; bracket++)
        {
            if (place < shares[bracket]) return bracket;
            place -= shares[bracket];
        }

        int Share(int bracket) => (int)Math.Ceiling((double)Brackets / (Brackets - bracket) * Math.Pow(Eta, Brackets - 1 - bracket));
    }

    /// <summary>Whether a draw goes on from a rung.</summary>
    /// <param name="rank">0 for the best of all that were decided at the rung, its own cohort included.</param>
    /// <param name="count">How many these are.</param>
    public bool GoesOn(int rank, int count) => Rule == PruningRule.Median
        ? count <= Startup || rank < (count + 1) / 2
        : rank < Math.Max(1, count / Eta);

    /// <exception cref="StudyInputException"/>
    public void Check(string search)
    {
        var fault = Rungs.IsDefaultOrEmpty ? "has no rungs"
            : Rungs[0] < 1 || Rungs.Zip(Rungs.Skip(1)).Any(pair => pair.Second <= pair.First) ? $"has the rungs {string.Join(", ", Rungs)}, which must rise from at least 1"
            : Eta < 2 ? $"has η = {Eta}, which must be at least 2"
            : Startup < 0 ? $"has startup = {Startup}, which must not be negative"
            : null;
        if (fault is not null) throw new StudyInputException($"The pruning of search '{search}' {fault}.");
    }
}

/// <summary>A trial between two rungs.</summary>
/// <param name="Until">Pause after this epoch; null: train to the end.</param>
/// <param name="From">The node whose checkpoint is the start; null: from the beginning.</param>
sealed record RungStep(int? Until, string? From)
{
    /// <summary>As it stands in the spec: <c>{"until":9,"from":"key of the trial before"}</c>.</summary>
    public JsonObject ToJson(Func<string, TrialKey> key)
    {
        var json = new JsonObject();
        if (Until is { } until) json["until"] = until;
        if (From is { } from) json["from"] = key(from).Hex;
        return json;
    }
}
