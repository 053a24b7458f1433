using System.Runtime.InteropServices;

namespace AtomSets.Client;

/// <summary>Signals to processes of this machine.</summary>
static partial class SiloSignals
{
    const int TerminateSignal = 15;

    /// <summary>SIGTERM: the silo keeps checkpoints, leaves and ends.</summary>
    public static void Terminate(int process) => _ = Kill(process, TerminateSignal);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
