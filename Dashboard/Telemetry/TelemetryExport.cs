using System.Runtime.CompilerServices;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AtomSets.Dashboard;

/// <summary>Sends metrics and traces to an OpenTelemetry collector (OTLP), where the environment names one: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and the other variables of that standard.</summary>
public static class TelemetryExport
{
    /// <summary>Without this variable nothing is sent and no library is loaded.</summary>
    public const string Variable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="service">The program's name in what is sent.</param>
    /// <returns>Disposing sends the rest; null where nothing is sent.</returns>
    public static IDisposable? Start(Func<string, string?> environment, string service) => environment(Variable) is { Length: > 0 } ? Open(service) : null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    static Exporters Open(string service)
    {
        var resource = ResourceBuilder.CreateDefault().AddService(service, serviceVersion: DashboardApi.Version);
        return new Exporters(
            Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Studies.Telemetry.Name).AddOtlpExporter().Build(),
            Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Studies.Telemetry.Name).AddOtlpExporter().Build());
    }

    sealed class Exporters(MeterProvider metrics, TracerProvider traces) : IDisposable
    {
        public void Dispose()
        {
            metrics.Dispose();
            traces.Dispose();
        }
    }
}
