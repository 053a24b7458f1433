using AtomSets.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace AtomSets.Grains;

/// <summary>This silo's address for the others.</summary>
public sealed class SiloService(GrainId id, Silo silo, ILoggerFactory loggers, ISiloHost host, StudyIntake intake) : GrainService(id, silo, loggers), ISiloService
{
    public Task<SiloCardWire> CardAsync() => Task.FromResult(host.Card);

    public Task StopAsync()
    {
        host.Stop();
        return Task.CompletedTask;
    }

    public Task<string[]> LogAsync(int lines) => Task.FromResult(host.Log(lines));

    public Task<SubmissionWire> SubmitAsync(StudyFileWire file) => intake.TakeAsync(file);

    public Task KeepAsync(LegacyWire legacy) => Task.Run(() => host.Keep(legacy));
}
