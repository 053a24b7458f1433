using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace AtomSets.Dashboard;

/// <summary>One metric with a series for each set of labels. Safe for concurrent use.</summary>
sealed class MetricFamily
{
    /// <summary>Upper ends of a histogram's buckets: trials take from a tenth of a second to hours.</summary>
    static readonly double[] s_bounds = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000];

    readonly Lock _lock = new();
    readonly SortedDictionary<string, Series> _series = new(StringComparer.Ordinal);
    readonly string _help;
    readonly string _type;
    readonly bool _isSum;

    MetricFamily(string name, string help, string type, bool isSum) => (Name, _help, _type, _isSum) = (name, help, type, isSum);

    public string Name { get; }

    /// <summary>The metric of an instrument; null for kinds that the program does not use (those that are asked for their values).</summary>
    public static MetricFamily? Of(Instrument instrument)
    {
        var kind = instrument.GetType() is { IsGenericType: true } type ? type.GetGenericTypeDefinition() : null;
        var name = NameOf(instrument.Name) + (instrument.Unit is "s" ? "_seconds" : "");
        var help = instrument.Description ?? "";
        return kind == typeof(Counter<>) ? new MetricFamily(name + "_total", help, "counter", isSum: true)
            : kind == typeof(UpDownCounter<>) ? new MetricFamily(name, help, "gauge", isSum: true)
            : kind == typeof(Gauge<>) ? new MetricFamily(name, help, "gauge", isSum: false)
            : kind == typeof(Histogram<>) ? new MetricFamily(name, help, "histogram", isSum: true)
            : null;
    }

    public void Measured(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Labels(tags);
        lock (_lock)
        {
            if (!_series.TryGetValue(labels, out var series)) _series.Add(labels, series = new Series(_type == "histogram" ? new long[s_bounds.Length + 1] : null));
            series.Value = _isSum ? series.Value + value : value;
            if (series.Buckets is not { } buckets) return;
            var at = Array.FindIndex(s_bounds, bound => value <= bound);
            buckets[at < 0 ? s_bounds.Length : at]++;
        }
    }

    public void Write(StringBuilder text)
    {
        text.Append("# HELP ").Append(Name).Append(' ').Append(Escaped(_help, quotes: false)).Append("\n# TYPE ").Append(Name).Append(' ').Append(_type).Append('\n');
        lock (_lock)
        {
            foreach (var (labels, series) in _series)
            {
                if (series.Buckets is { } buckets) WriteHistogram(text, labels, series.Value, buckets);
                else Line(text, "", labels, series.Value);
            }
        }
    }

    // Each bucket counts all that lies at or below its bound.
    void WriteHistogram(StringBuilder text, string labels, double sum, long[] buckets)
    {
        var count = 0L;
        for (var i = 0; i < buckets.Length; i++)
        {
            count += buckets[i];
            Line(text, "_bucket", $"{labels}{(labels.Length > 0 ? "," : "")}le=\"{Number(i < s_bounds.Length ? s_bounds[i] : double.PositiveInfinity)}\"", count);
        }
        Line(text, "_sum", labels, sum);
        Line(text, "_count", labels, count);
    }

    void Line(StringBuilder text, string suffix, string labels, double value)
    {
        text.Append(Name).Append(suffix);
        if (labels.Length > 0) text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty) return "";
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in tags) labels[NameOf(name)] = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return string.Join(',', labels.Select(label => $"{label.Key}=\"{Escaped(label.Value, quotes: true)}\""));
    }

    /// <summary>Letters, digits and underscores, no digit first.</summary>
    static string NameOf(string name)
    {
        var plain = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return plain.Length > 0 && char.IsAsciiDigit(plain[0]) ? "_" + plain : plain;
    }

    static string Escaped(string text, bool quotes)
    {
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }

    static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    sealed class Series(long[]? buckets)
    {
        public double Value { get; set; }

        public long[]? Buckets { get; } = buckets;
    }
}
