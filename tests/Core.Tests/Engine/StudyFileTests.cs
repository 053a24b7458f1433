using AtomSets.Engine;
using Xunit;

namespace AtomSets.Core.Tests.Engine;

public sealed class StudyFileTests
{
    const string Good = """
        study: small
        seed: 7
        sources:
          cheap:
            data: ionic
            target: energy
            where: { max_sites: 20, limit: 300 }
            split: { validation: 0.1 }
        targets:
          dear:
            data: ionic
            target: gap
            split: { column: fold, test: 0, validation: 25 }
            sizes: [20, 50, all]
            training: { epochs: 9 }
        models:
          net: { kind: megnet, width: { choice: [8, 16] }, hidden: [64, 64] }
        transfer: [scratch, full, { mode: "freeze:embed", name: frozen }]
        seeds: [3, 5]
        search: { sampler: random, trials: 4 }
        budget: { trials: 100 }
        leakage: as-published
        """;

    static StudyFileException Refused(string text) => Assert.Throws<StudyFileException>(() => StudyFileReader.Parse(text, "a.yaml"));

    [Fact]
    public void A_whole_file_is_read()
    {
        var study = StudyFileReader.Parse(Good, "a.yaml");
        Assert.Equal(("small", 7L, true, 100), (study.Name, study.Seed, study.AsPublished, study.Budget!.Trials!.Value));
        var source = Assert.Single(study.Sources);
        Assert.Equal((20, 300), (source.Data!.Where.MaxSites!.Value, source.Data.Where.Limit!.Value));
        var target = Assert.Single(study.Targets);
        Assert.Equal(["20", "50", ""], target.Sizes.Select(s => s.Rows?.ToString() ?? ""));
        Assert.Equal(("fold", "0", "25"), (target.Data.Split.Column, target.Data.Split.Test, target.Data.Split.Validation));
        Assert.Equal("9", Assert.Single(target.Training).Value!.ToJsonString());
        var model = Assert.Single(study.Models);
        Assert.Equal("choice", model.Settings[0].Space!.Kind);
        Assert.Equal("[64,64]", model.Settings[1].Value!.ToJsonString());
        Assert.Equal(["scratch", "full", "frozen"], study.Transfer.Select(t => t.Name));
        Assert.Equal([3, 5], study.Seeds);
        Assert.Null(study.Priority);
        Assert.Equal(new BudgetEntry(21, 9, 500, 1.5), StudyFileReader.Parse(Good.Replace("{ trials: 100 }", "{ trials: 9, epochs: 500, core_hours: 1.5 }"), "a.yaml").Budget);
        Assert.Equal(-2, StudyFileReader.Parse(Good + "\npriority: -2", "a.yaml").Priority);
    }

    [Fact]
    public void A_number_of_seeds_is_that_many_replicates() =>
        Assert.Equal([1, 2, 3], StudyFileReader.Parse(Good.Replace("seeds: [3, 5]", "seeds: 3"), "a.yaml").Seeds);

    [Theory]
    [InlineData("leakage: as-published", "leakge: strict", 22, "has no key \"leakge\". Did you mean \"leakage\"?")]
    [InlineData("leakage: as-published", "priorty: 3", 22, "has no key \"priorty\". Did you mean \"priority\"?")]
    [InlineData("leakage: as-published", "priority: high", 22, "priority is high, but must be a whole number")]
    [InlineData("{ trials: 100 }", "{ epoch: 100 }", 21, "budget has no key \"epoch\". Did you mean \"epochs\"?")]
    [InlineData("{ trials: 100 }", "{ hours: 100 }", 21, "budget has no key \"hours\". Did you mean \"core_hours\"?")]
    [InlineData("{ trials: 100 }", "{ core_hours: 0 }", 21, "core_hours is 0, but must be a number above 0")]
    [InlineData("{ trials: 100 }", "{ epochs: 0.5 }", 21, "epochs is 0.5, but must be a whole number of at least 1")]
    [InlineData("limit: 300", "limt: 300", 7, "has no key \"limt\". Did you mean \"limit\"?")]
    [InlineData("limit: 300", "limit: 0", 7, "limit is 0, but must be a whole number of at least 1")]
    [InlineData("[20, 50, all]", "[20, fifty]", 14, "sizes holds \"fifty\", but must be a whole number of at least 2, a share below 1, or all")]
    [InlineData("[20, 50, all]", "[20, -5]", 14, "sizes holds \"-5\"")]
    [InlineData("[20, 50, all]", "[20, 20]", 14, "sizes lists 20 twice")]
    [InlineData("seeds: [3, 5]", "seeds: [3, 3]", 19, "replicates must differ")]
    [InlineData("seeds: [3, 5]", "seeds: many", 19, "seeds is \"many\"")]
    [InlineData("leakage: as-published", "leakage: lax", 22, "leakage is \"lax\", but must be strict or as-published")]
    [InlineData("target: energy", "note: x", 5, "source cheap has no \"target\"")]
    [InlineData("study: small", "study: a/b", 1, "may hold letters, digits")]
    [InlineData("study: small", "study: .hidden", 1, "beginning with a letter or digit")]
    [InlineData("name: frozen", "name: full", 18, "transfer lists \"full\" twice")]
    [InlineData("choice: [8, 16]", "chioce: [8, 16]", 17, "Did you mean \"choice\"?")]
    [InlineData("choice: [8, 16]", "log: [0, 1]", 17, "must start above 0")]
    [InlineData("choice: [8, 16]", "int: [5, 2]", 17, "low before high")]
    [InlineData("budget: { trials: 100 }", "budget: { trials: few }", 21, "trials is few")]
    public void A_mistake_is_reported_with_its_line_and_rule(string right, string wrong, int line, string text)
    {
        var error = Refused(Good.Replace(right, wrong));
        Assert.Contains(error.Problems, p => p.Text.Contains(text, StringComparison.Ordinal) && p.Line == line && p.File == "a.yaml");
    }

    [Fact]
    public void Several_mistakes_are_reported_at_once()
    {
        var error = Refused(Good.Replace("limit: 300", "limt: 300").Replace("leakage: as-published", "leakage: lax").Replace("sampler", "samplr"));
        Assert.Equal(3, error.Problems.Count);
        Assert.Equal(error.Problems.OrderBy(p => p.Line), error.Problems);
    }

    [Theory]
    [InlineData("study: [", "not YAML")]
    [InlineData("", "one YAML mapping")]
    [InlineData("- a\n- b", "one YAML mapping")]
    [InlineData("study: x", "neither \"sources\" nor \"targets\"")]
    [InlineData("study: x\nstudy: y", "not YAML")]
    [InlineData("study: x\ntargets: { a: { data: d, target: t } }", "no \"transfer\" list")]
    [InlineData("study: x\nsources: { a: { target: t } }", "needs either \"data\"")]
    public void What_is_no_study_is_refused(string text, string reason) => Assert.Contains(reason, Refused(text).Message);

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains("cannot read the study file", Assert.Throws<StudyFileException>(() => StudyFileReader.Read("/nowhere/x.yaml")).Message);
}
