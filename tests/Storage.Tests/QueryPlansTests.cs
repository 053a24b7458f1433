using System.Text.RegularExpressions;
using Npgsql;
using Xunit;

namespace AtomSets.Storage.Tests;

/// <summary>
/// How the server goes about the questions of <c>results</c> over twenty studies of a thousand runs: never through all trials, epochs, predictions or nodes,
/// and for one study's question never through those of the others. The plans are those that the server itself reports as it executes (auto_explain).
/// </summary>
public sealed partial class QueryPlansTests(QueryPlansTests.Filled filled) : IClassFixture<QueryPlansTests.Filled>
{
    static readonly CancellationToken None = CancellationToken.None;

    static readonly AnswerPage Page = new(100);

    static readonly ResultFilter Everything = new(), OneStudy = new() { Studies = ["study-7"] };

    static readonly Dictionary<string, Func<Database, ResultFilter, Task>> Questions = new(StringComparer.Ordinal)
    {
        ["best"] = (database, filter) => new ResultAnswers(database).BestAsync(filter, [], Page, None),
        ["best by"] = (database, filter) => new ResultAnswers(database).BestAsync(filter, [ResultColumn.Mode, ResultColumn.Size], Page, None),
        ["transfer"] = (database, filter) => new ResultAnswers(database).TransferAsync(filter, [], Page, None),
        ["sizes"] = (database, filter) => new ResultAnswers(database).SizesAsync(filter, Page, None),
        ["points"] = (database, filter) => new ResultAnswers(database).SizePointsAsync(filter, None),
        ["replicates"] = (database, filter) => new ResultAnswers(database).SizeReplicatesAsync(filter, None),
        ["trials"] = (database, filter) => new ResultAnswers(database).TrialsAsync(filter with { Models = ["megnet"] }, Page, None),
        ["curves"] = (database, filter) => new ResultAnswers(database).CurvesAsync(filter, null, null, Page, None),
        ["best curves"] = (database, filter) => new ResultAnswers(database).BestCurvesAsync(filter, Page, None),
        ["residuals"] = (database, filter) => new ResultAnswers(database).ResidualsAsync(filter, [], null, Page, None),
        ["worst"] = (database, filter) => new ResultAnswers(database).WorstAsync(filter, Page, None),
        ["cost"] = (database, filter) => new CostQueries(database).CostAsync(filter, [], Page, None),
        ["cost by trial"] = (database, filter) => new CostQueries(database).CostAsync(filter, ["trial"], Page, None),
        ["groups"] = (database, filter) => new ResultQueries(database).GroupsAsync(filter, [ResultColumn.Property, ResultColumn.Mode, ResultColumn.Size], None),
    };

    public static TheoryData<string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool>();
            foreach (var question in Questions.Keys)
                foreach (var everything in new[] { true, false }) cases.Add(question, everything);
            return cases;
        }
    }

    [PostgresTheory]
    [MemberData(nameof(Cases))]
    public async Task Answers_are_found_by_indexes(string question, bool everything)
    {
        var plans = await filled.PlansAsync(database => Questions[question](database, everything ? Everything : OneStudy));
        var scans = Scan().Matches(plans).Select(match => match.Groups["table"].Value).ToHashSet(StringComparer.Ordinal);
        string[] forbidden = everything ? ["trials", "epochs", "predictions", "study_nodes", "trial_parents"] : ["trials", "epochs", "predictions", "study_nodes", "trial_parents", "runs", "configurations", "material_errors"];
        Assert.True(!scans.Overlaps(forbidden), plans);
    }

    [PostgresFact]
    public async Task Two_studies_are_compared_by_indexes()
    {
        var plans = await filled.PlansAsync(database => new StudyComparison(database).CompareAsync("study-7", "study-8", [], Page, None));
        Assert.False(Scan().Matches(plans).Any(match => match.Groups["table"].Value is "trials" or "runs" or "configurations"), plans);
    }

    [GeneratedRegex(@"Seq Scan on (?<table>\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Scan();

    /// <summary>Twenty studies: ten sizes, two modes, fifty seeds; every run is evaluated on twenty rows and has ten epochs.</summary>
    public sealed class Filled : IAsyncLifetime
    {
        readonly TestDatabase test = new();

        public async Task InitializeAsync()
        {
            await test.InitializeAsync();
            if (PostgresPresence.SkipReason is not null) return;
            // No time limit: on a busy machine this takes as long as it takes.
            await using var fill = test.Database.Source.CreateCommand("""
                CREATE TABLE drawn AS
                SELECT study, size, mode, seed, row_number() OVER (ORDER BY study, size, mode, seed) AS number
                FROM generate_series(1, 20) study, generate_series(1, 10) size, unnest(ARRAY['scratch', 'full']) mode, generate_series(1, 50) seed;
                INSERT INTO studies (id, name, status, hash, priority, description, nodes, finished, failed, blocked, last_sequence) OVERRIDING SYSTEM VALUE
                SELECT id, 'study-' || id, 'finished', '', 0, '', 2000, 2000, 0, 0, 1 FROM generate_series(1, 20) id;
                INSERT INTO trials (id, key, kind, spec, status, owner, lease_until, result) OVERRIDING SYSTEM VALUE
                SELECT number, rpad(md5(number::text), 64, '0'), 'train', jsonb_build_object('seed', seed, 'model', jsonb_build_object('kind', 'megnet'), 'transfer', jsonb_build_object('mode', mode)),
                    'finished', 'vm:1:x/w1', now(), jsonb_build_object('score', jsonb_build_object('metric', 'mae', 'value', random(), 'unit', 'eV'), 'epochs', 10, 'seconds', 10 * random(), 'stop', 'plateau') FROM drawn;
                INSERT INTO trials (id, key, kind, spec, status, owner, lease_until, result) OVERRIDING SYSTEM VALUE
                SELECT 100000 + number, rpad(md5('e' || number), 64, '0'), 'evaluate', '{}', 'finished', 'vm:1:x/w1', now(),
                    jsonb_build_object('scores', jsonb_build_array(jsonb_build_object('metric', 'mae', 'value', random(), 'unit', 'eV')), 'seconds', 1) FROM drawn;
                INSERT INTO trial_parents SELECT 100000 + number, number FROM drawn;
                INSERT INTO epochs SELECT number, epoch, 1, 1, 1, 1, 1 FROM drawn, generate_series(1, 10) epoch;
                INSERT INTO predictions SELECT 100000 + number, row, 'test', 'm' || row, 'gap', random(), 0 FROM drawn, generate_series(1, 20) row;
                ALTER TABLE study_nodes DISABLE TRIGGER USER;
                INSERT INTO study_nodes (study_id, node, kind, grp, replicate, status, trial_key, labels)
                SELECT study, mode || '/n' || size || '/s' || seed || suffix, kind, CASE kind WHEN 'train' THEN mode || '/n' || size END, seed, 'finished', rpad(md5(prefix || number), 64, '0'),
                    jsonb_build_object('role', 'transfer', 'data', 'set', 'property', 'gap', 'unit', 'eV', 'rows', size::text, 'target', 'dear', 'mode', mode, 'model', 'net', 'seed', seed::text)
                FROM drawn, (VALUES ('train', '', ''), ('evaluate', '/test', 'e')) kinds (kind, suffix, prefix);
                ALTER TABLE study_nodes ENABLE TRIGGER USER;
                DROP TABLE drawn;
                ANALYZE;
                SELECT rebuild_results();
                ANALYZE
                """);
            fill.CommandTimeout = 0;
            await fill.ExecuteNonQueryAsync();
            await test.ExecuteAsync($"""
                ALTER DATABASE {test.Address.Database} SET session_preload_libraries = 'auto_explain';
                ALTER DATABASE {test.Address.Database} SET auto_explain.log_min_duration = 0
                """);
        }

        public Task DisposeAsync() => test.DisposeAsync();

        /// <summary>What the server's log says while this is asked.</summary>
        public async Task<string> PlansAsync(Func<Database, Task> ask)
        {
            // Other tests use the server at the same time: only lines of our connections are read.
            var name = $"plans-{Guid.NewGuid():N}";
            var address = new NpgsqlConnectionStringBuilder(test.Address.ConnectionString) { ApplicationName = name };
            await using var marked = await Database.OpenAsync(new DatabaseOptions(address.ConnectionString));
            await ask(marked);
            var ours = false;
            var lines = new List<string>();
            await using var log = new FileStream(TestServer.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(log);
            while (await reader.ReadLineAsync() is { } line)
            {
                // Lines of a message after the first begin with a tab.
                if (!line.StartsWith('\t')) ours = line.Contains(name, StringComparison.Ordinal);
                if (ours) lines.Add(line);
            }
            Assert.Contains(lines, line => line.Contains("plan:", StringComparison.Ordinal));
            return string.Join('\n', lines);
        }
    }
}
