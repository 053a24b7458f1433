using System.Text.Json.Nodes;
using AtomSets.Contracts;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Studies;

public sealed class PlanRulesTests
{
    [Fact]
    public void Broken_plans_are_refused_with_node_and_rule()
    {
        Refused("two nodes of study 's' have the id 'a/0'", Plans.Train("a", 0, 1), Plans.Train("a", 0, 1));
        Refused("group 'g' has replicate 1 twice: 'x' and 'y'", Train("x", "g", 1), Train("y", "g", 1));
        Refused("the train node 'a/0' names the parent 'nowhere', which the plan does not have", Plans.Train("a", 0, 1, "nowhere"));
        Refused("names the parent 'test', which is evaluate", Plans.Train("a", 0, 1), Plans.Evaluate("test", "a/0"), Plans.Train("b", 0, 1, "test"));
        Refused("the select node 'best' has no candidates", Plans.Train("a", 0, 1), Plans.Select("best"));
        Refused("names the candidate 'b', which is neither a group nor a search node", Plans.Train("a", 0, 1), Plans.Select("best", "a", "b"));
        Refused("needs replicate 1 of the winner of 'best', but its candidate 'a' has none", Plans.Train("a", 0, 1), Plans.Select("best", "a"), Plans.Train("b", 1, 1, "best"));
        Refused("wait for each other in a circle (or for nodes that do): a/0, b/0", Plans.Train("a", 0, 1, "b/0"), Plans.Train("b", 0, 1, "a/0"));
        Refused("circle (or for nodes that do): a/0, best", Plans.Train("a", 0, 1, "best"), Plans.Select("best", "a"));
        Refused("has a template of kind Evaluate, but must have Train", new TrainNode("a", "a", 0, new SpecTemplate("""{"kind":"evaluate"}""")));
        Refused("evaluates nothing", new EvaluateNode("a", 0, new SpecTemplate("""{"kind":"evaluate"}""")));
        Refused("uses the draw 'rate', but only search nodes draw", new TrainNode("a", "a", 0, Drawing("rate")));
        Refused("uses the draw 'rate', which its space does not have", new SearchNode("a", "grid", 0, [], [Drawing("rate")]));
        Refused("'best' names a group and a select node", Train("x", "best", 0), Plans.Select("best", "best"));
        Refused("none of them U+0000", Train("a\0", "g", 0));
        Refused("has nothing to do");
    }

    [Theory]
    [InlineData("")]
    [InlineData("-x")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("é")]
    public void Names_that_files_and_shells_would_trip_over_are_refused(string name) =>
        Assert.Contains("is not allowed", Assert.Throws<StudyInputException>(() => Start(Plans.Study(name, Plans.Train("a", 0, 1)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Study_survives_json_and_its_hash_is_of_the_work_alone()
    {
        var study = Plans.Ladder("s") with { Facts = [new CountedFact("leakage", 3, "3 rows")], Source = "name: s" };
        var back = ResolvedStudy.FromJson(study.ToJson());
        Assert.Equal(study.ToJson(), back.ToJson());
        Assert.Equal(study.Hash, back.Hash);
        Assert.Equal(study.Hash, (study with { Description = "other words", Source = "# comment", Facts = [] }).Hash);
        Assert.NotEqual(study.Hash, (study with { Seed = 2 }).Hash);
        Assert.NotEqual(study.Hash, (study with { Nodes = study.Nodes.RemoveAt(0) }).Hash);
    }

    static SpecTemplate Drawing(string dimension) => new(new JsonObject { ["kind"] = "train", ["x"] = SpecTemplate.Draw(dimension) });

    static TrainNode Train(string id, string group, int replicate) => new(id, group, replicate, new SpecTemplate("""{"kind":"train"}"""));

    static void Refused(string reason, params PlanNode[] nodes) =>
        Assert.Contains(reason, Assert.Throws<StudyInputException>(() => Start(Plans.Study("s", nodes))).Message, StringComparison.OrdinalIgnoreCase);

    static void Start(ResolvedStudy study) => StudyMachine.Apply(null, new StudyStarted(study));
}
