namespace AtomSets.Grains.Interfaces;

/// <summary>Where clients ask for silos, by name; answered in whichever silo is free. Key 0.</summary>
[Alias("atomsets.ISiloDesk")]
public interface ISiloDeskGrain : IGrainWithIntegerKey
{
    /// <summary>The silos that are members and answer, by name.</summary>
    [Alias("silos"), ResponseTimeout("00:00:10")]
    Task<SiloCardWire[]> SilosAsync();

    /// <summary>The silo begins to stop.</summary>
    /// <returns>False where no such silo is a member.</returns>
    [Alias("stop"), ResponseTimeout("00:00:15")]
    Task<bool> StopAsync(string silo);

    /// <returns>The last lines of its log; null where no such silo is a member.</returns>
    [Alias("log"), ResponseTimeout("00:00:15")]
    Task<string[]?> LogAsync(string silo, int lines);
}
