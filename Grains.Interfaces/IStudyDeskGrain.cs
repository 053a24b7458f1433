namespace AtomSets.Grains.Interfaces;

/// <summary>Takes study files in: resolves and stores them in whichever silo is free. Key 0.</summary>
[Alias("atomsets.IStudyDesk")]
public interface IStudyDeskGrain : IGrainWithIntegerKey
{
    /// <summary>Reading and splitting large data takes minutes. Sending a file again does no harm.</summary>
    [Alias("submit"), ResponseTimeout("00:30:00")]
    Task<SubmissionWire> SubmitAsync(StudyFileWire file);
}
