using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Studies;

namespace AtomSets.Bench;

/// <summary>Plays a game with Optuna: its sampler of the same name, and its successive halving with the same rungs. Values are computed here.</summary>
static class OptunaSearch
{
    sealed record Running(int Number, JsonObject Drawn, int Rung);

    /// <param name="options">Of its TPE sampler; none are its defaults.</param>
    public static SearchCourse Play(PeerProcess peer, SearchGame game, params ReadOnlySpan<string> options)
    {
        var study = new JsonObject
        {
            ["seed"] = game.Seed, ["sampler"] = game.Sampler, ["options"] = new JsonArray([.. options.ToArray().Select(option => JsonValue.Create(option))]),
            ["prunes"] = game.Prunes, ["space"] = new JsonArray([.. game.Problem.Space.Select(ToJson)]),
        };
        peer.Ask($"study {study.ToJsonString()}");
        var (running, course, now) = (new PriorityQueue<Running, double>(), new SearchCourse(), 0.0);
        while (true)
        {
            while (running.Count < game.Workers && course.Draws.Count < game.Trials)
            {
                Begin(new Running(course.Draws.Count, peer.Ask("ask").AsObject(), 0));
                course.Draws.Add(course.Draws.Count, double.PositiveInfinity);
            }
            if (!running.TryDequeue(out var ended, out now) || now > game.Time) return course;
            var (number, x, _) = ended;
            var value = game.Problem.ValueAt(x, Until(ended.Rung), game.Seed);
            if (Until(ended.Rung) == SearchProblem.Epochs)
            {
                course.Ended(now, course.Draws[number] = value);
                peer.Ask(Text($"tell {number} {value:R}"));
            }
            else if (!peer.Ask(Text($"report {number} {Until(ended.Rung)} {value:R}"))["prune"]!.GetValue<bool>()) Begin(ended with { Rung = ended.Rung + 1 });
        }

        int Until(int rung) => game.Prunes && rung < SearchProblem.Rungs.Length ? SearchProblem.Rungs[rung] : SearchProblem.Epochs;

        void Begin(Running trial) =>
            running.Enqueue(trial, now + ((Until(trial.Rung) - (trial.Rung > 0 ? SearchProblem.Rungs[trial.Rung - 1] : 0)) * game.EpochOf(trial.Number)));
    }

    static JsonObject ToJson(SearchDimension dimension)
    {
        var json = new JsonObject { ["name"] = dimension.Name };
        switch (dimension)
        {
            case FloatDimension d:
                (json["kind"], json["low"], json["high"]) = ("float", d.Low, d.High);
                break;
            case IntDimension d:
                (json["kind"], json["low"], json["high"]) = ("int", d.Low, d.High);
                break;
            case ChoiceDimension d:
                (json["kind"], json["choices"]) = ("choice", Values(d.Values));
                break;
        }
        if (dimension.When is { } when) json["when"] = new JsonObject { ["name"] = when.Dimension, ["values"] = Values(when.Values) };
        return json;
    }

    static JsonArray Values(IEnumerable<ParameterValue> values) => [.. values.Select(value => value.ToJson())];

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
