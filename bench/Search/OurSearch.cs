using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Studies;

namespace AtomSets.Bench;

/// <summary>Plays a game with the study machine, as an engine would.</summary>
static class OurSearch
{
    public static SearchCourse Play(SearchGame game)
    {
        var template = new JsonObject { ["kind"] = "train" };
        foreach (var dimension in game.Problem.Space) template[dimension.Name] = SpecTemplate.Draw(dimension.Name);
        var search = new SearchNode("search", game.Sampler, game.Trials, game.Problem.Space, [new SpecTemplate(template)])
        {
            Pruning = game.Prunes ? new Pruning(PruningRule.Asha, SearchProblem.Rungs) : null,
        };
        // A draw waits for all that are as many draws older: so many are in training beside it.
        var study = new ResolvedStudy { Name = "game", Seed = game.Seed, Lookahead = game.Workers - 1, Nodes = [search, new SelectNode("best", ["search"])] };
        var (waiting, running) = (new PriorityQueue<RequestTrial, long>(), new PriorityQueue<RequestTrial, double>());
        var (course, values, now) = (new SearchCourse(), new Dictionary<TrialKey, double>(), 0.0);
        var step = StudyMachine.Apply(null, new StudyStarted(study));
        while (true)
        {
            foreach (var request in step.Commands.OfType<RequestTrial>()) waiting.Enqueue(request, request.Order);
            while (running.Count < game.Workers && waiting.TryDequeue(out var next, out _))
            {
                var (from, until) = Epochs(next);
                running.Enqueue(next, now + ((until - from) * game.EpochOf(Number(next.Node))));
            }
            if (!running.TryDequeue(out var ended, out now) || now > game.Time) break;
            var value = game.Problem.ValueAt(JsonNode.Parse(ended.Spec.Json)!.AsObject(), Epochs(ended).Until, game.Seed);
            if (Epochs(ended).Until == SearchProblem.Epochs) course.Ended(now, values[ended.Key] = value);
            step = StudyMachine.Apply(step.State, new TrialFinished(ended.Key, new ValidationScore("value", value, "")));
        }
        // Two draws of one configuration share its trial.
        foreach (var row in step.State.Rows().Where(row => row.Kind == "train"))
        {
            var number = Number(row.Node);
            course.Draws[number] = row.Key is { } key && values.TryGetValue(key, out var value) ? value : course.Draws.GetValueOrDefault(number, double.PositiveInfinity);
        }
        return course;
    }

    static int Number(string node) => int.Parse(node.Split('/')[1], CultureInfo.InvariantCulture);

    static (int From, int Until) Epochs(RequestTrial request)
    {
        var rung = JsonNode.Parse(request.Spec.Json)!["rung"];
        var until = rung?["until"]?.GetValue<int>() ?? SearchProblem.Epochs;
        return (rung?["from"] is null ? 0 : SearchProblem.Rungs.Last(epoch => epoch < until), until);
    }
}
