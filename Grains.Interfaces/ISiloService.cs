using Orleans.Services;

namespace AtomSets.Grains.Interfaces;

/// <summary>One silo as the others see it; each has one, addressed by the silo.</summary>
[Alias("atomsets.ISiloService")]
public interface ISiloService : IGrainService
{
    [Alias("card"), ResponseTimeout("00:00:03")]
    Task<SiloCardWire> CardAsync();

    /// <summary>It begins to stop, as by SIGTERM; returns at once.</summary>
    [Alias("stop"), ResponseTimeout("00:00:05")]
    Task StopAsync();

    /// <summary>The last lines of its log; it keeps some thousand.</summary>
    [Alias("log"), ResponseTimeout("00:00:05")]
    Task<string[]> LogAsync(int lines);

    /// <summary>Resolves and stores a study file with this silo's data.</summary>
    [Alias("submit"), ResponseTimeout("00:30:00")]
    Task<SubmissionWire> SubmitAsync(StudyFileWire file);

    /// <summary>Brings what it lacks of a silo that leaves into its own folder; returns when it has.</summary>
    [Alias("keep"), ResponseTimeout("00:01:00")]
    Task KeepAsync(LegacyWire legacy);
}
