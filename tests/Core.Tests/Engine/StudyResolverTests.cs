using System.Text.Json.Nodes;
using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

public sealed class StudyResolverTests : IDisposable
{
    const string Good = """
        study: small
        sources:
          cheap:
            data: ionic:60:1
            target: lattice_energy_kapustinskii_ev_atom
            where: { max_sites: 8 }
            split: { validation: 8 }
            model: net
        targets:
          dear:
            data: ionic:60:2
            target: lattice_energy_ev_atom
            where: { max_sites: 8 }
            split: { validation: 8, test: 8 }
            sizes: [8, 16]
        models:
          net: { kind: megnet, hidden: 8, cutoff_angstrom: 3.5 }
          sets: { kind: atomsets }
        transfer: [scratch, full, "features:V1"]
        seeds: 2
        training: { epochs: 5 }

        """;

    readonly EngineBench _bench = new();

    public void Dispose() => _bench.Dispose();

    StudyFileException Refused(string text) => Assert.Throws<StudyFileException>(() => _bench.Resolve(text));

    static Dictionary<string, JsonObject> Specs(ResolvedStudy study) => study.Nodes.ToDictionary(
        node => node.Id,
        node => JsonNode.Parse(node is TrainNode train ? train.Spec.Json : ((EvaluateNode)node).Spec.Json)!.AsObject());

    [Fact]
    public void One_parent_feeds_every_transfer_and_tests_follow_their_training()
    {
        var study = _bench.Resolve(Good);
        Assert.Equal(1 + 3 * 2 * 2 * 2, study.Nodes.Length);
        var parent = Assert.Single(study.Nodes, node => node.Labels["role"] == "pretrain");
        Assert.Equal("pretrain/cheap/s1", parent.Id);
        foreach (var train in study.Nodes.OfType<TrainNode>().Where(node => node.Labels["mode"] is "full" or "features:V1"))
            Assert.Equal(new NodeReference(parent.Id), Assert.Single(train.Spec.Parents));
        foreach (var test in study.Nodes.OfType<EvaluateNode>()) Assert.Equal(new NodeReference(test.Id[..^"/test".Length]), Assert.Single(test.Spec.Parents));
    }

    [Fact]
    public void Spec_says_everything_that_decides_the_numbers()
    {
        var spec = Specs(_bench.Resolve(Good))["transfer/dear/features:V1/cheap/n8/s2"];
        Assert.Equal("cpu", (string)spec["numerics"]!);
        Assert.Equal(2, (int)spec["seed"]!);
        Assert.Equal((8, 8, "ionic:60:2"), ((int)spec["data"]!["rows"]!, (int)spec["data"]!["max_sites"]!, (string)spec["data"]!["set"]!));
        Assert.Equal(64, ((string)spec["data"]!["hash"]!).Length);
        Assert.True(_bench.Artifacts.Contains((string)spec["data"]!["manifest"]!));
        Assert.Equal(("atomsets", "V1"), ((string)spec["model"]!["kind"]!, (string)spec["model"]!["settings"]!["features"]!));
        Assert.Equal("features:V1", (string)spec["transfer"]!["mode"]!);
        Assert.Equal((5, 128), ((int)spec["training"]!["epochs"]!, (int)spec["training"]!["batch_size"]!));
    }

    [Fact]
    public void Another_class_of_arithmetic_is_another_trial()
    {
        var here = Specs(_bench.Resolve(Good));
        var torch = Specs(new StudyResolver(AtomSets.Models.ModelRegistry.Default, _bench.Data, _bench.Artifacts, NumericsClass.CudaFp32).Resolve(Good, "a.yaml"));
        Assert.Equal(here.Keys, torch.Keys);
        Assert.All(torch.Values, spec => Assert.Equal("cuda-fp32", (string)spec["numerics"]!));
        foreach (var (id, spec) in torch)
        {
            spec["numerics"] = "cpu";
            Assert.Equal(here[id].ToJsonString(), spec.ToJsonString());
        }
    }

    [Fact]
    public void Same_file_gives_the_same_plan_and_text_for_people_does_not_count()
    {
        var first = _bench.Resolve(Good);
        using var elsewhere = new EngineBench();
        Assert.Equal(first.Hash, elsewhere.Resolve(Good).Hash);
        Assert.Equal(first.Hash, _bench.Resolve(Good + "description: other words\n# comment\n").Hash);
        Assert.NotEqual(first.Hash, _bench.Resolve(Good + "seed: 2\n").Hash);
    }

    [Fact]
    public void Longer_file_keeps_every_spec_it_had()
    {
        var before = Specs(_bench.Resolve(Good));
        var after = Specs(_bench.Resolve(Good.Replace("[8, 16]", "[8, 16, 18]").Replace("seeds: 2", "seeds: 3").Replace("scratch, full", "scratch, new-head, full")));
        Assert.Equal(1 + 4 * 3 * 3 * 2, after.Count);
        foreach (var (id, spec) in before) Assert.True(JsonNode.DeepEquals(spec, after[id]), id);
    }

    [Fact]
    public void Replicates_draw_their_own_rows_nested_over_sizes_with_one_validation_and_test()
    {
        var specs = Specs(_bench.Resolve(Good));
        string[][] Parts(string node)
        {
            var text = System.Text.Encoding.UTF8.GetString(_bench.Artifacts.Get((string)specs[node]["data"]!["manifest"]!));
            var split = SplitManifest.Parse(text);
            return [[.. split.TrainIds], [.. split.ValidationIds], [split.Test.Count.ToString()]];
        }
        var (one, two) = (Parts("transfer/dear/full/cheap/n8/s1"), Parts("transfer/dear/full/cheap/n8/s2"));
        Assert.NotEqual(one[0].Take(8), two[0].Take(8));
        Assert.Equal(one[0].Order(), two[0].Order());
        Assert.Equal(one[1], two[1]);
        Assert.Equal(one[0], Parts("transfer/dear/scratch/net/n16/s1")[0]);
        var fixedSubsets = Specs(_bench.Resolve(Good + "subsets: fixed\n"));
        Assert.Equal(
            (string)fixedSubsets["transfer/dear/full/cheap/n8/s1"]["data"]!["manifest"]!, (string)fixedSubsets["transfer/dear/full/cheap/n8/s2"]["data"]!["manifest"]!);
    }

    [Fact]
    public void Shared_formulas_leave_the_source_and_are_counted()
    {
        var text = Good.Replace("ionic:60:1", "ionic:200:1").Replace("ionic:60:2", "ionic:100:2");
        var strict = _bench.Resolve(text);
        var fact = Assert.Single(strict.Facts, f => f.Kind == "leakage");
        Assert.Contains("were removed", fact.Text);
        var published = _bench.Resolve(text + "leakage: as-published\n");
        var kept = Assert.Single(published.Facts, f => f.Kind == "leakage");
        Assert.Contains("were kept", kept.Text);
        Assert.Equal(fact.Count, kept.Count);
        int Rows(ResolvedStudy study) => int.Parse(study.Nodes[0].Labels["rows"]);
        Assert.InRange(Rows(published) - Rows(strict), 1, fact.Count);
    }

    [Fact]
    public void Searched_settings_become_a_search_and_a_selection()
    {
        var study = _bench.Resolve(Good.Replace("hidden: 8", "hidden: { choice: [8, 16] }").Replace("epochs: 5", "epochs: 5, learning_rate: { log: [1e-4, 1e-2] }")
            + "search: { sampler: random, trials: 6 }\n");
        var search = Assert.IsType<SearchNode>(study.Nodes.Single(node => node.Id == "pretrain/cheap/search"));
        Assert.Equal(6, search.Draws);
        var hidden = Assert.IsType<ChoiceDimension>(search.Space[0]);
        Assert.Equal(("hidden", "8 16"), (hidden.Name, string.Join(' ', hidden.Values)));
        Assert.All(hidden.Values, value => Assert.IsType<ParameterValue.Whole>(value));
        Assert.Equal(new FloatDimension("learning_rate", 1e-4, 1e-2, Log: true), search.Space[1]);
        var full = Assert.IsType<SearchNode>(study.Nodes.Single(node => node.Id == "transfer/dear/full/cheap/n8/search"));
        Assert.Equal(["learning_rate"], full.Space.Select(dimension => dimension.Name)); // the network is the parent's
        Assert.Equal(new NodeReference("pretrain/cheap/select", 0), Assert.Single(full.Replicates[1].Parents));
        Assert.All(study.Nodes.OfType<EvaluateNode>(), node => Assert.EndsWith("/select", Assert.Single(node.Spec.Parents).Node));
    }

    [Theory]
    [InlineData("data: ionic:60:1", "data: inoic:60:1", 4, "no data set, file or folder is called 'inoic:60:1'")]
    [InlineData("data: ionic:60:1", "data: nowhere.csv", 4, "there is no file or folder 'nowhere.csv'")]
    [InlineData("data: ionic:60:1", "data: ionic:0", 4, "COUNT of 1")]
    [InlineData("target: lattice_energy_ev_atom", "target: latice_energy_ev_atom", 12, "Did you mean \"lattice_energy_ev_atom\"?")]
    [InlineData("where: { max_sites: 8 }", "where: { max_sites: 1 }", 4, "leaves none of its 60 rows; widen it")]
    [InlineData("validation: 8, test: 8", "validation: 8", 14, "target dear has no test rows")]
    [InlineData("validation: 8, test: 8", "validation: 0, test: 8", 14, "target dear has no validation rows")]
    [InlineData("validation: 8, test: 8", "validation: 8, test: 900", 14, "none would be left for training")]
    [InlineData("validation: 8, test: 8", "validation: 8, test: most", 14, "test is most, but must be a share below 1 (0.1) or a number of rows (250)")]
    [InlineData("validation: 8, test: 8", "column: fold, test: 0", 14, "ionic has no fold or split column \"fold\"")]
    [InlineData("sizes: [8, 16]", "sizes: [8, 1600]", 15, "size 1600 is more than the")]
    [InlineData("validation: 8, test: 8", "validation: 8, folds: 1", 14, "must be a number of parts from 2 to 1000")]
    [InlineData("validation: 8, test: 8", "validation: 8, test: 8, folds: 3", 14, "folds are the test parts: leave out \"test\"")]
    [InlineData("validation: 8, test: 8", "column: fold, folds: all", 14, "has no fold column \"fold\"")]
    [InlineData("validation: 8, test: 8", "validation: 8, test: 8, repeats: 2", 14, "repeats and nested go with folds")]
    [InlineData("sizes: [8, 16]", "sizes: [0.01, 16]", 15, "size 0.01 of")]
    [InlineData("sizes: [8, 16]", "sizes: [1.5, 16]", 15, "must be a whole number of at least 2, a share below 1, or all")]
    [InlineData("[scratch, full,", "[scratch, ful,", 19, "did you mean 'full'?")]
    [InlineData("\"features:V1\"", "\"features:V9\"", 19, "needs 9 blocks, the network has 3")]
    [InlineData("\"features:V1\"", "\"features:Q1\"", 19, "feature level 'Q1' is unknown")]
    [InlineData("\"features:V1\"", "\"freeze:blok0\"", 19, "did you mean 'block")]
    [InlineData("model: net", "model: nets", 8, "there is no model \"nets\" under models. Did you mean \"net\"?")]
    [InlineData("kind: megnet", "kind: megnett", 17, "there is no kind \"megnett\". Did you mean \"megnet\"?")]
    [InlineData("hidden: 8", "hiden: 8", 17, "megnet has no setting \"hiden\". Did you mean \"hidden\"?")]
    [InlineData("hidden: 8", "hidden: -8", 17, "megnet.hidden = -8 is outside")]
    [InlineData("hidden: 8", "hidden: many", 17, "megnet.hidden = 'many' is not a whole number")]
    [InlineData("hidden: 8", "hidden: { choice: [8, 16] }", 3, "has settings to search (hidden) but the study has no \"search\"")]
    [InlineData("hidden: 8", "hidden: { int: [0, 16] }", 17, "megnet.hidden = 0 is outside")]
    [InlineData("hidden: 8", "hidden: { log: [1, 16] }", 17, "hidden cannot be searched by \"log\": use int")]
    [InlineData("epochs: 5", "epoch: 5", 21, "training has no setting \"epoch\". Did you mean \"epochs\"?")]
    [InlineData("epochs: 5", "epochs: 5, weight_decay: 0.1", 21, "needs optimizer: adamw")]
    [InlineData("seeds: 2", "budget: { trials: 4 }", 20, "the study needs 7 training runs, but its budget is 4 trials")]
    [InlineData("seeds: 2", "budget: { epochs: 34 }", 20, "the runs that no search makes can train 35 epochs, but the budget is 34")]
    [InlineData("seeds: 2", "search: { sampler: gird }", 20, "Did you mean \"grid\"?")]
    [InlineData("seeds: 2", "search: { sampler: random }", 20, "needs trials")]
    [InlineData("seeds: 2", "search: { pruner: ascha }", 20, "no pruner \"ascha\". Did you mean \"asha\"?")]
    [InlineData("seeds: 2", "search: { sampler: tpe }", 20, "search by tpe needs trials")]
    [InlineData("seeds: 2", "search: { pruner: { rule: asha, eta: 1 } }", 20, "eta is 1, but must be a whole number of at least 2")]
    [InlineData("seeds: 2", "search: { pruner: { rule: asha, min_epoch: 1 } }", 20, "Did you mean \"min_epochs\"?")]
    [InlineData("epochs: 5", "epochs: 5, learning_rate: { log: [1e-4, 1e-2], when: { optimizer: adam } }", 3, "pretrain/cheap: learning_rate depends on optimizer, which is not searched")]
    [InlineData("epochs: 5", "epochs: 5, learning_rate: { log: [1e-4, 1e-2], when: adam }", 21, "when names one other setting and its value")]
    public void A_mistake_is_reported_with_its_line_and_next_step(string right, string wrong, int line, string text)
    {
        var at = Good.LastIndexOf(right, StringComparison.Ordinal);
        if (right.StartsWith("where", StringComparison.Ordinal)) at = Good.IndexOf(right, StringComparison.Ordinal);
        var error = Refused(Good[..at] + wrong + Good[(at + right.Length)..]);
        Assert.True(
            error.Problems.Any(p => p.Line == line && p.Text.Contains(text, StringComparison.Ordinal)),
            $"wanted line {line}: {text}\nfound:\n{error.Message}");
    }

    const string Searched = """
        search: { sampler: tpe, lookahead: 4 }
        budget: { trials: 62 }
        training: { epochs: 5, learning_rate: { log: [1e-4, 1e-2] } }
        """;

    [Fact]
    public void A_budget_of_trials_gives_every_search_the_same_number_of_draws()
    {
        // The parent is one search of one replicate, the transfers six of two: 13 runs a round.
        var study = _bench.Resolve(Good.Replace("training: { epochs: 5 }\n", Searched));
        Assert.Equal([4, 4, 4, 4, 4, 4, 4], study.Nodes.OfType<SearchNode>().Select(search => search.Draws));
        Assert.Equal("a budget of 62 training runs: 0 that no search makes, and 4 draws for each of 7 searches", study.Facts.Single(fact => fact.Kind == "budget").Text);
        Assert.Contains("needs 13 training runs at least", Refused(Good.Replace("training: { epochs: 5 }\n", Searched.Replace("trials: 62", "trials: 12"))).Message);
        // Draws that the file asks for are not cut behind its back.
        var said = Searched.Replace("lookahead: 4", "trials: 5");
        Assert.Contains("the study needs 65 training runs, but its budget is 62 trials: raise the budget, or take fewer sizes, seeds or draws, or leave out search.trials",
            Refused(Good.Replace("training: { epochs: 5 }\n", said)).Message);
        Assert.All(_bench.Resolve(Good.Replace("training: { epochs: 5 }\n", said.Replace("62", "65"))).Nodes.OfType<SearchNode>(), search => Assert.Equal(5, search.Draws));
    }

    [Fact]
    public void A_budget_of_epochs_gives_every_search_the_same_fraction()
    {
        // Of 10 draws the parent could train 50 epochs, each transfer 100: 650 in all.
        var text = Good.Replace("training: { epochs: 5 }\n", Searched.Replace("lookahead: 4", "trials: 10").Replace("trials: 62", "epochs: 130"));
        var study = _bench.Resolve(text);
        Assert.Equal([new EpochShare(10, 5), .. Enumerable.Repeat(new EpochShare(20, 5), 6)], study.Nodes.OfType<SearchNode>().Select(search => search.Share));
        Assert.Contains("for each of 7 searches 20 %", study.Facts.Single(fact => fact.Kind == "budget").Text.Replace("20%", "20 %", StringComparison.Ordinal));
        Assert.All(_bench.Resolve(text.Replace("epochs: 130", "epochs: 650")).Nodes.OfType<SearchNode>(), search => Assert.Null(search.Share));
        Assert.Contains("65 epochs are needed at least (0 for runs that no search makes, and one draw for each of 7 searches)", Refused(text.Replace("epochs: 130", "epochs: 64")).Message);
        // What no search makes comes first.
        var mixed = text.Replace("hidden: 8,", "hidden: 8, width: 4,").Replace("model: net", "model: net, training: { learning_rate: 0.001 }").Replace("\n    model: net, training", "\n    model: net\n    training");
        Assert.Equal(
            [.. Enumerable.Repeat(new EpochShare(20, 5), 6)], _bench.Resolve(mixed.Replace("epochs: 130", "epochs: 125")).Nodes.OfType<SearchNode>().Select(search => search.Share));
    }

    [Fact]
    public void Folds_are_replicates_and_every_row_is_tested_once()
    {
        var study = _bench.Resolve(Good.Replace("split: { validation: 8, test: 8 }", "split: { validation: 8, folds: 3 }").Replace("sizes: [8, 16]", "sizes: [8]"));
        var group = study.Nodes.OfType<TrainNode>().Where(node => node.Group == "transfer/dear/scratch/net/n8").ToArray();
        Assert.Equal(["f0s1", "f0s2", "f1s1", "f1s2", "f2s1", "f2s2"], group.Select(node => node.Id.Split('/')[^1]));
        Assert.Equal([0, 1, 2, 3, 4, 5], group.Select(node => node.Replicate));
        Assert.Equal(("1", "2"), (group[3].Labels["fold"], group[3].Labels["seed"]));
        var tests = group.Where(node => node.Labels["seed"] == "1").SelectMany(node => TestIds(node.Spec)).ToArray();
        Assert.Equal(tests.Length, tests.Distinct().Count());
        Assert.Equal(_bench.Data.Load(new DataRequest("ionic:60:2", "lattice_energy_ev_atom", 8, null, 1), default).Count, tests.Length);
        Assert.Equal(6, study.Nodes.OfType<EvaluateNode>().Count(node => node.Id.StartsWith("transfer/dear/scratch", StringComparison.Ordinal)));
        var repeated = _bench.Resolve(study.Source.Replace("folds: 3", "folds: 3, repeats: 2"));
        Assert.Equal(12, repeated.Nodes.OfType<TrainNode>().Count(node => node.Group == "transfer/dear/scratch/net/n8"));
        Assert.Contains(repeated.Nodes, node => node.Id == "transfer/dear/scratch/net/n8/f1.2s2");

        string[] TestIds(SpecTemplate spec)
        {
            var manifest = System.Text.Json.Nodes.JsonNode.Parse(spec.Json)!["data"]!["manifest"]!.GetValue<string>();
            var text = System.Text.Encoding.UTF8.GetString(_bench.Artifacts.Get(manifest)).Split('\n');
            return text[(Array.FindIndex(text, line => line.StartsWith("test ", StringComparison.Ordinal)) + 1)..^1];
        }
    }

    [Fact]
    public void Nested_folds_select_each_for_itself()
    {
        var text = Good.Replace("split: { validation: 8, test: 8 }", "split: { validation: 8, folds: 3, nested: true }").Replace("sizes: [8, 16]", "sizes: [8]")
            .Replace("epochs: 5", "epochs: 5, learning_rate: { choice: [0.01, 0.001] }") + "search: { sampler: grid }\n";
        var study = _bench.Resolve(text);
        Assert.Equal(["transfer/dear/scratch/net/n8/f0/select", "transfer/dear/scratch/net/n8/f1/select", "transfer/dear/scratch/net/n8/f2/select"],
            study.Nodes.OfType<SelectNode>().Select(node => node.Id).Where(id => id.StartsWith("transfer/dear/scratch", StringComparison.Ordinal)));
        var together = _bench.Resolve(text.Replace(", nested: true", ""));
        Assert.Single(together.Nodes.OfType<SelectNode>(), node => node.Id.StartsWith("transfer/dear/scratch", StringComparison.Ordinal));
        Assert.Equal(6, together.Nodes.OfType<SearchNode>().First(node => node.Id.StartsWith("transfer/dear/scratch", StringComparison.Ordinal)).Replicates.Length);
    }

    [Fact]
    public void Shares_are_sizes_of_the_rows_that_are_left()
    {
        var all = int.Parse(_bench.Resolve(Good.Replace("sizes: [8, 16]", "sizes: [all]")).Nodes.First(node => node.Id.StartsWith("transfer", StringComparison.Ordinal)).Labels["rows"]);
        var study = _bench.Resolve(Good.Replace("sizes: [8, 16]", $"sizes: [0.25, 0.5, {(int)Math.Round(all / 2.0)}]"));
        var sizes = study.Nodes.Where(node => node.Id.StartsWith("transfer/dear/scratch", StringComparison.Ordinal)).Select(node => int.Parse(node.Labels["rows"])).Distinct();
        Assert.Equal([(int)Math.Round(0.25 * all), (int)Math.Round(0.5 * all)], sizes);
    }

    [Fact]
    public void Grid_over_a_range_needs_its_points()
    {
        var text = Good.Replace("epochs: 5", "epochs: 5, learning_rate: { log: [1e-4, 1e-2] }") + "search: { sampler: grid }\n";
        Assert.Contains("a grid over learning_rate needs its number of points", Refused(text).Message);
        var study = _bench.Resolve(text.Replace("1e-2]", "1e-2], points: 3").Replace("seeds: 2", "budget: { trials: 21 }"));
        Assert.Equal(3, Assert.IsType<FloatDimension>(Assert.Single(study.Nodes.OfType<SearchNode>().First().Space)).GridPoints);
    }

    [Fact]
    public void Mistakes_of_every_kind_are_reported_at_once()
    {
        var error = Refused(Good.Replace("hidden: 8", "hiden: 8").Replace("sizes: [8, 16]", "sizes: [8, 1600]").Replace("epochs: 5", "epoch: 5").Replace("full,", "ful,"));
        Assert.Equal([15, 17, 19, 21], error.Problems.Select(p => p.Line));
        // Settings of trainings, too, where no row can be read.
        var unread = Good[..Good.IndexOf("sources:", StringComparison.Ordinal)] + Good[Good.IndexOf("targets:", StringComparison.Ordinal)..];
        Assert.Equal([5, 14], Refused(unread.Replace("[scratch, full, \"features:V1\"]", "scratch").Replace("lattice_", "latice_").Replace("epochs: 5", "epoch: 5")).Problems.Select(p => p.Line));
    }

    [Fact]
    public void Transfer_without_a_source_is_refused_and_scratch_alone_is_not()
    {
        var alone = Good[..Good.IndexOf("sources:", StringComparison.Ordinal)] + Good[Good.IndexOf("targets:", StringComparison.Ordinal)..];
        Assert.Contains("transfer full needs a parent, but the study has no sources", Refused(alone).Message);
        var study = _bench.Resolve(alone.Replace("[scratch, full, \"features:V1\"]", "scratch"));
        Assert.All(study.Nodes.OfType<TrainNode>(), node => Assert.Empty(node.Spec.Parents));
    }

    [Fact]
    public void Source_alone_is_a_study_and_its_test_rows_are_evaluated()
    {
        var alone = Good[..Good.IndexOf("targets:", StringComparison.Ordinal)] + "models: { net: { kind: megnet } }\n";
        Assert.Single(_bench.Resolve(alone).Nodes);
        var nodes = _bench.Resolve(alone.Replace("validation: 8", "validation: 8, test: 8")).Nodes;
        Assert.Equal(["pretrain/cheap/s1", "pretrain/cheap/s1/test"], nodes.Select(node => node.Id));
    }

    [Fact]
    public void Table_without_a_usable_value_is_refused_with_the_reason()
    {
        _bench.Write("mine.csv", "id,formula,gap\n1,NaCl,nan\n2,KCl,\n");
        var error = Assert.Throws<StudyFileException>(() => _bench.Resolver.Resolve(
            "study: s\ntargets: { mine: { data: mine.csv, target: gap, split: { test: 1, validation: 1 } } }\nmodels: { own: { kind: atomsets, features: embedding } }\ntransfer: { mode: scratch, model: own }\n",
            Path.Combine(_bench.Home, "s.yaml")));
        Assert.Contains("none of its 2 rows can be used", error.Message);
    }

    [Fact]
    public void Table_beside_the_study_file_is_found_and_its_bad_rows_are_counted()
    {
        _bench.Write("mine.csv", "id,formula,gap\n" + string.Join('\n', Enumerable.Range(1, 30).Select(i => $"{i},Na{i}Cl,{i / 10.0}")) + "\n31,NaCl,nan\n32,Xx2,1\n");
        var study = _bench.Resolver.Resolve(
            "study: s\ntargets: { mine: { data: mine.csv, target: gap, split: { test: 5, validation: 5 } } }\nmodels: { own: { kind: atomsets, features: embedding } }\ntransfer: { mode: scratch, model: own }\n",
            Path.Combine(_bench.Home, "s.yaml"));
        Assert.Equal(2, Assert.Single(study.Facts).Count);
        Assert.Equal("20", study.Nodes[0].Labels["rows"]);
    }

    [Fact]
    public void Network_of_crystals_is_refused_on_formulas()
    {
        _bench.Write("mine.csv", "id,formula,gap\n" + string.Join('\n', Enumerable.Range(1, 30).Select(i => $"{i},Na{i}Cl,{i / 10.0}")) + "\n");
        var error = Assert.Throws<StudyFileException>(() => _bench.Resolver.Resolve(
            "study: s\ntargets: { mine: { data: mine.csv, target: gap, split: { test: 5, validation: 5 } } }\ntransfer: scratch\n", Path.Combine(_bench.Home, "s.yaml")));
        Assert.Contains("target mine: mine holds formulas only, but megnet needs crystal structures", error.Message);
    }

    [DataFact]
    public void Published_parent_that_has_seen_the_labels_is_refused()
    {
        using var bench = new EngineBench(shippedData: true);
        const string text = """
            study: s
            sources: { parent: { parent: mp-2019.4.1_formation_energy } }
            targets: { k: { data: struct_elastic_mp_binary, target: COLUMN, where: { limit: 60 }, split: { test: 10, validation: 10 } } }
            transfer: [scratch, full]
            """;
        var error = Assert.Throws<StudyFileException>(() => bench.Resolve(text.Replace("COLUMN", "e_form_mp2018_ev_atom")));
        Assert.Contains("has seen the labels of struct_elastic_mp_binary.e_form_mp2018_ev_atom", error.Message);
        var study = bench.Resolve(text.Replace("COLUMN", "log10_k_vrh"));
        Assert.Contains("\"published\":\"mp-2019.4.1_formation_energy\"", ((TrainNode)study.Nodes.Single(node => node.Id == "transfer/k/full/parent/n40/s1")).Spec.Json);
        Assert.Contains(study.Nodes, node => node.Id == "transfer/k/scratch/mp-2019.4.1_formation_energy/n40/s1");
        Assert.Contains("is for molecules", Assert.Throws<StudyFileException>(() => bench.Resolve(text.Replace("parent: mp-2019.4.1_formation_energy", "parent: qm9-2018.6.1_gap"))).Message);
        Assert.Contains("mf_2020_pbe_gllb_hse_exp_1 distinguishes PBE, ", Assert.Throws<StudyFileException>(() => bench.Resolve(text.Replace("parent: mp-2019.4.1_formation_energy", "parent: mf_2020_pbe_gllb_hse_exp_1"))).Message);
        Assert.Contains("did you mean", Assert.Throws<StudyFileException>(() => bench.Resolve(text.Replace("parent: mp-2019.4.1_formation_energy", "parent: mp-2019.4.1_formation_enrgy"))).Message);
    }

    [DataFact]
    public void Sets_that_share_nearly_everything_are_never_source_and_target()
    {
        using var bench = new EngineBench(shippedData: true);
        var error = Assert.Throws<StudyFileException>(() => bench.Resolve("""
            study: s
            sources: { a: { data: expt_bandgap, target: target, where: { limit: 100 }, model: own } }
            targets: { b: { data: matbench_expt_gap, target: target, where: { limit: 100 }, split: { test: 10, validation: 10 } } }
            models: { own: { kind: atomsets, features: embedding } }
            transfer: [full]
            """));
        Assert.Contains("never source and target of each other", error.Message);
    }
}
