using AtomSets.Engine;
using AtomSets.Materials;
using AtomSets.Storage;
using AtomSets.Studies;

namespace AtomSets.Commands;

/// <summary>Which failures are the user's to mend: one clear message and exit code 2, no stack trace.</summary>
static class UserErrors
{
    /// <returns>What to print and the exit code; null for a defect of the program, which must show its stack.</returns>
    public static (string Message, int ExitCode)? Explain(Exception exception) => exception switch
    {
        InputException or StudyInputException or StudyNotFoundException or StudyExistsException or StorageException => (exception.Message, ExitCodes.BadInput),
        StoreUnavailableException => (exception.Message, ExitCodes.BadInput),
        OperationCanceledException => ("stopped", ExitCodes.Interrupted),
        IOException io when IsDiskFull(io) => ($"no space left on the disk: {io.Message}; free some, or set ATOMSETS_HOME to a folder on another disk", ExitCodes.BadInput),
        ArtifactMissingException => (exception.Message, ExitCodes.BadInput),
        ArtifactException => ($"{exception.Message} Run the study that made it again.", ExitCodes.BadInput),
        IOException => (exception.Message, ExitCodes.BadInput),
        UnauthorizedAccessException => ($"{exception.Message} Set ATOMSETS_HOME to a folder that you may write to.", ExitCodes.BadInput),
        AggregateException { InnerExceptions: [var only] } => Explain(only),
        _ => null,
    };

    // ENOSPC, as .NET reports it on Linux.
    static bool IsDiskFull(IOException exception) => exception.HResult == 28 || exception.Message.Contains("No space left", StringComparison.Ordinal);
}
