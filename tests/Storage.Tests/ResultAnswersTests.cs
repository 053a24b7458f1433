using System.Globalization;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Storage.Tests;

/// <summary>Every question of <c>results</c> over two generated studies, against answers computed here from the runs that went in.</summary>
public sealed class ResultAnswersTests(ResultAnswersTests.Filled filled) : IClassFixture<ResultAnswersTests.Filled>
{
    static readonly CancellationToken None = CancellationToken.None;
    static readonly AnswerPage All = new(0);

    ResultAnswers Answers => new(filled.Test.Database);

    CostQueries Costs => new(filled.Test.Database);

    StudyComparison Comparison => new(filled.Test.Database);

    static IEnumerable<StudyWriter.Run> Alpha => Filled.Alpha;

    static IEnumerable<(string Study, StudyWriter.Run Run)> Both => Filled.Alpha.Select(run => ("alpha", run)).Concat(Filled.Beta.Select(run => ("beta", run)));

    [PostgresFact]
    public async Task The_best_configuration_has_the_lowest_mean_validation_error_of_those_that_ended_well()
    {
        var answer = await Answers.BestAsync(new ResultFilter(), [], All, None);
        var expected = Both.GroupBy(one => (one.Run.Property, one.Run.Size)).OrderBy(place => place.Key.Property, StringComparer.Ordinal).ThenBy(place => place.Key.Size).Select(place => place
            .GroupBy(one => (one.Study, one.Run.Group)).Where(group => group.All(one => one.Run.Validation is not null) && group.Any(one => one.Run.Rung is null))
            .Select(group => (place.Key.Size, group.Key.Study, group.Key.Group, Error: group.Where(one => one.Run.Rung is null).Average(one => one.Run.Validation!.Value))).MinBy(group => group.Error)).ToList();
        Assert.Equal(expected.Select(one => ((long)one.Size, one.Study, one.Group)), answer.Rows.Select(row => ((long)row[answer["size"]]!, (string)row[answer["study"]]!, (string)row[answer["configuration"]]!)));
        Assert.All(expected.Zip(answer.Rows), pair => Assert.Equal(pair.First.Error, (double)pair.Second[answer["validation"]]!, 1e-9));
        // By other columns, and restricted, it goes another way through the tables.
        foreach (var study in new[] { "alpha", "beta" })
        {
            var own = await Answers.BestAsync(new ResultFilter { Studies = [study] }, [], All, None);
            var byStudy = (await Answers.BestAsync(new ResultFilter(), [ResultColumn.Study, ResultColumn.DataSet, ResultColumn.Property, ResultColumn.Size], All, None)).Rows.Where(row => row[3] is string name && name == study);
            Assert.Equal(own.Rows.Select(row => row[own["configuration"]]), byStudy.Select(row => row[own["configuration"]]));
        }
        Assert.Equal(answer.Rows.Where(row => row[answer["size"]] is 50L).Select(row => row[answer["configuration"]]), (await Answers.BestAsync(new ResultFilter { Sizes = [50] }, [], All, None)).Rows.Select(row => row[answer["configuration"]]));
    }

    [PostgresFact]
    public async Task Transfer_is_compared_with_scratch_in_pairs_of_the_same_size_fold_and_seed()
    {
        var answer = await Answers.TransferAsync(new ResultFilter { Studies = ["alpha"] }, [], All, None);
        var scratch = Alpha.Where(run => run is { Mode: "scratch", Test: not null, Validation: not null, Target: "dear" }).ToDictionary(run => (run.Size, run.Seed, run.Fold), run => run.Test!.Value);
        var expected = Alpha.Where(run => run.Mode != "scratch" && run is { Test: not null, Validation: not null } && scratch.ContainsKey((run.Size, run.Seed, run.Fold))).GroupBy(run => (run.Mode, run.Size)).ToList();
        Assert.Equal(expected.Count, answer.Rows.Count);
        foreach (var cell in expected)
        {
            var row = Assert.Single(answer.Rows, row => row[answer["mode"]] is string mode && mode == cell.Key.Mode && row[answer["size"]] is long size && size == cell.Key.Size);
            var pairs = cell.Select(run => (Error: run.Test!.Value, Scratch: scratch[(run.Size, run.Seed, run.Fold)])).ToList();
            Assert.Equal(((long)pairs.Count, (long)pairs.Count(pair => pair.Error < pair.Scratch)), ((long)row[answer["pairs"]]!, (long)row[answer["wins"]]!));
            Assert.Equal(pairs.Average(pair => pair.Error), (double)row[answer["transfer"]]!, 1e-9);
            Assert.Equal(pairs.Average(pair => pair.Scratch), (double)row[answer["scratch"]]!, 1e-9);
            Assert.Equal(pairs.Sum(pair => pair.Error) / pairs.Sum(pair => pair.Scratch), (double)row[answer["ratio"]]!, 1e-9);
        }
        var total = await Answers.TransferAsync(new ResultFilter { Studies = ["alpha"] }, [ResultColumn.Mode], All, None);
        Assert.Equal(expected.Where(cell => cell.Key.Mode == "full").Sum(cell => cell.Count()), (long)total.Rows.Single(row => row[0] is "full")[total["pairs"]]!);
    }

    [PostgresFact]
    public async Task Error_against_size_is_the_mean_test_error_or_the_best_validation_error()
    {
        var answer = await Answers.SizesAsync(new ResultFilter { Studies = ["alpha"] }, All, None);
        var cells = Alpha.Where(run => run.Rung is null).GroupBy(run => (run.Target, run.Mode, run.Size)).ToList();
        Assert.Equal(cells.Count(cell => cell.Any(run => run.Validation is not null)), answer.Rows.Count);
        foreach (var row in answer.Rows)
        {
            var cell = cells.Single(cell => cell.Key == ((string)row[answer["target"]]!, (string)row[answer["mode"]]!, (int)(long)row[answer["size"]]!));
            var tested = cell.Where(run => run is { Test: not null, Validation: not null }).Select(run => run.Test!.Value).ToList();
            var expected = tested.Count > 0 ? tested.Average()
                : cell.GroupBy(run => run.Group).Where(group => group.All(run => run.Validation is not null)).Min(group => group.Average(run => run.Validation!.Value));
            Assert.Equal(tested.Count > 0 ? "test" : "validation", row[answer["rows"]]);
            Assert.Equal(expected, (double)row[answer["error"]]!, 1e-9);
            if (tested.Count > 1) Assert.Equal(Math.Sqrt(tested.Sum(e => (e - expected) * (e - expected)) / (tested.Count - 1) / tested.Count), (double)row[answer["error_se"]]!, 1e-6);
        }
        var points = await Answers.SizePointsAsync(new ResultFilter { Studies = ["alpha"] }, None);
        Assert.Equal(Alpha.Where(run => run is { Test: not null, Validation: not null }).Select(run => run.Test!.Value).Order(), points.Rows.Select(row => (double)row[points["error"]]!).Order());
    }

    [PostgresFact]
    public async Task A_point_that_was_not_tested_is_the_mean_of_its_configurations_replicates()
    {
        var test = new TestDatabase();
        await test.InitializeAsync();
        try
        {
            // The best of the two draws at 50 by mean, not by its best run; at 100 one of two failed; at 200 there are test errors.
            StudyWriter.Run[] runs =
            [
                new("search/0", 0, "scratch", 50, 1, 1, null) { Rate = 0.1, Rung = 1 }, new("search/0", 0, "scratch", 50, 1, 1, null) { Rate = 0.1 }, new("search/0", 1, "scratch", 50, 2, 9, null) { Rate = 0.1 },
                new("search/1", 0, "scratch", 50, 1, 3, null) { Rate = 0.2 }, new("search/1", 1, "scratch", 50, 2, 5, null) { Rate = 0.2 },
                new("scratch/100", 0, "scratch", 100, 1, 2, null), new("scratch/100", 1, "scratch", 100, 2, null, null),
                new("scratch/200", 0, "scratch", 200, 1, 2, 7), new("scratch/200", 1, "scratch", 200, 2, 2, 8),
            ];
            var writer = new StudyWriter(test.Database);
            await writer.CreateAsync("gamma", runs);
            await writer.FinishAsync("gamma", runs);
            var answers = new ResultAnswers(test.Database);
            var points = await answers.SizesAsync(new ResultFilter { Studies = ["gamma"] }, All, None);
            Assert.Equal([(50L, "validation", 4.0), (200L, "test", 7.5)], points.Rows.Select(row => ((long)row[points["size"]]!, (string)row[points["rows"]]!, (double)row[points["error"]]!)));
            foreach (var filter in new[] { new ResultFilter(), new ResultFilter { Studies = ["gamma"], Modes = ["scratch"] } })
            {
                var replicates = await answers.SizeReplicatesAsync(filter, None);
                Assert.Equal([(50L, 3.0), (50L, 5.0)], replicates.Rows.Select(row => ((long)row[replicates["size"]]!, (double)row[replicates["error"]]!)).Order());
            }
        }
        finally
        {
            await test.DisposeAsync();
        }
    }

    [PostgresFact]
    public async Task All_trials_of_a_model_are_found_by_its_name_or_its_family_page_by_page()
    {
        var names = Both.Where(one => one.Run.Model == "sets").Select(one => (one.Study, one.Run.Node)).ToList();
        Assert.Equal(names, Nodes(await Answers.TrialsAsync(new ResultFilter { Models = ["sets"] }, All, None)));
        Assert.Equal(names, Nodes(await Answers.TrialsAsync(new ResultFilter { Models = ["atomsets"] }, All, None)));
        Assert.Equal(Both.Count(), (await Answers.TrialsAsync(new ResultFilter { Models = ["atomsets", "sets", "megnet"] }, All, None)).Rows.Count);
        var pages = new List<(string, string)>();
        for (var offset = 0; ; offset += 5)
        {
            var page = await Answers.TrialsAsync(new ResultFilter { Models = ["sets"], Studies = ["alpha"] }, new AnswerPage(5, offset), None);
            pages.AddRange(Nodes(page));
            if (!page.More) break;
            Assert.Equal(5, page.Rows.Count);
        }
        Assert.Equal(names.Where(one => one.Study == "alpha"), pages);
        var row = (await Answers.TrialsAsync(new ResultFilter { Studies = ["alpha"], Modes = ["full"], Sizes = [50], Seeds = [1] }, All, None)).Rows[0];
        Assert.Contains("finished", row);

        static IEnumerable<(string, string)> Nodes(AnswerTable answer) => answer.Rows.Select(row => ((string)row[answer["study"]]!, (string)row[answer["node"]]!));
    }

    [PostgresFact]
    public async Task Learning_curves_come_by_trial_by_group_and_of_the_best()
    {
        var run = Alpha.First(run => run.Validation is not null);
        var one = await Answers.CurvesAsync(new ResultFilter { Studies = ["alpha"] }, null, run.Spec.Key.Hex[..12], All, None);
        Assert.Equal([(1L, 2 * run.Validation!.Value), (2L, run.Validation.Value)], one.Rows.Select(row => ((long)row[one["epoch"]]!, (double)row[one["validation"]]!)));
        var group = await Answers.CurvesAsync(new ResultFilter { Studies = ["alpha"] }, [run.Group], null, All, None);
        Assert.Equal(2 * Alpha.Count(other => other.Group == run.Group && other.Validation is not null), group.Rows.Count);
        var best = await Answers.BestAsync(new ResultFilter(), [], All, None);
        var expected = best.Rows.SelectMany(row => Both.Where(run => run.Study == (string)row[best["study"]]! && run.Run.Group == (string)row[best["configuration"]]!)).Select(run => (run.Study, run.Run.Node)).ToHashSet();
        var curves = await Answers.BestCurvesAsync(new ResultFilter(), All, None);
        Assert.Equal(expected, curves.Rows.Select(row => ((string)row[curves["study"]]!, (string)row[curves["node"]]!)).ToHashSet());
        Assert.Equal(2 * expected.Count, curves.Rows.Count);
        var seed = Both.Where(run => expected.Contains((run.Study, run.Run.Node))).Select(run => run.Run.Seed).Min();
        var ofSeed = await Answers.BestCurvesAsync(new ResultFilter { Seeds = [seed] }, All, None);
        Assert.Equal(2 * Both.Count(run => run.Run.Seed == seed && expected.Contains((run.Study, run.Run.Node))), ofSeed.Rows.Count);
        var page = await Answers.CurvesAsync(new ResultFilter(), null, null, new AnswerPage(3), None);
        Assert.True(page is { More: true, Rows.Count: 3 });
    }

    [PostgresFact]
    public async Task Residuals_are_predictions_minus_truths_and_the_worst_materials_their_means()
    {
        var filter = new ResultFilter { Studies = ["alpha"], Modes = ["full"], Targets = ["dear"] };
        var runs = Alpha.Where(run => run is { Mode: "full", Test: not null, Validation: not null }).ToList();
        var residuals = await Answers.ResidualsAsync(filter, [], null, All, None);
        Assert.Equal(runs.SelectMany(run => run.Residuals).Select(value => Math.Round(value, 6)), residuals.Rows.Select(row => Math.Round((double)row[residuals["residual"]]!, 6)));
        Assert.Equal(runs.Count, (await Answers.ResidualsAsync(filter, ["b"], null, All, None)).Rows.Count);
        var single = await Answers.ResidualsAsync(filter, [], runs[0].Spec.Key.Hex, All, None);
        Assert.Equal(["b", "c", "a"], single.Rows.Select(row => (string)row[single["material"]]!)); // the largest first

        // Whole modes come from the summary, some seeds or sizes from the predictions.
        foreach (var (narrow, some) in new[] { (filter, runs), (filter with { Sizes = [50] }, [.. runs.Where(run => run.Size == 50)]), (filter with { Sizes = [50, 100, 200], Seeds = [1, 2, 3] }, runs) })
        {
            var worst = await Answers.WorstAsync(narrow, All, None);
            Assert.Equal(["b", "c", "a"], worst.Rows.Select(row => (string)row[worst["material"]]!));
            var error = some.Average(run => run.Test!.Value);
            Assert.Equal([1.5 * error, error, 0.5 * error], worst.Rows.Select(row => (double)row[worst["mean_error"]]!), (a, b) => Math.Abs(a - b) < 1e-9);
            Assert.Equal([1.5 * error, error, -0.5 * error], worst.Rows.Select(row => (double)row[worst["mean_residual"]]!), (a, b) => Math.Abs(a - b) < 1e-9);
            Assert.Equal([101.0, 102, 100], worst.Rows.Select(row => Math.Round((double)row[worst["truth"]]!, 9)));
            Assert.All(worst.Rows, row => Assert.Equal(some.Count, (long)row[worst["predictions"]]!));
        }
        // Errors of different properties have ranks of their own.
        var all = await Answers.WorstAsync(new ResultFilter(), new AnswerPage(1), None);
        Assert.Equal([("band", 1L), ("peak", 1L)], all.Rows.Select(row => ((string)row[all["property"]]!, (long)row[all["rank"]]!)));
    }

    [PostgresFact]
    public async Task Time_is_summed_by_study_model_and_worker_and_each_trial_once_over_all()
    {
        double Spent(IEnumerable<StudyWriter.Run> runs) => runs.Sum(run => run.Validation is null ? 0 : run.Seconds + (run.Test is null ? 0 : 1)) / 3600;
        var studies = await Costs.CostAsync(new ResultFilter(), [], All, None);
        foreach (var (name, runs) in new[] { ("alpha", Filled.Alpha), ("beta", Filled.Beta) })
        {
            var row = Assert.Single(studies.Rows, row => row[0] is string study && study == name);
            Assert.Equal(Spent(runs), (double)row[studies["core_hours"]]!, 1e-9);
            Assert.Equal(runs.Sum(run => run.Validation is null ? 0 : run.Test is null ? 1 : 2), (long)row[studies["trials"]]!);
        }
        var workers = await Costs.CostAsync(new ResultFilter(), ["machine"], All, None);
        var distinct = Filled.Alpha.Concat(Filled.Beta).DistinctBy(run => run.Spec.Key).ToList();
        Assert.Equal(Spent(distinct), workers.Rows.Sum(row => (double)row[workers["core_hours"]]!), 1e-9);
        var perWorker = await Costs.CostAsync(new ResultFilter { Studies = ["alpha"] }, ["worker"], All, None);
        Assert.Equal(Filled.Alpha.Where(run => run.Validation is not null).Select(run => run.Worker).Distinct().Count(), perWorker.Rows.Count);
        Assert.Equal(Spent(Filled.Alpha), perWorker.Rows.Sum(row => (double)row[perWorker["core_hours"]]!), 1e-9);
        var models = await Costs.CostAsync(new ResultFilter { Studies = ["alpha"] }, ["model"], All, None);
        Assert.Equal(Spent(Filled.Alpha.Where(run => run.Model == "sets")), (double)models.Rows.Single(row => row[0] is "sets")[models["core_hours"]]!, 1e-9);
        var dearest = await Costs.CostAsync(new ResultFilter { Studies = ["alpha"] }, ["trial"], new AnswerPage(1), None);
        var run = Filled.Alpha.Where(run => run.Validation is not null).MaxBy(run => run.Seconds + (run.Test is null ? 0 : 1))!;
        Assert.Equal(run.Spec.Key.Hex[..12], dearest.Rows[0][dearest["trial"]]);
        Assert.True(dearest.More);
        await Assert.ThrowsAsync<StudyInputException>(() => Costs.CostAsync(new ResultFilter(), ["colour"], All, None));
        await Assert.ThrowsAsync<StudyInputException>(() => Costs.CostAsync(new ResultFilter { Studies = ["alpha"] }, ["device"], All, None));
    }

    [PostgresFact]
    public async Task Two_studies_differ_by_settings_configurations_and_results()
    {
        var answer = await Comparison.CompareAsync("alpha", "beta", [], All, None);
        object?[] Row(string what, string name) => Assert.Single(answer.Rows, row => row[0] is string kind && kind == what && row[1] is string text && text == name);
        var common = Filled.Alpha.Select(run => run.Spec.Key).Intersect(Filled.Beta.Select(run => run.Spec.Key)).Count();
        Assert.Equal((long)common, Row("study", "trials of both")[2]);
        Assert.Equal((long)Filled.Beta.Count(run => run is { Rung: null, Validation: not null }), Row("study", "finished runs")[3]);
        // Full transfer was learnt at another rate; what both drew in their searches is no difference.
        var change = Assert.Single(answer.Rows, row => row[0] is "setting");
        Assert.Equal(("training.learning_rate of transfer dear full mp net", "0.001", "0.002"), ((string)change[1]!, (string)change[2]!, (string)change[3]!));
        Assert.Equal(["features:V1/50", "features:V1/100", "features:V1/200"], answer.Rows.Where(row => row[0] is "only in A" && ((string)row[1]!).StartsWith("features", StringComparison.Ordinal)).Select(row => (string)row[1]!));
        Assert.Equal(["new-head/50"], answer.Rows.Where(row => row[0] is "only in B").Select(row => (string)row[1]!));
        var full = Row("result", "transfer dear full mp 4000 net n50 test");
        double Mean(IEnumerable<StudyWriter.Run> runs) => runs.Where(run => run is { Mode: "full", Size: 50, Validation: not null, Test: not null }).Average(run => run.Test!.Value);
        Assert.Equal(Mean(Filled.Alpha), (double)full[2]!, 1e-9);
        Assert.Equal(Mean(Filled.Beta), (double)full[3]!, 1e-9);
        Assert.Equal(Mean(Filled.Beta) / Mean(Filled.Alpha), (double)full[7]!, 1e-9);
        Assert.All((await Comparison.CompareAsync("alpha", "beta", ["result"], All, None)).Rows, row => Assert.Equal("result", row[0]));
        await Assert.ThrowsAsync<StudyNotFoundException>(() => Comparison.CompareAsync("alpha", "absent", [], All, None));
    }

    /// <summary>Two studies: four ways of transfer, sizes, seeds and folds, a search, a second target; beta shares alpha's runs from scratch and its search.</summary>
    public sealed class Filled : IAsyncLifetime
    {
        internal static IReadOnlyList<StudyWriter.Run> Alpha { get; } = Make();

        internal static IReadOnlyList<StudyWriter.Run> Beta { get; } =
        [
            .. Alpha.Where(run => run.Mode == "scratch"),
            .. Alpha.Where(run => run.Mode == "full").Select(run => run with { Rate = 0.002, Validation = run.Validation * 1.1, Test = run.Test * 0.9 }),
            new("new-head/50", 1, "new-head", 50, 1, 1, 1),
        ];

        public TestDatabase Test { get; } = new();

        public async Task InitializeAsync()
        {
            await Test.InitializeAsync();
            if (PostgresPresence.SkipReason is not null) return;
            var writer = new StudyWriter(Test.Database);
            foreach (var (study, runs) in new[] { ("alpha", Alpha), ("beta", Beta) })
            {
                await writer.CreateAsync(study, runs);
                await writer.FinishAsync(study, runs);
            }
        }

        public Task DisposeAsync() => Test.DisposeAsync();

        static List<StudyWriter.Run> Make()
        {
            var (draws, position) = (new KeyedStream(7, "answers"), 0UL);
            var runs = new List<StudyWriter.Run>();
            foreach (var mode in new[] { "scratch", "full", "features:V1" })
            foreach (var size in new[] { 50, 100, 200 })
            foreach (var seed in new[] { 1, 2, 3 })
                runs.Add(new($"{mode}/{size}", seed, mode, size, seed, mode == "full" && size == 200 && seed == 3 ? null : 10 + (90 * draws.Uniform(position++)), 10 + (90 * draws.Uniform(position++)))
                {
                    Model = mode == "features:V1" ? "sets" : "net",
                    Family = mode == "features:V1" ? "atomsets" : "megnet",
                    Fold = seed == 3 ? "1" : "0",
                    Seconds = 10 + (5 * draws.Uniform(position++)),
                    Worker = $"vm{seed % 2}:1:x/w{seed.ToString(CultureInfo.InvariantCulture)}",
                });
            for (var draw = 0; draw < 4; draw++)
                foreach (var rung in new int?[] { 1, null })
                    if (rung is not null || draw % 2 == 0)
                        runs.Add(new($"search/{draw}", 0, "scratch", 300, 1, 1 + draws.Uniform(position++), rung is null && draw == 2 ? 1 + draws.Uniform(position++) : null)
                        {
                            Rung = rung, Width = (8 << draw).ToString(CultureInfo.InvariantCulture), Target = "other", Property = "band", Unit = "eV",
                        });
            return runs;
        }
    }
}
