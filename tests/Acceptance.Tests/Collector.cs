using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AtomSets.Acceptance.Tests;

/// <summary>
/// An OpenTelemetry collector in small: takes OTLP over HTTP (protobuf; opentelemetry.io/docs/specs/otlp) and keeps the points and spans of all that is sent to it.
/// </summary>
sealed class Collector : IAsyncDisposable
{
    readonly HttpListener _listener = new();
    readonly Task _loop;
    readonly Lock _lock = new();
    readonly List<Point> _points = [];
    readonly List<Span> _spans = [];

    public Collector()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}");
        }
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _loop = ListenAsync();
    }

    /// <summary>A metric's value at one time.</summary>
    /// <param name="Value">Sum, gauge, or a histogram's count.</param>
    /// <param name="Start">When the counting began: it tells one process's counter from another's.</param>
    public sealed record Point(string Metric, string Unit, string Attributes, ulong Start, ulong Time, double Value);

    public sealed record Span(string Name, IReadOnlyDictionary<string, string> Attributes, ulong Start, ulong End);

    public string Address { get; }

    public IReadOnlyList<Span> Spans
    {
        get
        {
            lock (_lock) return [.. _spans];
        }
    }

    public IReadOnlySet<string> Metrics
    {
        get
        {
            lock (_lock) return _points.Select(point => point.Metric).ToHashSet(StringComparer.Ordinal);
        }
    }

    /// <summary>A metric's newest value with these attributes (all of them: <c>name=value</c>, in order of names), over all processes that sent it.</summary>
    public double Sum(string metric, string attributes = "")
    {
        lock (_lock)
            return _points.Where(point => point.Metric == metric && point.Attributes == attributes).GroupBy(point => point.Start).Sum(process => process.MaxBy(point => point.Time)!.Value);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
        _listener.Close();
    }

    async Task ListenAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            var isGood = context.Request.ContentType == "application/x-protobuf";
            lock (_lock)
            {
                if (context.Request.Url!.AbsolutePath == "/v1/metrics") TakeMetrics(body.ToArray());
                else if (context.Request.Url.AbsolutePath == "/v1/traces") TakeSpans(body.ToArray());
                else isGood = false;
            }
            context.Response.StatusCode = isGood ? 200 : 400;
            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
        }
    }

    // ExportMetricsServiceRequest: resource_metrics 1 → scope_metrics 2 → metrics 2.
    void TakeMetrics(byte[] body)
    {
        foreach (var resource in ProtoMessage.Read(body).All(1))
        foreach (var scope in resource.All(2))
        foreach (var metric in scope.All(2))
        {
            // Gauge 5, sum 7 and histogram 9 have their points in field 1.
            foreach (var kind in new[] { 5, 7, 9 })
            foreach (var points in metric.All(kind))
            foreach (var point in points.All(1))
            {
                var value = kind == 9 ? point.Fixed(4) : point.Has(6) ? (long)point.Fixed(6) : BitConverter.UInt64BitsToDouble(point.Fixed(4));
                _points.Add(new Point(metric.Text(1), metric.Text(3), string.Join(',', Attributes(point, kind == 9 ? 9 : 7).Select(pair => $"{pair.Key}={pair.Value}")), point.Fixed(2), point.Fixed(3), value));
            }
        }
    }

    // ExportTraceServiceRequest: resource_spans 1 → scope_spans 2 → spans 2.
    void TakeSpans(byte[] body)
    {
        foreach (var resource in ProtoMessage.Read(body).All(1))
        foreach (var scope in resource.All(2))
        foreach (var span in scope.All(2))
            _spans.Add(new Span(span.Text(5), Attributes(span, 9), span.Fixed(7), span.Fixed(8)));
    }

    static SortedDictionary<string, string> Attributes(ProtoMessage of, int field)
    {
        var attributes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in of.All(field))
        {
            var value = pair.All(2).Single();
            attributes[pair.Text(1)] = value.Has(1) ? value.Text(1) : value.Number(3).ToString(CultureInfo.InvariantCulture);
        }
        return attributes;
    }
}
