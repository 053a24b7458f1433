using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using AtomSets.Storage;
using AtomSets.Studies;
using Npgsql;

namespace AtomSets.Browser.Tests;

/// <summary>
/// A study of very many trials that were never trained: its whole log as a host writes it (events, decisions, nodes, snapshots), with scores, learning curves
/// and test predictions made up. Two ways of transfer at five sizes, each searched.
/// </summary>
sealed class GiantStudy(Database database, string name)
{
    const int Batch = 500, Epochs = 20, Materials = 200;

    static readonly string[] s_modes = ["scratch", "full"];
    static readonly int[] s_sizes = [50, 100, 200, 400, 800];

    /// <summary>Settings of the size that resolved specs have.</summary>
    const string Model = """
        {"kind":"megnet","revision":1,"settings":{"width":64,"blocks":3,"hidden":64,"output":"linear","states":0,"dropout":0,"outputs":1,"readout":32,"variant":"original","elements":95,"embedding":16,"set2set_steps":2,"cutoff_angstrom":5,"gaussian_centres":100,"gaussian_stop_angstrom":6,"gaussian_width_angstrom":0.5}}
        """;

    const string Training = """
        {"clip":"global","loss":"auto","beta1":0.9,"beta2":0.999,"epochs":1000,"on_nan":"fail","shards":1,"epsilon":1e-7,"scaling":"standard","patience":50,"schedule":"constant","clip_norm":3,"optimizer":"adam","batch_size":128,"min_epochs":0,"huber_delta":1,"weight_decay":0,"warmup_epochs":0,"schedule_every":100,"min_improvement":0,"schedule_factor":0.5,"min_learning_rate":0,"schedule_patience":20}
        """;

    const string InsertTrials = """
        INSERT INTO trials (key, kind, spec, status, owner, lease_until, ended_at, result)
        SELECT x.key, x.kind, x.spec::jsonb, 'finished', 'giant', now(), now(), x.result::jsonb FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) x(key, kind, spec, result)
        ON CONFLICT (key) DO NOTHING
        """;

    const string InsertParents = """
        INSERT INTO trial_parents SELECT t.id, p.id FROM unnest($1::text[]) x(key) JOIN trials t ON t.key = x.key JOIN trials p ON p.key = t.spec ->> 'trial' ON CONFLICT DO NOTHING
        """;

    /// <summary>Of every second training.</summary>
    const string InsertEpochs = """
        INSERT INTO epochs SELECT t.id, e, 1.0 / e, t.val_error * (1 + 2.0 / e), 0.001, 0.1, 1000 FROM trials t, generate_series(1, $1) e
        WHERE t.owner = 'giant' AND t.kind = 'train' AND get_byte(decode(left(t.key, 2), 'hex'), 0) % 2 = 0 ON CONFLICT DO NOTHING
        """;

    const string InsertPredictions = """
        INSERT INTO predictions (trial_id, ordinal, row_set, material_id, target, value, truth)
        SELECT t.id, m, 'test', 'ionic-' || m, 'lattice_energy_ev_atom', sin(m) + t.test_error * cos(m * 7 + t.id), sin(m) FROM trials t, unnest($1::text[]) x(key), generate_series(0, $2 - 1) m
        WHERE t.key = x.key AND t.kind = 'evaluate' ON CONFLICT DO NOTHING
        """;

    /// <param name="trainings">A multiple of ten.</param>
    public async Task WriteAsync(int trainings)
    {
        var (log, study) = (new PostgresStudyLog(database), Plan(trainings));
        var step = StudyMachine.Apply(null, new StudyStarted(study));
        await log.CreateAsync(name, new StudyCommit(1, [new StudyStarted(study)], step.Decisions, step.ChangedNodes, [], step.State.Header), default);
        var (waiting, next) = (new Queue<RequestTrial>(step.Commands.OfType<RequestTrial>()), 2L);
        await using var connection = await database.Source.OpenConnectionAsync();
        while (waiting.Count > 0)
        {
            RequestTrial[] ended = [.. Enumerable.Range(0, Math.Min(Batch, waiting.Count)).Select(_ => waiting.Dequeue())];
            await EndAsync(connection, ended);
            var (events, decisions, rows) = (new List<StudyEvent>(), new List<Decision>(), new Dictionary<string, NodeRow>(StringComparer.Ordinal));
            foreach (var request in ended)
            {
                StudyEvent happened = request.Spec.Kind == TrialKind.Evaluate ? new EvaluationFinished(request.Key) : new TrialFinished(request.Key, new ValidationScore("mae", Error(request.Key), "eV/atom")) { Epochs = Epochs };
                step = StudyMachine.Apply(step.State, happened);
                events.Add(happened);
                decisions.AddRange(step.Decisions);
                foreach (var row in step.ChangedNodes) rows[row.Node] = row;
                foreach (var more in step.Commands.OfType<RequestTrial>()) waiting.Enqueue(more);
            }
            await log.AppendAsync(name, new StudyCommit(next, [.. events], [.. decisions], [.. rows.Values], [], step.State.Header), default);
            next += events.Count;
            // As often as a host does.
            if (next % Math.Max(1000, trainings / 4) < Batch) await log.SaveSnapshotAsync(name, new StudySnapshot(next - 1, StudyMachine.Snapshot(step.State)), default);
        }
        await ExecuteAsync(connection, InsertEpochs, Epochs);
        await ExecuteAsync(connection, "ANALYZE");
    }

    ResolvedStudy Plan(int trainings)
    {
        var nodes = ImmutableArray.CreateBuilder<PlanNode>();
        foreach (var mode in s_modes)
            foreach (var size in s_sizes)
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"transfer/dear/{mode}/n{size}");
                var labels = ImmutableSortedDictionary<string, string>.Empty.Add("role", "transfer").Add("target", "dear").Add("mode", mode).Add("data", "ionic").Add("property", "lattice_energy_ev_atom")
                    .Add("unit", "eV/atom").Add("rows", size.ToString(CultureInfo.InvariantCulture)).Add("model", "net").Add("seed", "1");
                var data = new JsonObject { ["set"] = "ionic", ["target"] = "lattice_energy_ev_atom", ["unit"] = "eV/atom", ["rows"] = size, ["study"] = name };
                var training = JsonNode.Parse(Training)!.AsObject();
                training["learning_rate"] = SpecTemplate.Draw("learning_rate");
                training["decay"] = SpecTemplate.Draw("decay");
                var train = new JsonObject { ["kind"] = "train", ["format"] = 1, ["numerics"] = "cpu", ["seed"] = 1, ["model"] = JsonNode.Parse(Model), ["data"] = data, ["training"] = training, ["transfer"] = new JsonObject { ["mode"] = mode } };
                nodes.Add(new SearchNode($"{id}/search", "random", trainings / (s_modes.Length * s_sizes.Length), [new FloatDimension("learning_rate", 1e-4, 1e-2), new FloatDimension("decay", 0, 1)], [new SpecTemplate(train)]) { Labels = labels });
                nodes.Add(new SelectNode($"{id}/best", [$"{id}/search"]) { Labels = labels });
                var evaluate = new JsonObject { ["kind"] = "evaluate", ["format"] = 1, ["numerics"] = "cpu", ["trial"] = SpecTemplate.Parent($"{id}/best"), ["data"] = data.DeepClone() };
                nodes.Add(new EvaluateNode($"{id}/s1/test", 0, new SpecTemplate(evaluate)) { Labels = labels });
            }
        return new ResolvedStudy { Name = name, Seed = 1, Nodes = nodes.ToImmutable(), Description = "Very many trials", Source = $"study: {name}\n" };
    }

    static async Task EndAsync(NpgsqlConnection connection, RequestTrial[] ended)
    {
        await ExecuteAsync(connection, InsertTrials, Texts(ended, one => one.Key.Hex), Texts(ended, one => one.Spec.Kind == TrialKind.Train ? "train" : "evaluate"), Texts(ended, one => one.Spec.Json), Texts(ended, Result));
        var keys = Texts(ended, one => one.Key.Hex);
        await ExecuteAsync(connection, InsertParents, [keys]);
        await ExecuteAsync(connection, InsertPredictions, keys, Materials);
    }

    static string Result(RequestTrial request)
    {
        var score = new JsonObject { ["metric"] = "mae", ["value"] = Error(request.Key), ["unit"] = "eV/atom" };
        var info = new JsonObject { ["device"] = "cpu-avx512", ["machine"] = "vm", ["numerics"] = "cpu", ["program"] = "0.1.0" };
        return (request.Spec.Kind == TrialKind.Evaluate
            ? new JsonObject { ["result"] = "evaluate", ["scores"] = new JsonArray(score), ["looks"] = new JsonArray(), ["seconds"] = 0.1, ["info"] = info }
            : new JsonObject { ["result"] = "train", ["score"] = score, ["epochs"] = Epochs, ["bestEpoch"] = Epochs - 3, ["stop"] = "plateau", ["seconds"] = 2, ["parameters"] = 15393, ["info"] = info, ["metrics"] = new JsonObject { ["validation_r2"] = 0.9 } }).ToJsonString();
    }

    /// <summary>The key alone decides it.</summary>
    static double Error(TrialKey key) => 0.2 + (int.Parse(key.Hex[..6], NumberStyles.HexNumber, CultureInfo.InvariantCulture) / (double)0x1000000);

    static string[] Texts(RequestTrial[] requests, Func<RequestTrial, string> text) => Array.ConvertAll(requests, request => text(request));

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 600 };
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }
}
