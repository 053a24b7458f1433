namespace AtomSets.Grains.Interfaces;

/// <summary>Hosts the driver of one study, whose name is the key. Every call may come late or twice.</summary>
[Alias("atomsets.IStudy")]
public interface IStudyGrain : IGrainWithStringKey
{
    /// <summary>Makes sure that the study is driven, if its log says that it runs.</summary>
    [Alias("drive"), ResponseTimeout("00:00:10")]
    Task DriveAsync();

    /// <summary>Hint: someone wrote to its log.</summary>
    [Alias("look"), ResponseTimeout("00:00:05")]
    Task LookAsync();

    /// <summary>Hint from the pool: the ledger has outcomes for these trials.</summary>
    [Alias("ended"), ResponseTimeout("00:00:05")]
    Task TrialsEndedAsync(string[] keys);

    /// <summary>Returns when the driver has seen the log's newest events and, if these end the study, nothing of it runs any more.</summary>
    [Alias("settle"), ResponseTimeout("00:00:30")]
    Task SettleAsync();

    [Alias("standing"), ResponseTimeout("00:00:05")]
    Task<StandingWire> StandingAsync();
}
