using Npgsql;
using NpgsqlTypes;
using AtomSets.Studies;

namespace AtomSets.Bench;

/// <summary>
/// Copies generated studies into a database of ours, some thousand trials at a time. Checks and triggers are off meanwhile (the rows are good by
/// construction); what is derived is made at the end, as a migration makes it.
/// </summary>
sealed class DatabaseLoader(NpgsqlConnection connection, ulong seed)
{
    /// <summary>So many trials train at once: their epochs lie between each other on the disk.</summary>
    const int Together = 32;

    /// <summary>Epochs that a trial writes at a time.</summary>
    const int Flush = 8;

    const int Chunk = 20_000;

    readonly KeyedStream _noise = new(seed, "rows");
    readonly List<GeneratedTrial> _trials = [];
    readonly List<GeneratedNode> _nodes = [];

    public long Trials { get; private set; }

    public long Epochs { get; private set; }

    public long Predictions { get; private set; }

    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }

    public Task BeginAsync() => ExecuteAsync(connection, "SET session_replication_role = replica; SET synchronous_commit = off");

    public void Add(GeneratedTrial trial) => _trials.Add(trial);

    public void Add(GeneratedNode node) => _nodes.Add(node);

    public async Task FlushAsync(bool all)
    {
        if (_trials.Count < Chunk && !all) return;
        await CopyAsync("trials (id, key, kind, spec, status, owner, lease_until, failure, result, created_at, claimed_at, ended_at)", async copy =>
        {
            foreach (var trial in _trials)
            {
                await copy.StartRowAsync();
                await copy.WriteAsync(trial.Id, NpgsqlDbType.Bigint);
                await copy.WriteAsync(trial.Key, NpgsqlDbType.Text);
                await copy.WriteAsync(trial.IsTraining ? "train" : "evaluate", NpgsqlDbType.Text);
                await copy.WriteAsync(trial.Spec, NpgsqlDbType.Jsonb);
                await copy.WriteAsync(trial.Failed ? "failed" : "finished", NpgsqlDbType.Text);
                await copy.WriteAsync(trial.Owner, NpgsqlDbType.Text);
                await copy.WriteAsync(trial.Ended, NpgsqlDbType.TimestampTz);
                await WriteAsync(copy, trial.Failed ? "the loss is not a number" : null, NpgsqlDbType.Text);
                await WriteAsync(copy, trial.Result, NpgsqlDbType.Jsonb);
                foreach (var seconds in (double[])[trial.Seconds, trial.Seconds, 0]) await copy.WriteAsync(trial.Ended.AddSeconds(-seconds), NpgsqlDbType.TimestampTz);
            }
        });
        await CopyAsync("trial_parents (trial_id, parent_id)", async copy =>
        {
            foreach (var trial in _trials.Where(trial => trial.Parent != 0))
            {
                await copy.StartRowAsync();
                await copy.WriteAsync(trial.Id, NpgsqlDbType.Bigint);
                await copy.WriteAsync(trial.Parent, NpgsqlDbType.Bigint);
            }
        });
        await CopyAsync("study_nodes (study_id, node, kind, grp, replicate, status, trial_key, labels)", async copy =>
        {
            foreach (var node in _nodes)
            {
                await copy.StartRowAsync();
                await copy.WriteAsync(node.Study, NpgsqlDbType.Bigint);
                await copy.WriteAsync(node.Node, NpgsqlDbType.Text);
                await copy.WriteAsync(node.Kind, NpgsqlDbType.Text);
                await WriteAsync(copy, node.Group, NpgsqlDbType.Text);
                await (node.Replicate is { } replicate ? copy.WriteAsync(replicate, NpgsqlDbType.Integer) : copy.WriteNullAsync());
                await copy.WriteAsync(node.Status, NpgsqlDbType.Text);
                await WriteAsync(copy, node.Key, NpgsqlDbType.Text);
                await copy.WriteAsync(node.Labels, NpgsqlDbType.Jsonb);
            }
        });
        await CopyAsync("epochs (trial_id, epoch, train_loss, val_error, learning_rate, seconds, samples_per_second)", CopyEpochsAsync);
        await CopyAsync("predictions (trial_id, ordinal, row_set, material_id, target, value, truth)", CopyPredictionsAsync);
        await CopyAsync("test_looks (trial_id, ordinal, data_set, target, rows, row_count)", async copy =>
        {
            foreach (var trial in _trials.Where(trial => !trial.IsTraining))
            {
                await copy.StartRowAsync();
                await copy.WriteAsync(trial.Id, NpgsqlDbType.Bigint);
                await copy.WriteAsync(1, NpgsqlDbType.Integer);
                await copy.WriteAsync(trial.Problem.DataSet, NpgsqlDbType.Text);
                await copy.WriteAsync(trial.Problem.Property, NpgsqlDbType.Text);
                await copy.WriteAsync("rows-of-" + trial.Problem.Property, NpgsqlDbType.Text);
                await copy.WriteAsync(trial.Problem.TestRows, NpgsqlDbType.Integer);
            }
        });
        Trials += _trials.Count;
        _trials.Clear();
        _nodes.Clear();
    }

    async Task CopyEpochsAsync(NpgsqlBinaryImporter copy)
    {
        foreach (var batch in _trials.Where(trial => trial.Epochs > trial.Begun).Chunk(Together))
        {
            var next = batch.Select(trial => trial.Begun + 1).ToArray();
            for (var busy = true; busy;)
            {
                busy = false;
                for (var i = 0; i < batch.Length; i++)
                {
                    for (var epoch = next[i]; epoch < next[i] + Flush && epoch <= batch[i].Epochs; epoch++) await EpochAsync(copy, batch[i], epoch);
                    next[i] += Flush;
                    busy |= next[i] <= batch[i].Epochs;
                }
            }
        }
    }

    async Task EpochAsync(NpgsqlBinaryImporter copy, GeneratedTrial trial, int epoch)
    {
        var error = (trial.Failed ? trial.Problem.Scale : trial.Error) * (1 + (4 * Math.Exp(-5.0 * epoch / trial.Epochs)) + (0.05 * _noise.Uniform((ulong)Epochs)));
        var seconds = trial.Seconds / (trial.Epochs - trial.Begun);
        await copy.StartRowAsync();
        await copy.WriteAsync(trial.Id, NpgsqlDbType.Bigint);
        await copy.WriteAsync(epoch, NpgsqlDbType.Integer);
        await copy.WriteAsync(error / trial.Problem.Scale, NpgsqlDbType.Double);
        await copy.WriteAsync(error, NpgsqlDbType.Double);
        await copy.WriteAsync(1e-3, NpgsqlDbType.Double);
        await copy.WriteAsync(seconds, NpgsqlDbType.Double);
        await copy.WriteAsync(500 / seconds, NpgsqlDbType.Double);
        Epochs++;
    }

    async Task CopyPredictionsAsync(NpgsqlBinaryImporter copy)
    {
        foreach (var trial in _trials.Where(trial => !trial.IsTraining))
        {
            for (var row = 0; row < trial.Problem.TestRows; row++)
            {
                // Some materials are hard for everybody.
                var hard = 0.4 + (row % 17 == 0 ? 3 : row % 5 * 0.2);
                await copy.StartRowAsync();
                await copy.WriteAsync(trial.Id, NpgsqlDbType.Bigint);
                await copy.WriteAsync(row, NpgsqlDbType.Integer);
                await copy.WriteAsync("test", NpgsqlDbType.Text);
                await copy.WriteAsync(trial.Problem.Material(row), NpgsqlDbType.Text);
                await copy.WriteAsync(trial.Problem.Property, NpgsqlDbType.Text);
                await copy.WriteAsync(trial.Problem.Truth(row) + (trial.Error * hard * ((2 * _noise.Uniform((ulong)Predictions + (1UL << 40))) - 0.9)), NpgsqlDbType.Double);
                await copy.WriteAsync(trial.Problem.Truth(row), NpgsqlDbType.Double);
                Predictions++;
            }
        }
    }

    async Task CopyAsync(string target, Func<NpgsqlBinaryImporter, Task> write)
    {
        await using var copy = await connection.BeginBinaryImportAsync($"COPY {target} FROM STDIN (FORMAT binary)");
        copy.Timeout = Timeout.InfiniteTimeSpan;
        await write(copy);
        await copy.CompleteAsync();
    }

    static Task WriteAsync(NpgsqlBinaryImporter copy, string? text, NpgsqlDbType type) => text is null ? copy.WriteNullAsync() : copy.WriteAsync(text, type);
}
