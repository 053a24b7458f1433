using System.Text.Json.Nodes;
using AtomSets.Studies;

namespace AtomSets.Bench;

/// <summary>Plays a game with the study machine, as an engine would.</summary>
static class OurSearch
{
    public static SearchEnd Play(SearchGame game)
    {
        var names = Enumerable.Range(0, game.Function.Dimensions).Select(i => FormattableString.Invariant($"x{i}")).ToArray();
        var template = new JsonObject { ["kind"] = "train" };
        foreach (var name in names) template[name] = SpecTemplate.Draw(name);
        var search = new SearchNode(
            "search", "tpe", game.Trials, [.. names.Select(name => new FloatDimension(name, game.Function.Low, game.Function.High))], [new SpecTemplate(template)])
        {
            Pruning = game.Prunes ? new Pruning(PruningRule.Asha, [.. SearchGame.Rungs]) : null,
        };
        var study = new ResolvedStudy { Name = "game", Seed = game.Seed, Lookahead = game.Workers, Nodes = [search, new SelectNode("best", ["search"])] };
        var (waiting, running) = (new List<RequestTrial>(), new List<RequestTrial>());
        var (best, epochs, moves, begun) = (double.PositiveInfinity, 0L, 0UL, 0);
        var step = StudyMachine.Apply(null, new StudyStarted(study));
        while (true)
        {
            waiting.AddRange(step.Commands.OfType<RequestTrial>());
            while (running.Count < game.Workers && waiting.Count > 0)
            {
                var first = waiting.MinBy(request => request.Order)!;
                waiting.Remove(first);
                running.Add(first);
                if (!first.Spec.Json.Contains("\"from\"", StringComparison.Ordinal)) begun++;
            }
            if (running.Count == 0 || epochs >= game.Budget) return new SearchEnd(best, begun);
            var ended = running[game.Next(moves++, running.Count)];
            running.Remove(ended);
            var spec = JsonNode.Parse(ended.Spec.Json)!;
            var x = names.Select(name => spec[name]!.GetValue<double>()).ToArray();
            var until = spec["rung"]?["until"]?.GetValue<int>() ?? SearchGame.Epochs;
            var before = spec["rung"]?["from"] is null ? 0 : SearchGame.Rungs.Last(rung => rung < until);
            var value = game.ValueAt(x, until);
            epochs += until - before;
            if (until == SearchGame.Epochs) best = Math.Min(best, value);
            step = StudyMachine.Apply(step.State, new TrialFinished(ended.Key, new ValidationScore("value", value, "")));
        }
    }
}
