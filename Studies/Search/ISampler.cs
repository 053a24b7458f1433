using System.Collections.Immutable;

namespace AtomSets.Studies;

/// <summary>Makes the draws of a search. Pure: the same arguments give the same draw, whoever asks and whenever.</summary>
public interface ISampler
{
    string Name { get; }

    /// <summary>Refuses a space that this sampler cannot draw from.</summary>
    /// <exception cref="StudyInputException"/>
    void Check(SearchNode search);

    /// <summary>How many draws the search makes in all.</summary>
    int Count(SearchNode search);

    /// <summary>Whether draws depend on the results of earlier ones.</summary>
    bool Learns { get; }

    /// <summary>Draw number <paramref name="number"/> (0-based).</summary>
    /// <param name="history">
    /// What came of earlier draws, oldest first, for samplers that learn. Of the last ones, from <paramref name="number"/> − lookahead on, only the
    /// values are told, so that the number of workers changes nothing.
    /// </param>
    ImmutableSortedDictionary<string, ParameterValue> Draw(SearchNode search, ulong studySeed, int number, IReadOnlyList<PastDraw> history);
}

/// <summary>An earlier draw, as a sampler sees it.</summary>
/// <param name="Rung">How far it came before it was pruned; more is further. 0 where nothing is pruned.</param>
/// <param name="Score">Mean validation score at that rung; null when it failed or is pending.</param>
/// <param name="IsPending">Its result is not waited for, and not told if it is there.</param>
public readonly record struct PastDraw(ImmutableSortedDictionary<string, ParameterValue> Values, int Rung, double? Score, bool IsPending = false);

/// <summary>The registered samplers.</summary>
public static class Samplers
{
    static readonly ImmutableArray<ISampler> All = [new GridSampler(), new RandomSampler(), new TpeSampler()];

    public static ImmutableArray<string> Names { get; } = [.. All.Select(sampler => sampler.Name)];

    /// <exception cref="StudyInputException">No sampler has this name.</exception>
    public static ISampler Find(string name) => All.FirstOrDefault(sampler => sampler.Name == name)
        ?? throw new StudyInputException($"There is no sampler '{name}'; there are {string.Join(", ", Names)}.");

    /// <summary>Refuses a search with an unknown sampler, an empty dimension, or a space that its sampler cannot draw from.</summary>
    /// <exception cref="StudyInputException"/>
    public static void Check(SearchNode search)
    {
        foreach (var dimension in search.Space)
        {
            var fault = dimension switch
            {
                IntDimension { Step: < 1 } d => $"step is {d.Step}, but must be at least 1",
                IntDimension d when d.High < d.Low => $"high is {d.High}, but must not be below low = {d.Low}",
                FloatDimension d when !double.IsFinite(d.Low) || !double.IsFinite(d.High) || d.High < d.Low => $"low = {d.Low}, high = {d.High}: both must be finite and high not below low",
                FloatDimension { Log: true } d when d.Low <= 0 => $"low is {d.Low}, but a logarithmic range must begin above 0",
                FloatDimension { GridPoints: < 0 } d => $"gridPoints is {d.GridPoints}, but must not be negative",
                ChoiceDimension { Values.IsDefaultOrEmpty: true } => "the list of choices is empty",
                _ => null,
            };
            if (fault is not null) throw new StudyInputException($"Dimension '{dimension.Name}' of search '{search.Id}': {fault}.");
            CheckCondition(search, dimension);
        }
        Find(search.Sampler).Check(search);
    }

    static void CheckCondition(SearchNode search, SearchDimension dimension)
    {
        if (dimension.When is not { } when) return;
        var at = search.Space.IndexOf(dimension);
        if (search.Space.Take(at).FirstOrDefault(other => other.Name == when.Dimension) is not { } asked)
            throw new StudyInputException($"Dimension '{dimension.Name}' of search '{search.Id}' depends on '{when.Dimension}', which must be a dimension listed before it.");
        if (asked is ChoiceDimension choice && when.Values.FirstOrDefault(value => !choice.Values.Contains(value)) is { } odd)
            throw new StudyInputException($"Dimension '{dimension.Name}' of search '{search.Id}' is drawn when '{when.Dimension}' is {odd}, which is none of its choices.");
    }
}
