using AtomSets.Grains.Interfaces;

namespace AtomSets.Grains;

/// <summary>The process of this silo, for its grains. Safe for concurrent use.</summary>
public interface ISiloHost
{
    SiloCardWire Card { get; }

    /// <summary>Begins to stop; returns at once.</summary>
    void Stop();

    /// <summary>The last lines of the log.</summary>
    string[] Log(int lines);

    /// <summary>Brings here what is missing of it. Blocks.</summary>
    void Keep(LegacyWire legacy);
}
