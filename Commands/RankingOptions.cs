using System.CommandLine;
using System.Globalization;
using AtomSets.Training;

namespace AtomSets.Commands;

/// <summary>The options of <c>predict</c> that make a screening of it: the first of a ranking instead of a row for every input.</summary>
sealed class RankingOptions
{
    const int UsualTop = 100;

    readonly Option<string?> _rank = new("--rank") { Description = "Print the first of a ranking alone: ascending (the lowest first) or descending.", HelpName = "ascending|descending" };

    readonly Option<int?> _top = new("--top")
    {
        Description = $"Length of the ranked list; default: {UsualTop}.",
        HelpName = "n",
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var top) && top > 0) return top;
            result.AddError($"--top {result.Tokens[0].Value}: must be a whole number, at least 1");
            return null;
        },
    };

    readonly Option<string?> _by = new("--by") { Description = "What is ranked: value (the default), low or high (ends of the interval), uncertainty (of a Gaussian process or an ensemble).", HelpName = "value|low|high|uncertainty" };

    public RankingOptions()
    {
        _rank.AcceptOnlyFromAmong("ascending", "descending");
        _by.AcceptOnlyFromAmong("value", "low", "high", "uncertainty");
    }

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_rank, _top, _by]) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_rank) is null && (result.GetValue(_top) is not null || result.GetValue(_by) is not null)) result.AddError("--top and --by go with --rank ascending or --rank descending");
        });
    }

    /// <summary>What is asked for; null: no ranking.</summary>
    /// <param name="result">The line.</param>
    /// <param name="hasIntervals">Whether the model gives the intervals that are asked for.</param>
    /// <param name="hasDeviations">Whether the model says of its own how sure it is.</param>
    /// <exception cref="TrainingInputException">The model has not what is to be ranked.</exception>
    public PredictionRanking? Read(ParseResult result, bool hasIntervals, bool hasDeviations)
    {
        if (result.GetValue(_rank) is not { } order) return null;
        var by = Enum.Parse<RankedBy>(result.GetValue(_by) ?? nameof(RankedBy.Value), ignoreCase: true);
        if (by is RankedBy.Low or RankedBy.High && !hasIntervals) throw new TrainingInputException($"--by {result.GetValue(_by)}: there are no intervals to rank by; rank by value, or take a model that was trained here");
        if (by == RankedBy.Uncertainty && !hasDeviations)
            throw new TrainingInputException("--by uncertainty: the model is as sure of every input as of any other; take a Gaussian process (kind: gp) or an ensemble");
        return new PredictionRanking(by, order == "ascending", result.GetValue(_top) ?? UsualTop);
    }
}
