using AtomSets.Materials;
using Xunit;

namespace AtomSets.Core.Tests.Materials;

public sealed class SplitsTests
{
    static readonly DataSet Set = IonicGenerator.Generate(120, 9);

    sealed class Counter : ITestUseCounter
    {
        public List<(string Evaluation, string Split, int Rows)> Uses { get; } = [];

        public void Opened(string evaluation, string splitHash, int rows) => Uses.Add((evaluation, splitHash, rows));
    }

    [Fact]
    public void Sizes_are_nested_and_validation_and_test_stay()
    {
        var split = SplitBuilder.Random(Set, 1, PartSize.Share(0.1), PartSize.Rows(20));
        Assert.Equal((90, 10, 20), (split.TrainIds.Count, split.ValidationIds.Count, split.Test.Count));
        var small = split.Take(10);
        var middle = split.Take(40);
        Assert.Equal(small.TrainIds, middle.TrainIds.Take(10));
        Assert.Equal(middle.TrainIds, split.TrainIds.Take(40));
        Assert.Equal(split.ValidationIds, small.ValidationIds);
        var counter = new Counter();
        Assert.Equal(split.Test.Open(new EvaluationTicket("e1", counter)), small.Test.Open(new EvaluationTicket("e2", counter)));
        Assert.Equal([("e1", split.Hash, 20), ("e2", small.Hash, 20)], counter.Uses);
        Assert.Equal(3, new[] { split.Hash, small.Hash, middle.Hash }.Distinct().Count());
        Assert.Contains("1 to 90", Assert.Throws<InputException>(() => split.Take(91)).Message);
    }

    [Fact]
    public void The_highest_targets_are_tested_on_and_never_trained_on()
    {
        var values = Set.Column("lattice_energy_ev_atom").ToArray();
        var split = SplitBuilder.Highest(Set, "lattice_energy_ev_atom", 1, PartSize.Share(0.1), PartSize.Rows(8), PartSize.Rows(10));
        Assert.Equal((90, 10, 20), (split.TrainIds.Count, split.ValidationIds.Count, split.Test.Count));
        var limit = values.OrderDescending().ElementAt(11);
        Assert.All(Set.RowsOf([.. split.TrainIds, .. split.ValidationIds]), row => Assert.True(values[row] < limit));
        Assert.Equal(12, Set.RowsOf(split.Test.Open(new EvaluationTicket("e", new Counter()))).Count(row => values[row] >= limit));
    }

    [Fact]
    public void Text_and_hash_survive_a_round_trip_and_one_changed_id_changes_the_hash()
    {
        var split = SplitBuilder.Random(Set, 2, PartSize.Rows(5), PartSize.Share(0.25));
        var read = SplitManifest.Parse(split.ToText());
        Assert.Equal(split.Hash, read.Hash);
        Assert.Equal(split.TrainIds, read.TrainIds);
        Assert.Equal(30, read.Test.Count);
        Assert.NotEqual(split.Hash, SplitManifest.Parse(split.ToText().Replace(split.TrainIds[3], "other", StringComparison.Ordinal)).Hash);
        Assert.Throws<InputException>(() => SplitManifest.Parse(split.ToText()[..200]));
        Assert.Throws<InputException>(() => SplitManifest.Parse("something else"));
    }

    [Fact]
    public void Strata_keep_the_shares_of_classes_in_every_part()
    {
        // Every fifth row is of class 1: 24 of 120.
        var set = Classes(row => row % 5 == 0 ? 1 : 0);
        int Ones(IEnumerable<string> ids) => ids.Count(id => set.Column("y")[set.RowOf(id)] == 1);
        var strata = Strata.Of(set, "y");
        var tests = new List<string>();
        for (var fold = 0; fold < 5; fold++)
        {
            var split = SplitBuilder.KFold(set, 5, fold, 3, PartSize.Rows(16), strata);
            Assert.InRange(Ones(split.Test.Ids), 4, 5);
            Assert.Equal((24, 16), (split.Test.Count, split.ValidationIds.Count));
            Assert.Equal(3, Ones(split.ValidationIds)); // 16 × 0.2 = 3.2
            tests.AddRange(split.Test.Ids);
        }
        Assert.Equal(set.Ids.Order(StringComparer.Ordinal), tests.Order(StringComparer.Ordinal));
        var random = SplitBuilder.Random(set, 1, PartSize.Rows(12), PartSize.Rows(48), strata);
        Assert.Equal((10, 2), (Ones(random.Test.Ids), Ones(random.ValidationIds))); // 9.6 and 14 of 72 in 12: 2.33
        Assert.Throws<InputException>(() => Strata.Of(Set, "lattice_energy_ev_atom"));
    }

    [Fact]
    public void Resampled_validation_rows_are_disjoint_until_all_have_validated()
    {
        var split = SplitBuilder.Random(Set, 1, PartSize.Rows(20), PartSize.Rows(20));
        Assert.Equal(split.Hash, SplitBuilder.Resample(split, 0, 1).Hash);
        SplitManifest[] windows = [.. Enumerable.Range(0, 6).Select(number => SplitBuilder.Resample(split, number, 1))];
        Assert.Equal(100, windows.Take(5).SelectMany(window => window.ValidationIds).Distinct().Count());
        Assert.Equal(windows[0].ValidationIds, windows[5].ValidationIds);
        Assert.All(windows, window => Assert.Equal(split.Test.Ids, window.Test.Ids));
        Assert.All(windows, window => Assert.Equal(80, window.TrainIds.Count));
    }

    static DataSet Classes(Func<int, double> classOf) => new(
        new DataSetDescriptor { Name = "classes" }, new DataSetQuery(), "hash", "test", new DataSetRows { Ids = [.. Enumerable.Range(0, 120).Select(row => $"r{row}")], Numbers = new Dictionary<string, double[]> { ["y"] = [.. Enumerable.Range(0, 120).Select(classOf)] } });

    [Fact]
    public void The_frozen_permutation()
    {
        // Golden values: a change would silently give every study other rows.
        Assert.Equal(0xE220A8397B1DCDAFul, KeyedOrder.At(0, 0)); // SplitMix64 with seed 0, first output (Steele, Lea, Flood; Vigna's reference code)
        Assert.Equal(0x6E789E6AA1B965F4ul, KeyedOrder.At(0, 1));
        var order = KeyedOrder.Shuffle(["a", "b", "c", "d", "e"], 1, "train");
        Assert.Equal(order, KeyedOrder.Shuffle(["e", "d", "c", "b", "a"], 1, "train"));
        Assert.Equal(order.Where(id => id != "c"), KeyedOrder.Shuffle(["a", "b", "d", "e"], 1, "train"));
        Assert.NotEqual(string.Concat(KeyedOrder.Shuffle(Set.Ids, 1, "train")), string.Concat(KeyedOrder.Shuffle(Set.Ids, 2, "train")));
    }

    [Fact]
    public void Ranks_are_spread_evenly()
    {
        var below = Set.Ids.Concat(IonicGenerator.Generate(200, 10).Ids).Count(id => KeyedOrder.Rank(7, "limit", id) < ulong.MaxValue / 2);
        Assert.InRange(below, 125, 195); // binomial(320, 1/2): mean 160, standard deviation 9
    }

    [Fact]
    public void Folds_test_every_row_once()
    {
        var counter = new Counter();
        var tested = Enumerable.Range(0, 5).SelectMany(fold => SplitBuilder.KFold(Set, 5, fold, 3, PartSize.Share(0.1)).Test.Open(new EvaluationTicket("e", counter))).ToList();
        Assert.Equal(Set.Ids.Order(), tested.Order());
        Assert.Throws<InputException>(() => SplitBuilder.KFold(Set, 5, 5, 3, PartSize.Share(0.1)));
    }

    [Fact]
    public void A_row_belongs_to_one_part()
    {
        Assert.Contains("'a' is in test and in train", Assert.Throws<InputException>(() => new SplitManifest("s", ["a", "b"], ["c"], ["a"])).Message);
        Assert.Throws<InputException>(() => new SplitManifest("s", [], ["c"], ["a"]));
        Assert.Throws<InputException>(() => PartSize.Share(1));
        Assert.Throws<InputException>(() => PartSize.Rows(10).Of(10));
    }

    [Fact]
    public void Strict_removal_leaves_no_formula_of_the_target_and_as_published_only_counts()
    {
        var target = IonicGenerator.Generate(60, 11);
        var split = SplitBuilder.Random(Set, 4, PartSize.Share(0.2), PartSize.Rows(10));
        var (filter, kept) = (new LeakageFilter(split, Set), new LeakageFilter(split, Set));
        var strict = filter.Remove(target, LeakageRule.Formula);
        var published = kept.Remove(target, LeakageRule.AsPublished);
        var formulas = target.Formulas.ToHashSet();
        var expected = split.TrainIds.Where(id => !formulas.Contains(Set.Formulas[Set.RowOf(id)])).ToList();
        Assert.Equal(expected, filter.Left.TrainIds);
        Assert.Equal(split.ValidationIds.Where(id => !formulas.Contains(Set.Formulas[Set.RowOf(id)])), filter.Left.ValidationIds);
        Assert.Equal(split.Test.Ids, filter.Left.Test.Ids);
        Assert.Equal(split.TrainIds.Count - expected.Count, strict.SharedTrain);
        Assert.Equal(strict.SharedTrain + strict.SharedValidation, strict.Removed);
        Assert.Equal(strict.SharedTrain, published.SharedTrain);
        Assert.Equal(0, published.Removed);
        Assert.Same(split, kept.Left);
        // What one target took is not counted for the next; what would leave nothing leaves all.
        Assert.Equal(0, filter.Remove(target, LeakageRule.Formula).SharedTrain);
        Assert.Throws<InputException>(() => filter.Remove(Set, LeakageRule.Formula));
        Assert.Equal(expected, filter.Left.TrainIds);
    }

    [Fact]
    public void Overlap_within_a_split_is_counted()
    {
        var formula = Set.Formulas.GroupBy(f => f).First(group => group.Count() > 1).Key;
        var rows = Enumerable.Range(0, Set.Count).Where(row => Set.Formulas[row] == formula).ToList();
        var other = Enumerable.Range(0, Set.Count).First(row => Set.Formulas[row] != formula);
        var overlap = Leakage.Count(new SplitManifest(Set.Name, [Set.Ids[rows[0]]], [Set.Ids[other]], [Set.Ids[rows[1]]]), Set);
        Assert.Equal(new PartOverlap(0, 1, 0), overlap);
    }

    [DataFact]
    public void Official_folds_and_splits_have_the_catalogued_sizes()
    {
        var loader = new DataSetLoader(new DataLocations(TestData.Root, Path.GetTempPath()), DataSetRegistry.Shared);
        var phonons = loader.Load("struct_matbench_phonons", new DataSetQuery { Structures = false });
        var fold = SplitBuilder.FromFolds(phonons, "official_test_fold", 0, 1, PartSize.Share(0.1));
        Assert.Equal((911, 101, 253), (fold.TrainIds.Count, fold.ValidationIds.Count, fold.Test.Count));
        Assert.Contains("0, 1, 2, 3, 4", Assert.Throws<InputException>(() => SplitBuilder.FromFolds(phonons, "official_test_fold", 5, 1, PartSize.Share(0.1))).Message);
        Assert.Contains("official_test_fold", Assert.Throws<InputException>(() => SplitBuilder.FromFolds(phonons, "oficial_test_fold", 0, 1, PartSize.Share(0.1))).Message);

        var pool = loader.Load("mp_pool", new DataSetQuery { Structures = false });
        var official = SplitBuilder.FromColumn(pool, "split_megnet", 1, PartSize.Share(0.1));
        Assert.Equal((32791, 2725, 2312), (official.TrainIds.Count, official.ValidationIds.Count, official.Test.Count));
        // CATALOG: 619 of the 2,312 test rows have a formula also in train.
        Assert.Equal(619, Leakage.Count(official, pool).TestInTrain);

        var carbon = SplitBuilder.FromColumn(loader.Load("carbon24", new DataSetQuery { Structures = false }), "split_cdvae", 1, PartSize.Rows(200));
        Assert.Equal((1832, 200, 2030), (carbon.TrainIds.Count, carbon.ValidationIds.Count, carbon.Test.Count));
    }
}
