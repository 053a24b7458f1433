using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.RegularExpressions;
using AtomSets.Dashboard;
using Xunit;

namespace AtomSets.Core.Tests.Dashboard;

/// <summary>What is written keeps the rules of the text format that Prometheus reads.</summary>
public sealed partial class MetricsPageTests : IDisposable
{
    readonly Meter _meter = new(AtomSets.Studies.Telemetry.Name);
    readonly MetricsPage _page = new();

    public void Dispose()
    {
        _page.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Counters_add_gauges_follow_and_names_say_the_unit()
    {
        var (counter, running, queue) = (_meter.CreateCounter<long>("test.things", "{thing}", "Things."), _meter.CreateUpDownCounter<long>("test.running"), _meter.CreateGauge<double>("test.queue"));
        counter.Add(2);
        counter.Add(3);
        counter.Add(7, new KeyValuePair<string, object?>("kind", "a"));
        running.Add(4);
        running.Add(-1);
        queue.Record(9);
        queue.Record(2.5);
        var samples = Read(_page.Write());
        Assert.Equal(5, samples["test_things_total"]);
        Assert.Equal(7, samples["test_things_total{kind=\"a\"}"]);
        Assert.Equal((3, 2.5), (samples["test_running"], samples["test_queue"]));
        Assert.Contains("# HELP test_things_total Things.\n# TYPE test_things_total counter\n", _page.Write(), StringComparison.Ordinal);
        Assert.Contains("# TYPE test_running gauge\n", _page.Write(), StringComparison.Ordinal);
    }

    [Fact]
    public void Buckets_are_cumulative_and_end_with_the_count()
    {
        var took = _meter.CreateHistogram<double>("test.took", "s", "Time.");
        double[] values = [0.05, 0.1, 0.2, 5, 5, 100_000];
        foreach (var value in values) took.Record(value, new KeyValuePair<string, object?>("outcome", "finished"));
        var samples = Read(_page.Write());
        Assert.Contains("# TYPE test_took_seconds histogram\n", _page.Write(), StringComparison.Ordinal);
        double At(string bound) => samples[$"test_took_seconds_bucket{{outcome=\"finished\",le=\"{bound}\"}}"];
        Assert.Equal((2, 3, 3, 5, 5, 6), (At("0.1"), At("0.3"), At("3"), At("10"), At("30000"), At("+Inf")));
        Assert.Equal((6, values.Sum()), (samples["test_took_seconds_count{outcome=\"finished\"}"], samples["test_took_seconds_sum{outcome=\"finished\"}"]));
        var buckets = samples.Where(sample => sample.Key.StartsWith("test_took_seconds_bucket", StringComparison.Ordinal)).Select(sample => sample.Value).ToList();
        Assert.Equal(buckets.Order(), buckets);
    }

    [Fact]
    public void Texts_of_others_break_no_line()
    {
        var counter = _meter.CreateCounter<long>("test.0d d\"d", null, "a \\ b\nc \"d\"");
        counter.Add(1, new KeyValuePair<string, object?>("a-b", "x\"y\\z\nw"), new KeyValuePair<string, object?>("9", 1.5), new KeyValuePair<string, object?>("none", null));
        var text = _page.Write();
        Assert.Contains("# HELP test_0d_d_d_total a \\\\ b\\nc \"d\"\n", text, StringComparison.Ordinal);
        Assert.Equal(1, Read(text)["test_0d_d_d_total{_9=\"1.5\",a_b=\"x\\\"y\\\\z\\nw\",none=\"\"}"]);
    }

    [Fact]
    public void Numbers_are_written_alike_everywhere()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = ",";
            CultureInfo.CurrentCulture = comma;
            _meter.CreateGauge<double>("test.culture").Record(1234.5);
            Assert.Equal(1234.5, Read(_page.Write())["test_culture"]);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    /// <summary>Samples by name and labels; every line must be one of the format, and every sample follow the type of its family.</summary>
    static Dictionary<string, double> Read(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var (samples, family, helped) = (new Dictionary<string, double>(StringComparer.Ordinal), "", "");
        foreach (var line in text[..^1].Split('\n'))
        {
            if (Help().Match(line) is { Success: true } help) helped = help.Groups["name"].Value;
            else if (Kind().Match(line) is { Success: true } kind)
            {
                family = kind.Groups["name"].Value;
                Assert.Equal(helped, family);
            }
            else
            {
                var sample = Sample().Match(line);
                Assert.True(sample.Success, line);
                Assert.StartsWith(family, sample.Groups["name"].Value, StringComparison.Ordinal);
                var value = sample.Groups["value"].Value;
                samples.Add(sample.Groups["name"].Value + sample.Groups["labels"].Value, value == "+Inf" ? double.PositiveInfinity : double.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture));
            }
        }
        return samples;
    }

    [GeneratedRegex(@"^# HELP (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\\n]|\\\\|\\n)*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Help();

    [GeneratedRegex("^# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Kind();

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?<labels>\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\\\|\\n|\\")*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\\\|\\n|\\")*")*\})? (?<value>[-+0-9.eE]+|\+Inf|NaN)$""", RegexOptions.ExplicitCapture)]
    private static partial Regex Sample();
}
