using System.Collections.Immutable;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

public sealed class SamplerTests
{
    static readonly SpecTemplate Template = new("""{"kind":"train"}""");

    [Fact]
    public void Grid_has_every_combination_once_the_last_dimension_fastest()
    {
        var search = Search("grid", 0, new IntDimension("layers", 1, 5, 2), new FloatDimension("rate", 1e-4, 1e-2, Log: true, GridPoints: 3));
        var sampler = Samplers.Find("grid");
        Assert.Equal(9, sampler.Count(search));
        var draws = Enumerable.Range(0, 9).Select(number => sampler.Draw(search, 1, number, [])).ToArray();
        Assert.Equal([1, 1, 1, 3, 3, 3, 5, 5, 5], draws.Select(draw => ((ParameterValue.Whole)draw["layers"]).Value));
        double[] expected = [1e-4, 1e-3, 1e-2];
        for (var i = 0; i < 9; i++) Assert.Equal(expected[i % 3], ((ParameterValue.Real)draws[i]["rate"]).Value, 15);
        Assert.Equal(1e-2, ((ParameterValue.Real)draws[2]["rate"]).Value);
    }

    [Fact]
    public void Random_draw_is_a_function_of_seed_and_number_alone()
    {
        var search = Search("random", 10, new FloatDimension("rate", 1e-4, 1e-2, Log: true), new IntDimension("layers", 1, 3));
        var wider = search with { Space = search.Space.Add(new FloatDimension("more", 0, 1)), Draws = 100 };
        var sampler = Samplers.Find("random");
        for (var number = 9; number >= 0; number--)
        {
            Assert.Equal(sampler.Draw(search, 5, number, []), sampler.Draw(search, 5, number, []));
            Assert.Equal(sampler.Draw(search, 5, number, []), sampler.Draw(wider, 5, number, []).Remove("more"));
        }
        Assert.NotEqual(sampler.Draw(search, 5, 0, [])["rate"], sampler.Draw(search, 6, 0, [])["rate"]);
        Assert.NotEqual(sampler.Draw(search, 5, 0, [])["rate"], sampler.Draw(search, 5, 1, [])["rate"]);
    }

    [Fact]
    public void Random_draws_fill_their_ranges_evenly()
    {
        ImmutableArray<ParameterValue> words = [new ParameterValue.Word("a"), new ParameterValue.Word("b")];
        var search = Search(
            "random", 6000, new FloatDimension("log", 1e-4, 1, Log: true), new FloatDimension("flat", -1, 3), new IntDimension("int", 10, 20, 5), new ChoiceDimension("word", words));
        var sampler = Samplers.Find("random");
        var draws = Enumerable.Range(0, 6000).Select(number => sampler.Draw(search, 1, number, [])).ToArray();
        // Six standard errors of a binomial count: 6·√(n·p·(1−p)).
        Near(1500, 202, draws.Count(draw => ((ParameterValue.Real)draw["log"]).Value < 1e-3));
        Near(1500, 202, draws.Count(draw => ((ParameterValue.Real)draw["flat"]).Value < 0));
        foreach (var value in new long[] { 10, 15, 20 }) Near(2000, 220, draws.Count(draw => draw["int"] == new ParameterValue.Whole(value)));
        Near(3000, 233, draws.Count(draw => draw["word"] == words[0]));
        Assert.All(draws, draw => Assert.InRange(((ParameterValue.Real)draw["flat"]).Value, -1, 3));

        static void Near(int expected, int off, int actual) => Assert.InRange(actual, expected - off, expected + off);
    }

    [Fact]
    public void Tpe_draws_nothing_twice_and_keeps_away_from_what_is_in_training()
    {
        var search = Search("tpe", 100, new IntDimension("a", 0, 9), new IntDimension("b", 0, 9));
        var sampler = Samplers.Find("tpe");
        var history = new List<PastDraw>();
        for (var number = 0; number < 90; number++)
        {
            var draw = sampler.Draw(search, 1, number, history);
            // The first ten are random. Later ones repeat nothing, not even when the good ones all lie together.
            if (number >= 10) Assert.DoesNotContain(history, past => past.Values.SequenceEqual(draw));
            var (a, b) = (((ParameterValue.Whole)draw["a"]).Value, ((ParameterValue.Whole)draw["b"]).Value);
            history.Add(new PastDraw(draw, 0, Math.Abs(a - 4) + Math.Abs(b - 4)));
        }

        var flat = Search("tpe", 100, new FloatDimension("x", 0, 1));
        var known = Enumerable.Range(0, 40).Select(i => new PastDraw(At(i / 40.0), 0, Math.Abs((i / 40.0) - 0.5))).ToArray();
        var pending = Enumerable.Range(0, 16).Select(i => new PastDraw(At(0.45 + (i / 320.0)), 0, null, IsPending: true)).ToArray();
        Assert.True(Near([.. known, .. pending]) < Near(known));

        int Near(PastDraw[] past) => Enumerable.Range(0, 200).Count(number => Math.Abs(((ParameterValue.Real)sampler.Draw(flat, 1, number, past)["x"]).Value - 0.475) < 0.025);

        static ImmutableSortedDictionary<string, ParameterValue> At(double x) =>
            ImmutableSortedDictionary.Create<string, ParameterValue>(StringComparer.Ordinal).Add("x", new ParameterValue.Real(x));
    }

    [Fact]
    public void Tpe_kernels_of_whole_numbers_reach_the_neighbours()
    {
        ParameterValue Whole(long n) => new ParameterValue.Whole(n);
        foreach (var step in new[] { 1, 5 })
        {
            var kernels = KernelRow.Of(new IntDimension("n", 0, 3 * step, step), [.. Enumerable.Repeat(Whole(step), 25)], dimensions: 2);
            // A normal density half a cell wide: 68 % in the middle cell, 16 % in each neighbour and beyond.
            Assert.Equal(0.68, Math.Exp(kernels.LogOf(0, Whole(step))), 0.01);
            Assert.Equal(0.157, Math.Exp(kernels.LogOf(0, Whole(0))), 0.01);
        }
    }

    [Fact]
    public void Unknown_sampler_and_impossible_spaces_are_refused()
    {
        Refused("There is no sampler 'annealing'; there are grid, random, tpe", Search("annealing", 3));
        Refused("asks for 0 draws", Search("random", 0));
        Refused("'rate' of grid search 'search' is continuous", Search("grid", 0, new FloatDimension("rate", 0, 1)));
        Refused("must begin above 0", Search("random", 1, new FloatDimension("rate", 0, 1, Log: true)));
        Refused("high is 1, but must not be below low = 2", Search("random", 1, new IntDimension("n", 2, 1)));
        Refused("list of choices is empty", Search("random", 1, new ChoiceDimension("c", [])));
        Refused("more than 1000000 points", Search("grid", 0, new IntDimension("a", 1, 2000), new IntDimension("b", 1, 2000)));
    }

    static void Refused(string reason, SearchNode search) =>
        Assert.Contains(reason, Assert.Throws<StudyInputException>(() => Samplers.Check(search)).Message, StringComparison.Ordinal);

    static SearchNode Search(string sampler, int draws, params SearchDimension[] space) => new("search", sampler, draws, [.. space], [Template]);
}
