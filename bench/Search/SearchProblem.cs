using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AtomSets.Studies;

namespace AtomSets.Bench;

/// <summary>Something to search: a space, and what a configuration of it comes to. A trial takes <see cref="Epochs"/> epochs and may pause at <see cref="Rungs"/>.</summary>
abstract class SearchProblem
{
    public const int Epochs = 27;

    public static readonly ImmutableArray<int> Rungs = [1, 3, 9];

    public abstract string Name { get; }

    public abstract ImmutableArray<SearchDimension> Space { get; }

    /// <param name="drawn">Values by dimension; those that depend on another are missing where they do not matter.</param>
    /// <param name="epoch">One of <see cref="Rungs"/>, or <see cref="Epochs"/>.</param>
    /// <param name="seed">Of the game.</param>
    /// <returns>How far above the least value of all configurations.</returns>
    public abstract double ValueAt(JsonObject drawn, int epoch, ulong seed);
}

/// <summary>A test function as if its value came of a training: it falls from above.</summary>
sealed class FunctionProblem(TestFunction function) : SearchProblem
{
    public override string Name => function.Name;

    public override ImmutableArray<SearchDimension> Space { get; } =
        [.. Enumerable.Range(0, function.Dimensions).Select(i => new FloatDimension(FormattableString.Invariant($"x{i}"), function.Low, function.High))];

    /// <summary>After so many epochs the value is above the last by an amount that differs from trial to trial, so that early ranks mislead at times.</summary>
    public override double ValueAt(JsonObject drawn, int epoch, ulong seed)
    {
        double[] x = [.. Space.Select(dimension => drawn[dimension.Name]!.GetValue<double>())];
        var last = function.Value(x);
        if (epoch >= Epochs) return last;
        var luck = new KeyedStream(seed, FormattableString.Invariant($"curve/{function.Name}/{x[0]:R}/{x[^1]:R}")).Uniform(0);
        return last + ((0.5 + luck) * (1 + last) / epoch);
    }
}
