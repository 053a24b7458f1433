using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using AtomSets.Contracts;
using AtomSets.Core.Tests.Studies;
using AtomSets.Engine;
using AtomSets.Studies;
using Xunit;

namespace AtomSets.Core.Tests.Fuzzing;

/// <summary>Records that programs of ours write for each other: what the database keeps as JSON, what silos tell each other, notes within a gang.</summary>
public sealed class WireFuzzTests
{
    static readonly string[] s_words =
    [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "\"event\":", "\"node\":", "\"result\":", "\"type\":", "\"started\"", "\"train\"", "\"nodes\":[", "\"key\":null", "\"labels\":{\"a\":null}", "{\"$parent\":\"x\"}", "{\"$draw\":\"x\"}",
        "{\"$choice\":\"x\",\"of\":{}}", "\\u0000", "\"\\ud800\"", "[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":", "\"kind\":\"evaluate\"", "\"spec\":", "\"status\":7", "[null]",
    ];

    static readonly JsonSerializerOptions s_note = new();

    [Fact]
    public void Events() => Records<StudyEvent>("event", [
        .. WorldPlans.Studies.Select(study => new StudyStarted(study)), new TrialFinished(Key, Score) { Epochs = 7, CoreSeconds = 1.5 }, new EvaluationFinished(Key, Reused: true), new TrialFailed(Key, 2, "it diverged", Transient: true),
        new TrialsLeftOut([Key]), new CancelRequested(), new PriorityChanged(3),
        new StudyExtended(Plans.Ladder("s")) { Drawn = [new DrawnValues("search", 1, ImmutableSortedDictionary<string, ParameterValue>.Empty.Add("x", new ParameterValue.Real(0.5)).Add("w", new ParameterValue.Word("a")))] },
    ], happened =>
    {
        if (StudyEvent.RevisionOf(happened) is not { } study) return;
        var state = StudyMachine.Apply(null, new StudyStarted(study)).State;
        Assert.True(state.Counts.Nodes >= study.Nodes.Length);
        Assert.Equal(study.Hash, ResolvedStudy.FromJson(study.ToJson()).Hash);
    });

    [Fact]
    public void Results() => Records<TrialResult>("result", [Samples.Trained(0.5, "ab") with { Chosen = ["a", "b"], Stop = StopReason.Plateau }, Samples.Evaluated(0.25)], result =>
    {
        if (result is EvaluationResult evaluated) Assert.All(evaluated.Scores, score => Assert.True(double.IsFinite(score.Value)));
        if (result is TrainResult trained) Assert.True(double.IsFinite(trained.Score.Value));
    });

    [Fact]
    public void Snapshots()
    {
        var seeds = WorldPlans.Studies.Select(WorldPlans.Undisturbed).Select(StudyMachine.Snapshot).Select(Fuzzer.Bytes);
        Fuzzer.Run("snapshot", new Mutator([.. seeds], s_words), input =>
        {
            var state = StudyMachine.Restore(Fuzzer.Text(input));
            Assert.Equal(state.Study.Hash, StudyMachine.Restore(StudyMachine.Snapshot(state)).Study.Hash);
        });
    }

    [Fact]
    public void Specs()
    {
        string[] seeds =
        [
            """{"kind":"train","seed":1,"model":{"kind":"megnet","width":8},"data":{"set":"ionic","rows":16,"where":null},"training":{"learning_rate":1e-3}}""",
            $$"""{"kind":"evaluate","trial":"{{Key.Hex}}","numbers":[1,2.5,-0.0,18446744073709551615]}""",
        ];
        Fuzzer.Run("spec", new Mutator([.. seeds.Select(Fuzzer.Bytes)], s_words), input =>
        {
            var spec = TrialSpec.Parse(Fuzzer.Text(input));
            Assert.Equal(spec.Key, TrialSpec.Parse(spec.Json).Key);
            Assert.IsType<JsonObject>(JsonNode.Parse(spec.Json));
        });
    }

    [Fact]
    public void What_workers_and_silos_say()
    {
        var progress = new WorkerProgress("w1", "training", Key, "a/0", 3, 50, 0.5, "eV", 1000, TimeSpan.FromSeconds(9)) { Owner = "host:1:1/w1", Age = TimeSpan.FromSeconds(2) };
        Records("worker", [progress], said => Assert.NotNull(said.Worker));
        Records("submission", [new SubmittedStudy("s", SubmitOutcome.Started, 7, [new CountedFact("leakage", 3, "three rows")])], said => Assert.All(said.Facts, fact => Assert.NotNull(fact.Text)));
    }

    [Fact]
    public void Notes_within_a_gang()
    {
        byte[][] seeds = [JsonSerializer.SerializeToUtf8Bytes(new[] { 0, 1, 3 }, s_note), JsonSerializer.SerializeToUtf8Bytes(new[] { 0, 2 }, s_note)];
        Fuzzer.Run("gang-roster", new Mutator(seeds, s_words), input =>
        {
            try
            {
                var roster = new GangCall(new OneNote(1, input), CancellationToken.None).Join("cpu");
                if (roster is not null) Assert.Equal(1, roster.Members[roster.Rank]);
            }
            catch (TrialFailedException refused)
            {
                throw new StudyInputException(refused.Message, refused);
            }
        });
        seeds = [Fuzzer.Bytes("""{"Checkpoint":"ab","Fingerprint":"cd"}"""), Fuzzer.Bytes("""{"Checkpoint":null,"Fingerprint":""}""")];
        Fuzzer.Run("gang-start", new Mutator(seeds, s_words), input =>
        {
            try
            {
                Assert.NotNull(new GangCall(new OneNote(1, input), CancellationToken.None).Await().Fingerprint);
            }
            catch (TrialFailedException refused)
            {
                throw new StudyInputException(refused.Message, refused);
            }
        });
    }

    [Fact]
    public void Lists_of_another_machines_files()
    {
        var (here, missed) = (new OneAnswer(), new List<string>());
        using var peer = new PeerContent(_ => Task.FromResult(new PeerList([new Uri("http://peer/")], IsComplete: true)), null, TimeProvider.System, here) { Patience = TimeSpan.Zero, Missed = missed.Add };
        var hash = ArtifactStore.HashOf("a"u8);
        SharedFile[] files = [new("a/b.csv", hash, 7), new("c.csv", hash, 0)];
        Fuzzer.Run("files", new Mutator([JsonSerializer.SerializeToUtf8Bytes(files, JsonSerializerOptions.Web)], [.. s_words, "../", "\"place\":", "\"hash\":", "\"bytes\":", "/etc/passwd"]), input =>
        {
            here.Bytes = input;
            missed.Clear();
            var listed = peer.ListFiles(hash);
            if (missed.Count > 0) throw new StudyInputException(missed[0]);
            Assert.All(listed, file => Assert.True(file.Place is not null && ArtifactStore.IsHash(file.Hash) && file.Bytes >= 0));
        });
    }

    static TrialKey Key { get; } = Samples.Train("a").Key;

    static ValidationScore Score { get; } = new("mae", 0.5, "eV/atom");

    /// <summary>What is read can be written and read again, and is the same then.</summary>
    static void Records<T>(string name, IReadOnlyList<T> seeds, Action<T> check)
    {
        Fuzzer.Run($"record-{name}", new Mutator([.. seeds.Select(seed => JsonSerializer.SerializeToUtf8Bytes(seed, StudyJson.Options))], s_words), input =>
        {
            var record = StudyJson.Read<T>(Fuzzer.Text(input), name);
            var written = JsonSerializer.Serialize(record, StudyJson.Options);
            Assert.Equal(written, JsonSerializer.Serialize(StudyJson.Read<T>(written, name), StudyJson.Options));
            check(record);
        });
    }

    /// <summary>A machine that answers whatever is asked.</summary>
    sealed class OneAnswer : HttpMessageHandler
    {
        public byte[] Bytes { get; set; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var content = new ByteArrayContent(Bytes);
            content.Headers.ContentType = new("application/json");
            return Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.OK) { Content = content });
        }
    }

    /// <summary>The other side of a gang, which has one thing to say.</summary>
    sealed class OneNote(int self, byte[] note) : IGangLink
    {
        public ImmutableArray<int> Workers => [1, 1, 1, 1];

        public int Self => self;

        public string? Problem => null;

        public void Send(int to, GangPlace place, byte[] payload)
        {
        }

        public byte[] Receive(int from, GangPlace place, CancellationToken cancellation) => note;

        public void End(string? problem)
        {
        }
    }
}
