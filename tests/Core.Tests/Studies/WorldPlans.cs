using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Contracts;
using AtomSets.Studies;

namespace AtomSets.Core.Tests.Studies;

/// <summary>Studies that share keys, what their trials come to, and how they end when nothing goes wrong.</summary>
static class WorldPlans
{
    /// <summary>Transient failures come from the schedule and must not change how a study ends.</summary>
    const int Attempts = 10_000;

    /// <summary>Two ladders with the same keys; a random and a learning search that begin with the same draws, pruned, with replicates.</summary>
    public static ImmutableArray<ResolvedStudy> Studies { get; } =
    [
        Plans.Ladder("ladder") with { MaxAttempts = Attempts },
        Plans.Ladder("same") with { MaxAttempts = Attempts, Priority = 1 },
        Search("random", "random", 12, replicates: 2),
        Search("tpe", "tpe", 14, replicates: 2),
        Search("single", "tpe", 16, replicates: 1),
    ];

    /// <summary>The study with more to do, as if its file had been edited.</summary>
    public static ResolvedStudy Extended(ResolvedStudy study) => study with
    {
        Nodes = study.Nodes[0] is SearchNode search
            ? study.Nodes.SetItem(0, search with { Draws = search.Draws + 5 })
            : [.. study.Nodes, .. Plans.Ladder(study.Name, "+").Nodes],
    };

    /// <summary>A number in [0, 1) that the spec alone decides.</summary>
    public static double Score(TrialKey key) => int.Parse(key.Hex[..6], NumberStyles.HexNumber, CultureInfo.InvariantCulture) / (double)0x1000000;

    /// <summary>One in sixteen can never be computed.</summary>
    public static bool IsDoomed(TrialKey key) => key.Hex[6] == '0';

    public static int Shards(TrialKey key) => 1 + (key.Hex[7] % 3);

    /// <summary>The study without any schedule: one trial after the other.</summary>
    public static StudyState Undisturbed(ResolvedStudy study)
    {
        var step = StudyMachine.Apply(null, new StudyStarted(study));
        var waiting = new Queue<RequestTrial>();
        while (true)
        {
            foreach (var request in step.Commands.OfType<RequestTrial>()) waiting.Enqueue(request);
            if (!waiting.TryDequeue(out var next)) return step.State;
            step = StudyMachine.Apply(step.State, IsDoomed(next.Key) ? new TrialFailed(next.Key, 1, "doomed", Transient: false)
                : next.Spec.Kind == TrialKind.Evaluate ? new EvaluationFinished(next.Key)
                : new TrialFinished(next.Key, new ValidationScore("mae", Score(next.Key), "eV/atom")));
        }
    }

    static ResolvedStudy Search(string name, string sampler, int draws, int replicates)
    {
        ImmutableArray<SearchDimension> space = [new IntDimension("n", 0, 6), new FloatDimension("x", 0, 1)];
        var pruning = new Pruning(PruningRule.Asha, [1, 3], Eta: 2);
        var templates = Enumerable.Range(0, replicates).Select(replicate => new SpecTemplate(new JsonObject
        {
            ["kind"] = "train", ["seed"] = replicate, ["n"] = SpecTemplate.Draw("n"), ["x"] = SpecTemplate.Draw("x"),
        }));
        var evaluation = new SpecTemplate(new JsonObject { ["kind"] = "evaluate", ["parents"] = new JsonArray(SpecTemplate.Parent("best")) });
        return new ResolvedStudy
        {
            Name = name, Seed = 1, Lookahead = 3, MaxAttempts = Attempts,
            Nodes =
            [
                new SearchNode("search", sampler, draws, space, [.. templates]) { Pruning = pruning },
                new SelectNode("best", ["search"]),
                .. Enumerable.Range(0, replicates).Select(replicate => new EvaluateNode($"test/{replicate}", replicate, evaluation)),
            ],
        };
    }
}
