using System.Text.Json;
using AtomSets.Storage.Tests;
using Xunit;

namespace AtomSets.Acceptance.Tests;

/// <summary>What a collector is sent about a study that is stopped and resumed is what the database says of it.</summary>
public sealed class TelemetryTests : IAsyncLifetime
{
    // One of the trials that run has a checkpoint in the middle.
    const string InTheMiddle = """
        (SELECT count(*) FROM trials WHERE status = 'finished' AND kind = 'train') BETWEEN 3 AND 7
        AND EXISTS (SELECT FROM trials WHERE status = 'claimed' AND checkpoint_epochs BETWEEN 5 AND 200)
        """;

    readonly Collector _collector = new();
    readonly ProgramHome _home = new ProgramHome().With("ATOMSETS_CHECKPOINT_SECONDS", "0.1");

    public Task InitializeAsync()
    {
        _home.With("OTEL_EXPORTER_OTLP_ENDPOINT", _collector.Address).With("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _home.DisposeAsync();
        await _collector.DisposeAsync();
    }

    [PostgresFact]
    public async Task Metrics_and_spans_of_a_study_arrive_at_a_collector()
    {
        using (var program = _home.Start("study", "run", Undisturbed.File, "--workers", "2"))
        {
            await _home.WaitUntilAsync(InTheMiddle, program);
            program.Interrupt();
            (await program.EndAsync()).MustExit(130);
        }
        (await _home.RunAsync("study", "resume", Undisturbed.Name, "--workers", "2")).MustExit(0);

        var trials = await _home.SqlAsync("SELECT key, kind, epochs FROM trials WHERE status = 'finished'");
        foreach (var kind in new[] { "train", "evaluate" })
        {
            var known = trials.Where(trial => trial.GetProperty("kind").GetString() == kind).ToList();
            Assert.NotEmpty(known);
            Assert.Equal(known.Count, _collector.Sum("atomsets.trials", $"kind={kind},outcome=finished"));
            Assert.Equal(known.Count, _collector.Sum("atomsets.trial.duration", $"kind={kind},outcome=finished"));
            var spans = _collector.Spans.Where(span => span.Name == $"trial {kind}" && span.Attributes["atomsets.outcome"] == "finished").ToList();
            Assert.Equal(known.Select(trial => trial.GetProperty("key").GetString()).Order(), spans.Select(span => span.Attributes["atomsets.trial"]).Order());
            Assert.All(spans, span => Assert.True(span.End >= span.Start && span.Attributes["atomsets.node"].Length > 0));
        }
        // What was stopped was given back, and taken up from its checkpoint.
        Assert.InRange(_collector.Sum("atomsets.trials", "kind=train,outcome=released"), 1, 2);
        Assert.InRange(_collector.Sum("atomsets.recoveries", "cause=checkpoint"), 1, 2);
        Assert.Equal(0, _collector.Sum("atomsets.trials.running"));
        Assert.Equal(0, _collector.Sum("atomsets.queue"));
        // Those of fits in closed form are no steps; what came after a checkpoint was trained twice.
        var epochs = trials.Sum(trial => trial.GetProperty("epochs") is { ValueKind: JsonValueKind.Number } count ? count.GetInt32() : 0);
        Assert.True(_collector.Sum("atomsets.training.epochs") > 0.5 * epochs);
        Assert.True(_collector.Sum("atomsets.training.steps") >= _collector.Sum("atomsets.training.epochs"));
        Assert.True(_collector.Sum("atomsets.training.samples") >= _collector.Sum("atomsets.training.steps"));
        Assert.Superset(new HashSet<string> { "atomsets.queue", "atomsets.trials.running" }, _collector.Metrics.ToHashSet());
    }
}
