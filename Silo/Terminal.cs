using System.Runtime.InteropServices;

namespace AtomSets.Silo;

/// <summary>The terminal that a silo was started from.</summary>
static partial class Terminal
{
    /// <summary>Makes this process the leader of a session of its own, where it is not one already.</summary>
    public static void Leave()
    {
        if (!OperatingSystem.IsWindows()) _ = SetSid();
    }

    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int SetSid();
}
