using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace AtomSets.Dashboard;

/// <summary>
/// The program's metrics in the text format that Prometheus reads (exposition format 0.0.4, prometheus.io/docs/instrumenting/exposition_formats): what this process has counted since the page was made.
/// </summary>
sealed class MetricsPage : IDisposable
{
    public const string Path = "/metrics", ContentType = "text/plain; version=0.0.4; charset=utf-8";

    readonly MeterListener _listener = new();
    readonly Lock _lock = new();
    readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);

    public MetricsPage()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != Studies.Telemetry.Name || MetricFamily.Of(instrument) is not { } family) return;
            lock (_lock) _families[family.Name] = family;
            listener.EnableMeasurementEvents(instrument, family);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => ((MetricFamily)family!).Measured(value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => ((MetricFamily)family!).Measured(value, tags));
        _listener.Start();
    }

    public async Task ServeAsync(HttpContext http)
    {
        http.Response.ContentType = ContentType;
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.WriteAsync(Write(), http.RequestAborted);
    }

    public string Write()
    {
        var text = new StringBuilder();
        lock (_lock)
            foreach (var family in _families.Values) family.Write(text);
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();
}
