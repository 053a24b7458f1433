using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AtomSets.Studies;
using Npgsql;

namespace AtomSets.Bench;

/// <summary>
/// Fills a database with studies like those that people run: ladders (ways of transfer × sizes × seeds × folds, each run evaluated) and searches
/// (draws × replicates, some pruned at rungs, the winners evaluated), some of which share trials; the first study is a giant with an eighth of
/// all trials. The same seed gives the same rows.
/// </summary>
sealed class StudyGenerator(NpgsqlConnection connection, long trials, long epochs, ulong seed)
{
    static readonly string[] Families = ["megnet", "cgcnn", "elemnet"];
    static readonly string[] Modes = ["scratch", "full", "new-head", "AtomSets-V1"];
    static readonly long[] Sizes = [50, 100, 200, 400, 800];
    static readonly DateTime Began = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    readonly DatabaseLoader _loader = new(connection, seed);
    readonly KeyedStream _draws = new(seed, "studies");
    readonly Dictionary<string, (GeneratedTrial Run, GeneratedTrial? Test)> _shared = new(StringComparer.Ordinal);
    readonly List<(long Id, string Name, int Nodes)> _studies = [];
    ulong _position;
    long _made, _epochs;
    int _nodes;

    public async Task<string> RunAsync()
    {
        await _loader.BeginAsync();
        for (var study = 1; _made < trials; study++)
        {
            _nodes = 0;
            var isGiant = study == 1;
            var name = isGiant ? "giant" : string.Create(CultureInfo.InvariantCulture, $"{(study % 2 == 0 ? "ladder" : "search")}-{study:0000}");
            if (isGiant)
            {
                await LadderAsync(study, trials / 16, (int)Math.Max(1, trials / 16 / (Modes.Length * Sizes.Length * 2 * 5)), 5);
                await SearchAsync(study, trials / 16, prunes: false);
            }
            else if (study % 2 == 0)
                await LadderAsync(study, trials, 4 + (int)Below(20), Below(3) == 0 ? 5 : 1);
            else
                await SearchAsync(study, Math.Min(trials / 8, 500 + (long)Below(5000)), prunes: Below(2) == 0);
            _studies.Add((study, name, _nodes));
        }
        await _loader.FlushAsync(all: true);
        foreach (var (id, name, nodes) in _studies)
        {
            await using var insert = new NpgsqlCommand("""
                INSERT INTO studies (id, name, status, hash, priority, description, nodes, finished, failed, blocked, last_sequence) OVERRIDING SYSTEM VALUE
                VALUES ($1, $2, 'finished', $3, 0, 'generated', $4, $4, 0, 0, 1)
                """, connection)
            { Parameters = { new() { Value = id }, new() { Value = name }, new() { Value = Key(name) }, new() { Value = nodes } } };
            await insert.ExecuteNonQueryAsync();
        }
        await DatabaseLoader.ExecuteAsync(connection, "SELECT setval('studies_id_seq', (SELECT max(id) FROM studies)), setval('trials_id_seq', (SELECT max(id) FROM trials))");
        return string.Create(CultureInfo.InvariantCulture,
            $"{_studies.Count} studies, {_loader.Trials} trials, {_loader.Epochs} epochs, {_loader.Predictions} predictions");
    }

    async Task LadderAsync(long study, long limit, int seeds, int folds)
    {
        var (problem, family) = (GeneratedProblem.All[(int)Below((ulong)GeneratedProblem.All.Count)], Families[Below(3)]);
        var sharing = Below(4) == 0;
        var (model, target, until) = (study % 3 == 0 ? "net" : family + "-wide", study % 2 == 0 ? "dear" : "small", _made + limit);
        var parent = Train(problem, family, 4000, 1, null, "scratch", "", problem.Scale * 0.1, 0, null, false);
        Node(study, "pretrain/mp/s1", "train", "pretrain/mp", 0, parent, Labels("pretrain", problem, 4000, model, "scratch", ("source", "mp"), ("seed", "1")));
        foreach (var mode in Modes)
        {
            foreach (var size in Sizes)
            {
                var group = string.Create(CultureInfo.InvariantCulture, $"transfer/{target}/{mode}/{(mode == "scratch" ? model : "mp")}/n{size}");
                for (var replicate = 0; replicate < seeds * folds; replicate++)
                {
                    if (_made >= until) return;
                    var (one, fold) = (replicate % seeds, folds > 1 ? replicate / seeds : (int?)null);
                    var place = string.Create(CultureInfo.InvariantCulture, $"{problem.Property}/{family}/{mode}/{size}/{one}/{fold}");
                    if (!sharing || mode != "scratch" || !_shared.TryGetValue(place, out var pair))
                    {
                        var gain = mode switch { "full" => 0.8, "new-head" => 0.9, "AtomSets-V1" => 0.7, _ => 1 };
                        var run = Train(problem, mode == "AtomSets-V1" ? "atomsets" : family, size, one, fold, mode, parent.Key, problem.Scale * gain * Math.Pow(size, -0.35), 0, null, Below(100) == 0);
                        pair = _shared[place] = (run, run.Failed ? null : Evaluate(problem, run));
                    }
                    var name = string.Create(CultureInfo.InvariantCulture, $"{(fold is null ? "" : $"f{fold}")}s{one}");
                    List<(string, string)> more = [("target", target), ("seed", one.ToString(CultureInfo.InvariantCulture))];
                    if (fold is not null) more.Add(("fold", fold.Value.ToString(CultureInfo.InvariantCulture)));
                    if (mode != "scratch") more.AddRange([("source", "mp"), ("source_rows", "4000")]);
                    var labels = Labels("transfer", problem, size, mode == "AtomSets-V1" ? "sets" : model, mode, [.. more]);
                    Node(study, $"{group}/{name}", "train", group, replicate, pair.Run, labels);
                    if (pair.Test is not null) Node(study, $"{group}/{name}/test", "evaluate", null, replicate, pair.Test, labels);
                }
            }
            await _loader.FlushAsync(all: false);
        }
    }

    async Task SearchAsync(long study, long limit, bool prunes)
    {
        var (problem, family) = (GeneratedProblem.All[(int)Below((ulong)GeneratedProblem.All.Count)], Families[Below(3)]);
        const int replicates = 2;
        int[] rungs = prunes ? [4, 12] : [];
        var draws = (int)Math.Max(1, limit / Sizes.Length / replicates * 9 / (prunes ? 13 : 9));
        foreach (var size in Sizes)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"transfer/{family}/scratch/net/n{size}");
            (GeneratedTrial[] Runs, double Error) best = ([], double.PositiveInfinity);
            for (var draw = 0; draw < draws; draw++)
            {
                var width = (8 << (int)Below(4)).ToString(CultureInfo.InvariantCulture);
                var rate = Math.Pow(10, -4 + (2 * Uniform())).ToString("G6", CultureInfo.InvariantCulture);
                var quality = 1 + (0.6 * Uniform());
                var group = string.Create(CultureInfo.InvariantCulture, $"{id}/search/{draw}");
                var levels = prunes && draw % 9 != 0 ? (draw % 3 == 0 ? 2 : 1) : rungs.Length + 1;
                var labels = Labels("transfer", problem, size, "net", "scratch", ("target", family), ("width", width), ("learning_rate", rate));
                var last = new GeneratedTrial[replicates];
                for (var level = 0; level < levels; level++)
                {
                    var rung = level < rungs.Length ? rungs[level] : (int?)null;
                    for (var replicate = 0; replicate < replicates; replicate++)
                    {
                        last[replicate] = Train(problem, family, size, replicate + 1, null, "scratch", width + "/" + rate, problem.Scale * quality * Math.Pow(size, -0.35),
                            level == 0 ? 0 : rungs[level - 1], rung, false);
                        var node = string.Create(CultureInfo.InvariantCulture, $"{group}/{replicate}{(rung is null ? "" : $"@{rung}")}");
                        Node(study, node, "train", group, replicate, last[replicate], labels);
                    }
                }
                if (levels == rungs.Length + 1 && last.Average(run => run.Error) is var error && error < best.Error) best = (last, error);
                await _loader.FlushAsync(all: false);
            }
            for (var replicate = 0; replicate < best.Runs.Length; replicate++)
            {
                var one = (replicate + 1).ToString(CultureInfo.InvariantCulture);
                Node(study, $"{id}/s{one}/test", "evaluate", null, replicate, Evaluate(problem, best.Runs[replicate]), Labels("transfer", problem, size, "net", "scratch", ("target", family), ("seed", one)));
            }
        }
    }

    GeneratedTrial Train(GeneratedProblem problem, string family, long size, int one, int? fold, string mode, string what, double error, int begun, int? rung, bool fails)
    {
        var id = ++_made;
        // What is left, shared out among those that will train: about four in five.
        var mean = Math.Max(8, (epochs - _epochs) / Math.Max(1, 0.8 * (trials - id)));
        var end = rung ?? Math.Max(begun + 2, (int)(mean * (0.5 + Uniform())));
        end = Math.Min(end, 2000);
        _epochs += end - begun;
        error *= 0.9 + (0.2 * Uniform());
        var seconds = (end - begun) * (0.01 + (size * 2e-4));
        var manifest = Key(string.Create(CultureInfo.InvariantCulture, $"{problem.Property}{one}{fold}"));
        var (source, text) = (mode is "scratch" ? "" : $$$""","parent":"{{{what}}}" """, (FormattableString)$$$"""
            {"data":{"set":"{{{problem.DataSet}}}","hash":"{{{Key(problem.DataSet)}}}","rows":{{{size}}},"unit":"{{{problem.Unit}}}","target":"{{{problem.Property}}}","manifest":"{{{manifest}}}"},"kind":"train","seed":{{{one}}},"model":{"kind":"{{{family}}}","revision":1,"settings":{"width":64,"blocks":3,"hidden":64,"output":"linear","states":0,"dropout":0,"outputs":1,"readout":32,"variant":"original","elements":95,"embedding":16,"set2set_steps":2,"cutoff_angstrom":5,"gaussian_centres":100,"gaussian_stop_angstrom":6,"gaussian_width_angstrom":0.5}},"format":1,"numerics":"cpu","training":{"clip":"global","loss":"auto","beta1":0.9,"beta2":0.999,"epochs":1000,"on_nan":"fail","shards":1,"epsilon":1e-7,"scaling":"standard","patience":50,"schedule":"constant","clip_norm":3,"optimizer":"adam","batch_size":128,"min_epochs":0,"huber_delta":1,"weight_decay":0,"learning_rate":0.001,"warmup_epochs":0,"schedule_every":100,"min_improvement":0,"schedule_factor":0.5,"min_learning_rate":0,"schedule_patience":20},"number":{{{id}}}
            """);
        var spec = text.ToString(CultureInfo.InvariantCulture) + $$$""","transfer":{"mode":"{{{(mode == "AtomSets-V1" ? "features:V1" : mode)}}}"{{{source}}}}}""";
        FormattableString result = $$$"""
            {"info":{"device":"cpu-avx512","machine":"node{{{id / 500 % 8}}}","program":"0.1.0","numerics":"cpu","transfer":"0 parameters copied (0 tensors), 0 frozen (0), 15393 drawn anew (75)"},"stop":"{{{(rung is not null ? "paused" : end >= 2000 ? "cap" : "plateau")}}}","score":{"unit":"{{{problem.Unit}}}","value":{{{error:R}}},"metric":"mae"},"epochs":{{{end}}},"result":"train","metrics":{"validation_r2":0.9,"validation_mae":{{{error:R}}},"validation_rmse":{{{error * 1.3:R}}}},"seconds":{{{seconds:R}}},"weights":"{{{Key("w" + id)}}}","bestEpoch":{{{Math.Max(1, end - 5)}}},"parameters":15393}
            """;
        var trial = new GeneratedTrial(id, Key("t" + id), true, spec, fails ? null : result.ToString(CultureInfo.InvariantCulture), Owner(id), Began.AddSeconds(id * 8),
            begun, end, fails ? double.NaN : error, seconds, 0, problem);
        _loader.Add(trial);
        return trial;
    }

    GeneratedTrial Evaluate(GeneratedProblem problem, GeneratedTrial run)
    {
        var id = ++_made;
        var error = run.Error * (1 + (0.1 * Uniform()));
        var spec = $$$"""{"kind":"evaluate","format":1,"numerics":"cpu","trial":"{{{run.Key}}}","data":{"set":"{{{problem.DataSet}}}","unit":"{{{problem.Unit}}}","target":"{{{problem.Property}}}"}}""";
        FormattableString result = $$$"""
            {"info":{"device":"cpu-avx512","machine":"node{{{id / 500 % 8}}}","program":"0.1.0","numerics":"cpu"},"looks":[{"rows":"rows-of-{{{problem.Property}}}","target":"{{{problem.Property}}}","dataSet":"{{{problem.DataSet}}}","rowCount":{{{problem.TestRows}}}}],"result":"evaluate","scores":[{"unit":"{{{problem.Unit}}}","value":{{{error:R}}},"metric":"mae"},{"unit":"{{{problem.Unit}}}","value":{{{error * 1.3:R}}},"metric":"rmse"}],"seconds":0.05}
            """;
        var trial = new GeneratedTrial(id, Key("t" + id), false, spec, result.ToString(CultureInfo.InvariantCulture), Owner(id), Began.AddSeconds(id * 8), 0, 0, error, 0.05, run.Id, problem);
        _loader.Add(trial);
        return trial;
    }

    void Node(long study, string node, string kind, string? group, int replicate, GeneratedTrial trial, string labels)
    {
        _nodes++;
        _loader.Add(new GeneratedNode(study, node, kind, group, replicate, trial.Failed ? "failed" : "finished", trial.Key, labels));
    }

    static string Labels(string role, GeneratedProblem problem, long size, string model, string mode, params (string Name, string Value)[] more)
    {
        var others = string.Concat(more.Select(pair => $",\"{pair.Name}\":\"{pair.Value}\""));
        return string.Create(CultureInfo.InvariantCulture,
            $$$"""{"role":"{{{role}}}","data":"{{{problem.DataSet}}}","property":"{{{problem.Property}}}","unit":"{{{problem.Unit}}}","rows":"{{{size}}}","model":"{{{model}}}","mode":"{{{mode}}}"{{{others}}}}""");
    }

    // A program for each twenty thousand trials or so, with eight workers on a machine.
    static string Owner(long id) => string.Create(CultureInfo.InvariantCulture, $"node{id / 500 % 8}:{1000 + (id / 20_000)}:20260101000000/w{1 + (id % 8)}");

    ulong Below(ulong bound) => _draws.Below(_position++, bound);

    double Uniform() => _draws.Uniform(_position++);

    static string Key(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
