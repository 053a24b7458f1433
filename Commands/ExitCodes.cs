namespace AtomSets.Commands;

/// <summary>What the program's exit code says to a script.</summary>
public static class ExitCodes
{
    /// <summary>All that was asked is done.</summary>
    public const int Done = 0;

    /// <summary>The input was good, but some work failed.</summary>
    public const int FailedWork = 1;

    /// <summary>The input or the machine's set-up is at fault; the message says where and what to do.</summary>
    public const int BadInput = 2;

    /// <summary>Stopped by Ctrl-C or SIGTERM (128 + SIGINT); the work can be resumed.</summary>
    public const int Interrupted = 130;
}
