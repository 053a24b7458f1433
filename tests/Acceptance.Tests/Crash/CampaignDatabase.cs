using System.Globalization;
using Npgsql;

namespace AtomSets.Acceptance.Tests;

/// <summary>
/// Our hand in the database of a disturbed study: triggers that let a chosen statement of the program stand still until we go on, and a record of
/// what was claimed, finished and deleted. Members that ask a server that is down give null or false.
/// </summary>
sealed class CampaignDatabase(ProgramHome home) : IAsyncDisposable
{
    /// <summary>First key of our advisory locks; the second is the place.</summary>
    const int LockClass = 4711;

    const string NewCheckpoint = "NEW.checkpoint_artifact IS NOT NULL AND NEW.checkpoint_artifact IS DISTINCT FROM OLD.checkpoint_artifact";

    NpgsqlConnection? _connection;

    /// <summary>Whether the triggers are there; they are made as soon as there are tables.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Makes the triggers, once; false while there is no database with tables.</summary>
    public async Task<bool> PrepareAsync()
    {
        if (IsReady) return true;
        // The triggers name columns of several scripts; all of them are applied once a study is stored.
        if (await ScalarAsync("SELECT EXISTS (SELECT FROM studies)") is not true) return false;
        return IsReady = await ExecuteAsync(Instruments);
    }

    /// <summary>From now on statements stand still at the place.</summary>
    public Task<bool> CloseAsync(Place place) => ExecuteAsync(Text($"SELECT pg_advisory_lock({LockClass}, {(int)place})"));

    /// <summary>Lets everybody through.</summary>
    public Task<bool> OpenAsync() => ExecuteAsync("SELECT pg_advisory_unlock_all()");

    /// <summary>The server process that stands still at the place, if one does.</summary>
    public async Task<int?> HeldAsync(Place place) =>
        await ScalarAsync(Text($"SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = {LockClass} AND objid = {(int)place} AND NOT granted LIMIT 1")) as int?;

    /// <summary>Waits until a server process has done what it was at, and has answered; false when it is gone.</summary>
    public async Task<bool> HasAnsweredAsync(int process)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!limit.IsCancellationRequested)
        {
            switch (await ScalarAsync(Text($"SELECT state FROM pg_stat_activity WHERE pid = {process}")))
            {
                case "active": break;
                case string: return true;
                default: return false;
            }
            await Task.Delay(1);
        }
        return false;
    }

    /// <summary>Whether a program (by its process) has claimed a trial yet.</summary>
    public async Task<bool> HasClaimedAsync(int program) => await ScalarAsync(Text($"SELECT EXISTS (SELECT FROM trials WHERE owner LIKE '%:{program}:%')")) is true;

    /// <summary>All processes of the server but ours.</summary>
    public async Task<int[]> ProcessesAsync() => await ScalarAsync("SELECT array_agg(pid ORDER BY pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()") as int[] ?? [];

    /// <summary>What is finished, and the study's log so far: the one may only grow, the other only be appended to.</summary>
    public async Task<(string[] Finished, long Events, string Log)?> KeptAsync()
    {
        if (await ScalarAsync("SELECT array_agg(concat_ws(' ', key, lease_epoch, ended_at, md5(result::text)) ORDER BY key) FROM trials WHERE status = 'finished'") is not string[] finished) return null;
        if (await ScalarAsync("SELECT max(seq) FROM study_events") is not long events) return null;
        return await LogAsync(events) is { } log ? (finished, events, log) : null;
    }

    /// <summary>A sum over the log's events up to one.</summary>
    public async Task<string?> LogAsync(long events) => await ScalarAsync(Text($"SELECT md5(string_agg(payload::text, ',' ORDER BY seq)) FROM study_events WHERE seq <= {events}")) as string;

    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection) await connection.DisposeAsync();
        _connection = null;
    }

    async Task<bool> ExecuteAsync(string sql) => await AskAsync(async command => (object)await command.ExecuteNonQueryAsync(), sql) is not null;

    Task<object?> ScalarAsync(string sql) => AskAsync(command => command.ExecuteScalarAsync(), sql);

    async Task<object?> AskAsync(Func<NpgsqlCommand, Task<object?>> ask, string sql)
    {
        try
        {
            if (_connection is not { State: System.Data.ConnectionState.Open })
            {
                await DisposeAsync();
                _connection = new NpgsqlConnection(home.Address);
                await _connection.OpenAsync();
            }
            await using var command = new NpgsqlCommand(sql, _connection);
            return await ask(command);
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or IOException)
        {
            await DisposeAsync();
            return null;
        }
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    static readonly string Instruments = Text($$"""
        CREATE SCHEMA campaign;
        CREATE TABLE campaign.writes (kind text, key text, epoch bigint, owner text, at timestamptz DEFAULT clock_timestamp());
        CREATE TABLE campaign.wrongs (what text);

        CREATE FUNCTION campaign.hold() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock_shared({{LockClass}}, TG_ARGV[0]::integer);
            RETURN NEW;
        END $$;
        CREATE FUNCTION campaign.written() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO campaign.writes VALUES (TG_ARGV[0], NEW.key, NEW.lease_epoch, NEW.owner);
            RETURN NULL;
        END $$;
        CREATE FUNCTION campaign.changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO campaign.wrongs VALUES (format('finished trial %s was %s: epoch %s to %s', OLD.key, TG_OP, OLD.lease_epoch, NEW.lease_epoch));
            RETURN NULL;
        END $$;
        CREATE FUNCTION campaign.deleted() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO campaign.wrongs
            SELECT format('epoch %s of trial %s was computed again, though its checkpoint has %s', g.epoch, t.key, t.checkpoint_epochs)
            FROM gone g JOIN trials t ON t.id = g.trial_id WHERE t.status = 'finished' OR g.epoch <= t.checkpoint_epochs;
            RETURN NULL;
        END $$;

        CREATE TRIGGER campaign_first AFTER INSERT ON trials FOR EACH ROW EXECUTE FUNCTION campaign.written('claim');
        CREATE TRIGGER campaign_again AFTER UPDATE ON trials FOR EACH ROW WHEN (NEW.lease_epoch <> OLD.lease_epoch) EXECUTE FUNCTION campaign.written('claim');
        CREATE TRIGGER campaign_finished AFTER UPDATE ON trials FOR EACH ROW WHEN (NEW.status = 'finished' AND OLD.status <> 'finished') EXECUTE FUNCTION campaign.written('result');
        CREATE TRIGGER campaign_checkpoint AFTER UPDATE ON trials FOR EACH ROW WHEN ({{NewCheckpoint}}) EXECUTE FUNCTION campaign.written('checkpoint');
        CREATE TRIGGER campaign_changed AFTER UPDATE ON trials FOR EACH ROW
            WHEN (OLD.status = 'finished' AND (NEW.status, NEW.lease_epoch, NEW.result, NEW.ended_at) IS DISTINCT FROM (OLD.status, OLD.lease_epoch, OLD.result, OLD.ended_at))
            EXECUTE FUNCTION campaign.changed();
        CREATE TRIGGER campaign_deleted AFTER DELETE ON epochs REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION campaign.deleted();

        -- Deferred: they stand still in the commit itself.
        CREATE CONSTRAINT TRIGGER hold_first AFTER INSERT ON trials DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION campaign.hold({{(int)Place.Claim}});
        CREATE CONSTRAINT TRIGGER hold_again AFTER UPDATE ON trials DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN (NEW.lease_epoch <> OLD.lease_epoch) EXECUTE FUNCTION campaign.hold({{(int)Place.Claim}});
        CREATE CONSTRAINT TRIGGER hold_checkpoint AFTER UPDATE ON trials DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN ({{NewCheckpoint}}) EXECUTE FUNCTION campaign.hold({{(int)Place.Checkpoint}});
        CREATE CONSTRAINT TRIGGER hold_finish AFTER UPDATE ON trials DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN (NEW.status = 'finished' AND OLD.status <> 'finished') EXECUTE FUNCTION campaign.hold({{(int)Place.Finish}});
        CREATE CONSTRAINT TRIGGER hold_event AFTER INSERT ON study_events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION campaign.hold({{(int)Place.Event}});
        CREATE TRIGGER hold_epoch BEFORE INSERT ON epochs FOR EACH ROW WHEN (NEW.epoch % 3 = 2) EXECUTE FUNCTION campaign.hold({{(int)Place.EpochCopy}});
        CREATE TRIGGER hold_prediction BEFORE INSERT ON predictions FOR EACH ROW WHEN (NEW.ordinal = 7) EXECUTE FUNCTION campaign.hold({{(int)Place.PredictionCopy}});
        """);
}
